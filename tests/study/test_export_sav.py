"""Files for SPSS and jamovi: what a reader of .sav gets is what the tables hold."""

from __future__ import annotations

import builtins
import csv
import re
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.export import ExportError
from study.export.formats import sav, spss, wide
from study.export.formats.sav import Names, Variable, shortened, write_sav
from tests.study.everything_exported import EXPORTED, LONG

SPSS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?<!_)")


@pytest.fixture(scope="module")
def exported(everything):
    return everything.exported


def read(file):
    return pyreadstat.read_sav(str(file), disable_datetime_conversion=True)


def codes_of(folder):
    """Which code a number stands for, by table, variable and number, as columns.csv says."""
    with (folder / "columns.csv").open(encoding="utf-8", newline="") as rows:
        return {
            (row["table"], row["variable"], float(row["number"])): row["code"]
            for row in csv.DictReader(rows)
            if row["code"]
        }


# ---- the long tables ----


@pytest.mark.parametrize("table", spss.TABLES)
def test_every_value_of_a_table_is_in_its_file(exported, table):
    parquet = pq.read_table(exported / "parquet" / f"{table}.parquet")
    frame, _ = read(exported / "spss" / f"{table}.sav")
    codes = codes_of(exported / "spss")
    assert len(frame.columns) == len(parquet.column_names)
    for name, variable in zip(parquet.column_names, frame.columns, strict=True):
        assert [as_table(v, table, variable, codes) for v in frame[variable]] == [
            as_sav(value) for value in parquet[name].to_pylist()
        ], name


def as_table(value, table, variable, codes):
    if isinstance(value, float):
        return None if value != value else codes.get((table, variable, value), value)
    return value or None


def seconds_of(moment):
    """Seconds since the first day of the Gregorian calendar, which a number of .sav tells to 2 µs."""
    whole = moment.replace(microsecond=0) - datetime(1582, 10, 14, tzinfo=UTC)
    return whole.total_seconds() + moment.microsecond / 1e6


def as_sav(value):
    if isinstance(value, bool | int):
        return float(value)
    if isinstance(value, datetime):
        return seconds_of(value)
    # What stands at the end of a text of .sav cannot be told from its padding.
    return value.rstrip(" ") or None if isinstance(value, str) else value


def test_labels_measures_and_formats_come_from_codebook_and_study(exported):
    _, trials = read(exported / "spss" / "trials.sav")
    assert trials.column_names_to_labels["exposure_ms"] == "Planned duration; empty: unlimited. (ms)"
    assert trials.variable_value_labels["left_origin"] == {1: "real", 2: "ai", 3: "edited"}
    assert trials.variable_value_labels["practice"] == {0: "no", 1: "yes"}
    assert trials.variable_measure["left_origin"] == "nominal"
    assert trials.variable_measure["exposure_ms"] == "scale"
    assert trials.original_variable_types["received_at"] == "DATETIME23.2"
    _, people = read(exported / "spss" / "participants.sav")
    assert people.variable_value_labels["q_makes"] == {1: "Yes", 2: "No"}
    assert people.variable_value_labels["q_tired"] == {0: "Wide awake", 100: "About to fall asleep"}
    assert people.missing_ranges == {}
    assert people.file_label == "A study with everything: participants"


def test_texts_longer_than_255_letters_are_whole(exported):
    frame, _ = read(exported / "spss" / "participants.sav")
    assert len(LONG.encode()) > 500
    assert list(frame["q_why_tired"])[:2] == [LONG.rstrip()] * 2


def test_times_are_read_as_times(exported):
    frame, _ = pyreadstat.read_sav(str(exported / "spss" / "participants.sav"))
    parquet = pq.read_table(exported / "parquet" / "participants.parquet")["consented_at"].to_pylist()
    read_back = [moment.to_pydatetime().replace(tzinfo=UTC) for moment in frame["consented_at"]]
    differences = [abs((one - other).total_seconds()) for one, other in zip(read_back, parquet, strict=True)]
    assert max(differences) < 1e-4


def test_columns_of_the_manifest_get_names_that_spss_takes(exported):
    frame, meta = read(exported / "spss" / "stimuli.sav")
    assert meta.column_names[-2:] == ["Gr_e_cm", "notes"]
    assert set(frame["Gr_e_cm"]) == {"", "174"}


def test_a_long_table_becomes_several_files_that_can_be_put_together(
    exported, everything, tmp_path, monkeypatch
):
    monkeypatch.setattr(spss, "ROWS", 12)
    folder = everything.export(tmp_path / "parts", formats=("spss",)) / "spss"
    whole, _ = read(exported / "spss" / "trials.sav")
    files = sorted(folder.glob("trials*.sav"))
    assert [file.name for file in files] == ["trials_1.sav", "trials_2.sav", "trials_3.sav"]
    parts = [read(file) for file in files]
    assert [len(frame) for frame, _ in parts] == [12, 12, 4]
    rows = [row for frame, _ in parts for row in frame["row_id"]]
    assert rows == list(whole["row_id"])
    assert [frame["right_label"].isna().any() for frame, _ in parts] == [False] * 3
    widths = [meta.original_variable_types for _, meta in parts]
    assert widths[0] == widths[1] == widths[2]


# ---- the wide table ----


@pytest.fixture(scope="module")
def wide_table(exported):
    with (exported / "wide" / "participants_wide.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def test_a_rating_is_found_by_block_pair_origin_and_question(wide_table):
    """Five people: two answered all, one left early, one answered nothing, one only consented."""

    def column(name):
        return [row[name] for row in wide_table]

    # In trial 4 the AI face of pair_002 is on the left, in trial 7, the repeat, on the right.
    assert column("two_pair_002_ai_side") == ["left"] * 4 + [""]
    assert column("two_pair_002_again_ai_side") == ["right"] * 4 + [""]
    # Everybody answered "left": that is the AI face first, the real one the second time.
    assert column("two_pair_002_which") == ["ai", "ai", "", "", ""]
    assert column("two_pair_002_again_which") == ["real", "real", "", "", ""]
    assert column("two_filler_real_003_real_004_which") == ["1", "1", "neither", "", ""]
    assert column("two_pair_002_status") == ["answered", "answered", "timed_out", "planned", ""]
    assert column("one_pair_001_ai_status")[2] == "interrupted"
    assert column("one_pair_000_real_exposure_ms") == ["100"] * 4 + [""]
    assert column("one_pair_001_ai_exposure_ms") == [""] * 5
    assert column("two_pair_002_again_ai_label") == ["", "ai", "", "", ""]
    assert column("two_check1_asked") == ["3"] * 4 + [""]
    assert column("two_check1_left_trust") == ["3", "3", "", "", ""]
    assert column("q_tools_phone") == ["true", "", "", "", ""]


def test_every_rating_but_practice_is_in_the_wide_table_once(exported, wide_table):
    """By their response times, no two of which are alike."""
    ratings = pq.read_table(exported / "parquet" / "ratings.parquet").to_pylist()
    for row in wide_table:
        found = sorted(float(row[name]) for name in row if name.endswith("_rt_ms") and row[name])
        assert found == sorted(
            r["rt_ms"] for r in ratings if r["session"] == row["session"] and not r["practice"]
        )


def test_each_rating_stands_in_the_column_of_the_face_that_was_rated(exported, wide_table):
    ratings = pq.read_table(exported / "parquet" / "ratings.parquet").to_pylist()
    trust = [r for r in ratings if r["question"] == "trust" and r["pair"] == "pair_002"]
    assert len(trust) == 9
    for rating in trust:
        row = next(row for row in wide_table if row["session"] == rating["session"])
        again = "_again" if rating["position"] == 7 else ""
        origin = rating["stimulus"].split("_")[0]
        assert row[f"two_pair_002{again}_{origin}_trust"] == rating["value"]
        assert row[f"two_pair_002{again}_{origin}_trust_rt_ms"] == str(rating["rt_ms"])


def test_the_wide_sav_file_holds_what_the_csv_file_holds(exported, wide_table):
    frame, meta = read(exported / "wide" / "participants_wide.sav")
    codes = codes_of(exported / "wide")
    assert list(frame.columns) == list(wide_table[0])
    for name in frame.columns:
        values = [as_table(value, "participants_wide", name, codes) for value in frame[name]]
        assert values == [as_number(row[name], values) for row in wide_table], name
    assert meta.variable_value_labels["two_pair_002_which"] == {1: "real", 2: "ai", 3: "both", 4: "neither"}
    assert meta.variable_value_labels["two_pair_002_ai_trust"] == {1: "Not at all", 7: "Very"}
    assert meta.column_names_to_labels["two_pair_002_ai_trust"] == (
        "How trustworthy does this person look? (face ai, block two, pair pair_002)"
    )
    assert meta.variable_measure["two_pair_002_ai_trust"] == "scale"


def as_number(text, others):
    """A cell of the CSV file as a number where the .sav file has numbers in its column."""
    if text == "" or not any(isinstance(other, float) for other in others):
        return text.rstrip(" ") or None
    if text.endswith("Z"):
        return seconds_of(datetime.fromisoformat(text))
    return float({"true": 1, "false": 0}.get(text, text))


def test_practice_is_in_no_column(wide_table):
    assert not [name for name in wide_table[0] if name.startswith("warm_up")]


def test_every_name_is_one_that_spss_takes(exported):
    for file in (exported / "wide" / "participants_wide.sav", *(exported / "spss").glob("*.sav")):
        names = read(file)[1].column_names
        assert all(SPSS_NAME.fullmatch(name) and len(name) <= 64 for name in names)
        assert len({name.lower() for name in names}) == len(names)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MOST_COLUMNS", r"wide: expected at most 20 columns, found \d+; use the long tables \(spss\)"),
        ("MOST_CELLS", r"wide: expected at most 20 cells, found \d+ columns for 5 sessions; use the long"),
    ],
)
def test_a_wide_table_that_nobody_could_use_is_refused(everything, tmp_path, monkeypatch, limit, message):
    monkeypatch.setattr(wide, limit, 20)
    with pytest.raises(ExportError, match=message):
        everything.export(tmp_path / "export", formats=("wide",))
    assert not (tmp_path / "export").exists()


# ---- both ----


def test_the_same_data_and_moment_give_the_same_bytes(exported, everything, tmp_path):
    again = everything.export(tmp_path / "export", formats=("spss", "wide"))
    made = [path for part in ("spss", "wide") for path in (exported / part).rglob("*") if path.is_file()]
    files = [path.relative_to(exported) for path in made]
    assert len([file for file in files if file.suffix == ".sav"]) == 5
    for file in files:
        assert (exported / file).read_bytes() == (again / file).read_bytes(), file


def test_the_time_in_a_file_is_that_of_the_export(exported):
    for file in exported.rglob("*.sav"):
        assert read(file)[1].creation_time == EXPORTED.replace(tzinfo=None)


def test_without_pyreadstat_an_export_says_what_to_install(everything, tmp_path, monkeypatch):
    find = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "pyreadstat":
            raise ImportError(name)
        return find(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExportError, match="found none; run pip install pyreadstat"):
        everything.export(tmp_path / "export", formats=("spss",))


def test_a_header_that_is_not_understood_is_refused(tmp_path):
    file = tmp_path / "other.sav"
    file.write_bytes(b"$FL2" + b"\0" * 200)
    with pytest.raises(ExportError.__bases__[0], match="expected date and time in the header"):
        sav._stamp(file, EXPORTED)


def test_a_table_without_rows_is_a_file_without_rows(tmp_path):
    variables = [Variable("a", "A", "number"), Variable("b", "B", "string")]
    write_sav(tmp_path / "none.sav", variables, [[], []], title="Nothing", made_at=EXPORTED)
    frame, meta = read(tmp_path / "none.sav")
    assert (len(frame), meta.column_names) == (0, ["a", "b"])


@given(st.lists(st.text(max_size=90), max_size=30))
def test_names_are_valid_once_each_and_the_same_again(wanted):
    first, second = Names(), Names()
    names = [first.name(text) for text in wanted]
    assert names == [second.name(text) for text in wanted]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert SPSS_NAME.fullmatch(name)
        assert len(name) <= 64
        assert name.lower() not in {"all", "and", "by", "eq", "not", "or", "to", "with"}


@given(st.text(), st.integers(8, 300))
def test_a_label_is_cut_between_letters_and_says_so(text, n_bytes):
    cut = shortened(text, n_bytes)
    assert len(cut.encode()) <= n_bytes
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
