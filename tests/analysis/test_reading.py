"""The fast reader and the careful one: alike on every table that is right, and never alone on a wrong one."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis import dataset, fast_tables
from analysis.careful_tables import read_carefully
from analysis.checksums import sha256
from analysis.dataset import read_export
from analysis.fast_tables import as_categories, as_texts, read_at_once
from analysis.problems import ExportError, Problem
from analysis.quoting import Quoting
from analysis.schema import Column
from tests.analysis.test_dataset import CORRUPTIONS, edit

COLUMNS = {
    column.name: column
    for column in (
        Column("row_id", required=True),
        Column("word", allowed=("one", "two")),
        Column("text"),
        Column("whole", kind="integer", minimum=0),
        Column("number", kind="number", minimum=-5, maximum=1e6),
        Column("flag", kind="boolean"),
        Column("moment", kind="datetime"),
    )
}

RIGHT = st.tuples(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
    st.sampled_from(["", "one", "two"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.just("") | st.integers(0, 10**12).map(str) | st.integers(0, 99).map(lambda n: f"{n}.0"),
    st.just("") | st.floats(-5, 1e6).map(repr) | st.sampled_from(["+5", "5.", ".5", "1e3", "1E-4", " 7 "]),
    st.sampled_from(["", "true", "false"]),
    st.just("")
    | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda t: f"{t:%Y-%m-%dT%H:%M:%S}Z")
    | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda t: f"{t:%Y-%m-%dT%H:%M:%S.%f}Z"),
)
#: What could stand in a cell by mistake, or by intention.
ODD = [
    *(
        "NA",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "null",
        "None",
        "1,5",
        "-1",
        "1e9",
        "0x10",
        "1_000",
        "TRUE",
        "True",
        "1",
    ),
    *("three", " ", "2025-01-01", "2025-01-01T00:00:00", "2025-01-01 00:00:00Z", "2025-01-01T00:00Z"),
    *(
        "2025-01-01T00:00:00+01:00",
        "2025-13-01T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-02-30T00:00:00.000000Z",
    ),
    *("2025-01-01T00:00:00.1234567Z", "٣", '"', "'", "\t", "5 0", "--5", "2025-01-01T00:00:00.00000xZ"),
]


def as_csv(rows: list[tuple[str, ...]], *, all_quoted: bool = False, line_end: str = "\n") -> bytes:
    def written(value: str) -> str:
        needed = all_quoted or any(sign in value for sign in ',"\n\r')
        return '"' + value.replace('"', '""') + '"' if needed else value

    return "".join(",".join(map(written, row)) + line_end for row in [tuple(COLUMNS), *rows]).encode()


def both(folder: Path, content: bytes) -> tuple[pd.DataFrame | None, pd.DataFrame | None, list[Problem]]:
    """The table as read at once, as read carefully, and the problems found."""
    file = folder / "table.csv"
    file.write_bytes(content)
    quoting = Quoting()
    sha256(file, quoting)
    fast = None
    if quoting.proper:
        fast = read_at_once(file, COLUMNS, breaks_lines=quoting.breaks_lines, returns=quoting.returns)
    problems: list[Problem] = []
    careful = read_carefully(folder, file.name, COLUMNS, problems)
    return fast, careful, problems


quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quickly
@given(
    rows=st.lists(RIGHT, max_size=30),
    all_quoted=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
)
def test_a_table_that_is_right_is_the_same_read_at_once_and_carefully(
    tmp_path: Path, rows: list[tuple[str, ...]], all_quoted: bool, line_end: str, mark: bool
) -> None:
    content = as_csv(rows, all_quoted=all_quoted, line_end=line_end)
    fast, careful, problems = both(tmp_path, (b"\xef\xbb\xbf" if mark else b"") + content)
    assert problems == []
    assert fast is not None
    assert careful is not None
    assert_frame_equal(as_texts(fast), careful, check_exact=True)
    assert_frame_equal(as_texts(as_categories(careful)), careful, check_exact=True)


@quickly
@given(
    rows=st.lists(RIGHT, min_size=1, max_size=8),
    odd=st.sampled_from(ODD) | st.text(max_size=4),
    column=st.sampled_from(list(COLUMNS)),
    data=st.data(),
)
def test_what_is_read_at_once_is_what_a_careful_reader_finds_no_fault_with(
    tmp_path: Path, rows: list[tuple[str, ...]], odd: str, column: str, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(rows) - 1))
    place = list(COLUMNS).index(column)
    rows[row] = (*rows[row][:place], odd, *rows[row][place + 1 :])
    try:
        content = as_csv(rows)
    except UnicodeEncodeError:
        return
    fast, careful, problems = both(tmp_path, content)
    if fast is None:
        return
    assert problems == []
    assert careful is not None
    assert_frame_equal(as_texts(fast), careful, check_exact=True)


@quickly
@given(content=st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"1", b"\xff", b"\0", b"\xc3\xa9"])))
def test_bytes_of_any_kind_are_never_read_at_once_into_something_else(
    tmp_path: Path, content: list[bytes]
) -> None:
    header = ",".join(COLUMNS).encode()
    fast, careful, problems = both(tmp_path, header + b"\nr,one,x,1,1,true,\n" + b"".join(content))
    if fast is None:
        return
    assert problems == []
    assert careful is not None
    assert_frame_equal(as_texts(fast), careful, check_exact=True)


@quickly
@given(pieces=st.lists(st.text(alphabet='a",\n', max_size=5).map(str.encode), max_size=6))
def test_quoting_does_not_depend_on_where_a_file_is_cut_into_pieces(pieces: list[bytes]) -> None:
    cut, whole = Quoting(), Quoting()
    for piece in pieces:
        cut.feed(piece)
    whole.feed(b"".join(pieces))
    assert (cut.proper, cut.breaks_lines) == (whole.proper, whole.breaks_lines)


def test_line_breaks_in_quotes_are_read_whatever_part_of_the_file_they_fall_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_tables, "BLOCK", 256)
    text = 'first line\nsecond line\r\nthird "line", the last'
    rows = [(f"r{n}", "one", text if n % 3 else "plain", str(n), "1.5", "true", "") for n in range(200)]
    fast, careful, problems = both(tmp_path, as_csv(rows))
    assert problems == []
    assert fast is not None
    assert careful is not None
    assert_frame_equal(as_texts(fast), careful, check_exact=True)
    assert set(as_texts(fast)["text"]) == {text, "plain"}


def test_a_whole_export_is_the_same_both_ways(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_export(export)
    monkeypatch.setattr(dataset, "read_at_once", lambda *_, **__: None)
    careful = read_export(export)
    for name in ("trials", "ratings", "participants", "stimuli", "events"):
        assert_frame_equal(getattr(fast, name), getattr(careful, name), check_exact=True)


def test_a_good_export_needs_no_careful_reading(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "read_carefully", lambda *_: pytest.fail("read cell by cell"))
    assert len(read_export(export).trials) == 624


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ExportError) as caught:
        read_export(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_planted_corruption_gives_the_same_list_both_ways(
    copied: Path, monkeypatch: pytest.MonkeyPatch, corruption: str
) -> None:
    name, change, _ = CORRUPTIONS[corruption]
    edit(copied, name, change)  # type: ignore[arg-type]
    fast = problems_of(copied)
    monkeypatch.setattr(dataset, "read_at_once", lambda *_, **__: None)
    assert problems_of(copied) == fast


def test_types_are_those_that_analysis_expects(tmp_path: Path) -> None:
    row = ("r1", "", "a", "3", "", "true", "2025-01-01T00:00:00Z")
    fast, _, _ = both(tmp_path, as_csv([row]))
    assert fast is not None
    table = as_texts(fast)
    types = {name: str(dtype) for name, dtype in table.dtypes.items()}
    assert types == {
        "row_id": "object",
        "word": "object",
        "text": "object",
        "whole": "float64",
        "number": "float64",
        "flag": "boolean",
        "moment": "datetime64[us, UTC]",
    }
    assert table["moment"].iloc[0] == datetime(2025, 1, 1, tzinfo=UTC)
    assert math.isnan(table["word"].iloc[0])
    assert math.isnan(table["number"].iloc[0])
