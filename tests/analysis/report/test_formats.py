"""The report as JSON, as a folder of tables and as a Word document: the same numbers in each."""

import dataclasses
import io
import json
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from docx import Document
from PIL import Image

from analysis.fitted import FittedModel
from analysis.report import Report, render_json
from analysis.report.content import Figure, Section, Table
from analysis.report.paragraphs import methods_paragraph, results_paragraph
from analysis.report.plain import csv_text, plain
from analysis.report.tables import write_tables
from analysis.report.word import write_docx
from analysis.results import Results
from analysis.standalone import standalone


@pytest.fixture(scope="module")
def told(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_json(report))
    return found


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "report"
    write_tables(report, path)
    return path


def section(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["sections"] if one["name"] == name)


def records(part: dict[str, Any]) -> list[dict[str, Any]]:
    names = [column["name"] for column in part["columns"]]
    return [dict(zip(names, row, strict=True)) for row in part["rows"]]


def test_json_holds_all_numbers_unrounded(told: dict[str, Any], results: Results) -> None:
    trust = results.main.trust
    assert trust is not None
    rows = records(section(told, "trust")["tables"]["trust"])
    assert rows[-1]["difference"] == trust.overall.difference.estimate
    assert rows[-1]["low"] == trust.overall.difference.low
    assert rows[-1]["exposure_ms"] is None
    assert rows[-2]["exposure_ms"] == "unlimited"
    verdicts = {row["id"]: row["verdict"] for row in records(section(told, "claims")["tables"]["claims"])}
    assert verdicts == {claim.id: claim.verdict.value for claim in results.claims.tested}


def test_json_names_hashes_versions_seed_and_units(told: dict[str, Any], report: Report) -> None:
    provenance = report.inputs.dataset.provenance
    assert told["provenance"]["file_sha256"] == dict(provenance.file_sha256)
    assert told["provenance"]["protocol_hash"] == provenance.protocol_hash
    assert (told["seed"], told["n_resamples"], told["software"]) == (3, 200, dict(report.software))
    columns = {one["name"]: one["unit"] for one in section(told, "trust")["tables"]["trust"]["columns"]}
    assert columns["difference"] == columns["low"] == "points"
    assert (columns["exposure_ms"], columns["n_trials"]) == ("ms", "count")
    drawn = {one["name"]: one["unit"] for one in section(told, "trust")["figures"]["trust"]["columns"]}
    assert (drawn["estimate"], drawn["low"]) == ("as in the column unit", "as in the column unit")


def test_every_part_of_every_section_is_in_the_json(told: dict[str, Any], report: Report) -> None:
    for kind, key in ((Table, "tables"), (Figure, "figures")):
        listed = [name for one in told["sections"] for name in one[key]]
        assert listed == [part.name for part in report.parts(kind)]
    assert "draws" not in render_json(report)


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        (math.inf, "exposure_ms", "unlimited"),
        (math.inf, "df", "infinity"),
        (-math.inf, "x", "-infinity"),
        (math.nan, "x", None),
        (pd.NA, "x", None),
        (("a", 1), "x", ["a", 1]),
    ],
)
def test_values_that_json_lacks_are_words_or_null(value: object, column: str, expected: object) -> None:
    assert plain(value, column) == expected


def test_csv_gives_every_digit_back() -> None:
    data = pd.DataFrame(
        {
            "estimate": [0.1 + 0.2, math.nan],
            "yes": [True, False],
            "n": [3, 4],
            "exposure_ms": [100.0, math.inf],
        }
    )
    text = csv_text(data)
    assert text == "estimate,yes,n,exposure_ms\n0.30000000000000004,true,3,100.0\n,false,4,unlimited\n"


def test_the_folder_explains_every_file_and_every_column(folder: Path, report: Report) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in files - {"README.md"}:
        assert f"- `{name}`" in readme
    listed = pd.read_csv(folder / "dictionary.csv", keep_default_na=False)
    for name in files - {"dictionary.csv"}:
        if name.endswith(".csv"):
            header = (folder / name).read_text(encoding="utf-8").splitlines()[0].split(",")
            assert header == listed.loc[listed["file"] == name, "column"].to_list()
    assert (listed["meaning"] != "").all()
    assert {f"figures/{part.name}.svg" for part in report.parts(Figure)} <= files
    assert (folder / "numbers.json").read_text(encoding="utf-8") == render_json(report)


def test_tables_are_not_written_over_something(folder: Path, report: Report) -> None:
    with pytest.raises(FileExistsError, match="is not an empty folder; name a new one for the tables"):
        write_tables(report, folder)


def test_the_word_document_holds_headings_tables_figures_and_paragraphs(
    report: Report, tmp_path: Path
) -> None:
    write_docx(report, tmp_path / "r.docx")
    document = Document(str(tmp_path / "r.docx"))
    texts = [paragraph.text for paragraph in document.paragraphs]
    for one in report.sections:
        assert one.title in texts
    printed = [part for part in report.parts(Table) if not part.folded]
    lists = [table for table in document.tables if table.rows[0].cells[0].text == "Model"]
    assert sum(len(table.rows) - 1 for table in lists) == len(report.models)
    in_order = [table for table in document.tables if table.rows[0].cells[0].text != "Model"]
    assert len(in_order) == len(printed)
    assert len(document.inline_shapes) == sum(not part.folded for part in report.parts(Figure))
    trust = next(table for table, part in zip(in_order, printed, strict=True) if part.name == "trust")
    assert trust.rows[-1].cells[0].text == "all exposures"
    assert any("Robots, not people." in text for text in texts)
    assert not any("**" in text for text in texts)
    assert any("rows, left out here; they are in the tables as pairs.csv" in text for text in texts)


def test_the_word_document_is_the_same_bytes_every_time(report: Report, tmp_path: Path) -> None:
    for name in ("one.docx", "two.docx"):
        write_docx(report, tmp_path / name)
    assert (tmp_path / "one.docx").read_bytes() == (tmp_path / "two.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.docx") as archive:
        assert archive.testzip() is None


def test_a_figure_becomes_pixels_with_its_words(report: Report) -> None:
    figure = next(part for part in report.parts(Figure) if part.name == "sensitivity")
    picture = Image.open(io.BytesIO(standalone(figure.svg).png(width_px=600)))
    assert picture.width == 600
    whole = picture.convert("L")
    wordless = re.sub(r"<text.*?</text>", "", figure.svg, flags=re.DOTALL)
    blank = Image.open(io.BytesIO(standalone(wordless).png(width_px=600))).convert("L")
    dark = [sum(image.histogram()[:128]) for image in (whole, blank)]
    assert dark[0] > dark[1] + 500


def test_the_results_paragraph_is_written_from_the_numbers(report: Report, results: Results) -> None:
    words = results_paragraph(report).replace("\u00a0", " ")
    trust = results.main.trust
    assert trust is not None
    one = trust.overall.difference
    expected = f"*M* = {one.estimate:.2f} points, 95 % CI [{one.low:.2f}, {one.high:.2f}], *p* "
    assert expected.replace("-", "−") in words
    assert "The declared rules excluded " in words
    assert f"leaving {results.main.n_participants} participants and {results.main.n_trials} trials." in words


def test_the_methods_paragraph_says_design_exclusions_tests_and_versions(report: Report) -> None:
    words = methods_paragraph(report).replace("\u00a0", " ")
    assert "24 robots took part." in words
    assert "shown for 100 ms, 500 ms or unlimited time" in words
    assert "“Which picture was made by AI\\?”" in words or "“Which picture was made by AI?”" in words
    assert "corrected by Holm's method" in words
    assert f"(python {report.software['python']}, numpy {report.software['numpy']}," in words


def test_a_few_models_are_told_with_their_formulas_and_many_by_their_number(report: Report) -> None:
    steps = pd.DataFrame({"step": [1]})
    model = FittedModel(
        name="one",
        question="Does it differ?",
        formula="y ~ made + (1 + made | participant)",
        family="bernoulli",
        link="probit",
        method="maximum likelihood",
        n_observations=10,
        groups={"participant": 5},
        loglik=-6.0,
        n_parameters=4,
        converged=True,
        singular=False,
        messages=(),
        fixed=steps,
        thresholds=steps,
        random=steps,
        steps=steps,
    )

    def words(n: int) -> str:
        models = tuple(dataclasses.replace(model, formula=f"{model.formula} + {i}") for i in range(n))
        return methods_paragraph(dataclasses.replace(report, sections=(Section("s", "S", models),)))

    assert "Probit mixed models with participants and pictures as crossed random factors" in words(2)
    assert "`y ~ made + (1 + made | participant) + 1`" in words(2)
    assert "4 models, of which the report gives formulas" in words(4)
    assert "mixed models" not in words(0)
