"""Verifying a report finds what was changed in it, in its export, and in the software between."""

import base64
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.dataset import Dataset
from analysis.report import Report, assemble, build_report, recorded_versions, render_html, render_json
from analysis.report.verify import compare, recorded_numbers
from analysis.simulated_export import write_checksums

#: Chapters that are quick to compute again, as every test here does.
CHAPTERS = ("question", "trust", "pairs", "provenance")


@pytest.fixture(autouse=True)
def chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "ORDER", CHAPTERS)


@pytest.fixture(scope="module")
def report(dataset: Dataset) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "ORDER", CHAPTERS)
        return build_report(dataset, n_resamples=200)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render_html(report)


@pytest.fixture
def recorded(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_json(report))
    return found


@pytest.fixture
def written(report: Report, page: str, copied: Path) -> Path:
    """The export with its report lying in it."""
    (copied / "report.html").write_text(page, encoding="utf-8")
    return copied


def verify(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(analysis_commands, ["verify", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.replace("\u00a0", " ")


def test_a_report_as_made_holds_to_the_last_digit(written: Path) -> None:
    code, output = verify(written)
    assert code == 0, output
    assert re.search(r"report.html: all \d{4,5} values are what .* gives, to the last digit", output)


def test_a_number_changed_in_the_text_of_a_page_is_found(written: Path) -> None:
    path = written / "report.html"
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<td class="estimate" data-label="Difference \(points\)">(−0\.\d\d)', text)
    assert found is not None
    path.write_text(text[: found.start(1)] + "−9.99" + text[found.end(1) :], encoding="utf-8")
    code, output = verify(written)
    assert code == 1
    assert re.search(r"trust, page: the report says .*−9.99 .*, the export gives .*" + found.group(1), output)
    assert "1 difference: " in output


def test_numbers_changed_inside_a_page_are_found_by_section_table_row_and_column(
    written: Path, page: str, recorded: dict[str, Any]
) -> None:
    trust = next(one for one in recorded["sections"] if one["name"] == "trust")["tables"]["trust"]
    place = [column["name"] for column in trust["columns"]].index("high")
    before = trust["rows"][0][place]
    trust["rows"][0][place] += 1e-9
    coded = base64.b64encode(json.dumps(recorded).encode()).decode()
    forged = re.sub(r'(id="numbers"[^>]*base64,)[^"]*', rf"\g<1>{coded}", page)
    (written / "forged.html").write_text(forged, encoding="utf-8")
    code, output = verify(written, written / "forged.html")
    assert code == 1
    expected = (
        f"trust, table trust, row 1, column high: the report says {before + 1e-9}, the export gives {before}"
    )
    assert expected in output


def test_an_export_changed_with_its_checksums_is_found_with_the_numbers_that_move(written: Path) -> None:
    path = next((written / "data").glob("*ratings_data.csv"))
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    value, number = header.index("value"), header.index("value_number")
    block, question = header.index("block"), header.index("question")
    for place, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        if (cells[block], cells[question], cells[value]) == ("trust", "trust", "3"):
            cells[value] = cells[number] = "4"
            lines[place] = ",".join(cells)
            break
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (written / "report.html").rename(written.parent / "report.html")
    write_checksums(written)
    code, output = verify(written)
    assert code == 1
    assert f"data/{path.name}: the report was made from sha256 " in output
    assert "trust, table trust, row 4, column difference: the report says " in output


def test_an_export_changed_without_its_checksums_is_not_even_read(written: Path) -> None:
    path = next((written / "data").glob("*ratings_data.csv"))
    path.write_text(path.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
    code, output = verify(written)
    assert code == 1
    assert "so the file was changed after the export" in output


def test_other_versions_are_named_and_may_differ_by_a_millionth(
    recorded: dict[str, Any], report: Report
) -> None:
    here = json.loads(render_json(report))
    recorded["software"]["numpy"] = "1.0.0"
    pairs = next(one for one in recorded["sections"] if one["name"] == "pairs")["tables"]["pairs"]
    place = [column["name"] for column in pairs["columns"]].index("difference")
    pairs["rows"][0][place] *= 1 + 1e-8
    near = compare(recorded, here)
    assert (near.exact, near.holds) == (False, True)
    assert near.versions == (f"numpy: the report was made with 1.0.0, here is {report.software['numpy']}",)
    pairs["rows"][0][place] *= 1 + 1e-4
    assert [str(one).split(":")[0] for one in compare(recorded, here).differences] == [
        "pairs, table pairs, row 1, column difference"
    ]


def test_a_part_that_is_missing_or_too_much_is_a_difference(recorded: dict[str, Any], report: Report) -> None:
    here = json.loads(render_json(report))
    del recorded["sections"][-2]["tables"]["checksums"]
    recorded["sections"].pop(0)
    said = [str(one) for one in compare(recorded, here).differences]
    assert "question: the report says no such part, the export gives this part" in said
    assert "provenance, table checksums: the report says no such part, the export gives this part" in said


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.html", "<html></html>", "expected a report written as HTML or JSON with its numbers, found none"),
        ("r.json", "{", "expected a report written as HTML or JSON with its numbers, found none"),
        (
            "r.json",
            '{"schema": "facevalue report 1"}',
            "found 'facevalue report 1'; verify it with the release",
        ),
    ],
)
def test_what_is_no_report_is_refused_in_words(
    export: Path, tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    code, output = verify(export, tmp_path / name)
    assert code == 1
    assert words in output


def test_without_a_report_beside_the_export_it_asks_for_one(copied: Path) -> None:
    code, output = verify(copied)
    assert code == 1
    assert "expected report.html or report.json in or beside it, found neither" in output


def test_recorded_versions_are_installed_apart_and_used(
    recorded: dict[str, Any], export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the environment is only pretended: the interpreter of the tests runs in its place."""
    commands: list[list[str]] = []

    def run(command: Sequence[str], variables: Mapping[str, str]) -> None:
        commands.append(list(command))
        if "report" in command:
            assert command[1:3] == ["-m", "analysis"]
            quick = f"from analysis.report import assemble; assemble.ORDER = {CHAPTERS}"
            code = f"{quick}; from analysis.cli import analysis_commands; analysis_commands()"
            recorded_versions._run([sys.executable, "-c", code, *command[3:]], variables)
        elif "venv" in command:
            Path(command[-1]).mkdir()

    found = recorded_versions.numbers_with_recorded_versions(export, recorded, run=run)
    assert f"numpy=={recorded['software']['numpy']}" in commands[1]
    assert not any(one.startswith(("facevalue==", "python==")) for one in commands[1])
    assert compare(recorded, found).holds
    assert found["software"] == recorded["software"]


def test_versions_that_cannot_be_installed_are_said(recorded: dict[str, Any], export: Path) -> None:
    from analysis.report.verify import VerifyError

    def run(command: Sequence[str], variables: Mapping[str, str]) -> None:
        recorded_versions._run([sys.executable, "-c", "raise SystemExit('no such version')"], variables)

    with pytest.raises(VerifyError, match=r"(?s)The recorded versions could not be used.*no such version"):
        recorded_versions.numbers_with_recorded_versions(export, recorded, run=run)


def test_numbers_are_read_from_a_page_as_from_json(report: Report, tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text(render_html(report), encoding="utf-8")
    (tmp_path / "r.json").write_text(render_json(report), encoding="utf-8")
    assert recorded_numbers(tmp_path / "r.html") == recorded_numbers(tmp_path / "r.json")
