"""The report says where a study went otherwise than it was declared, and also where it did not."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.amendments import with_changes
from analysis.dataset import Dataset, read_export
from analysis.declared import Declared, Hypothesis, read_declared
from analysis.protocol import Cell
from analysis.provenance import ProtocolVersion
from analysis.report.assemble import build_section
from analysis.report.content import Column, Paragraph, Section, Table
from analysis.report.inputs import Inputs, inputs_of
from analysis.report.sections import deviations, question
from analysis.simulate import simulate_export


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Nobody careless, nothing late, nobody stopped."""
    folder = tmp_path_factory.mktemp("clean") / "study"
    simulate_export(folder, n_participants=6, n_pairs=6, exposures_ms=(100, 500), d_prime=1.0)
    return read_export(folder)


def claims(*untested: str) -> Section:
    rows = [
        {"id": one, "claim": one, "reason": "Nobody was asked.", "primary": True} for one in untested
    ] or [{"id": "skin", "claim": "skin", "reason": "No picture is tagged.", "primary": False}]
    table = Table("claims-not-tested", "Not tested.", pd.DataFrame(rows), (Column("claim", "Claim"),))
    return Section("claims", "The claims", (table,))


def declaring(dataset: Dataset, **declared: Any) -> Inputs:
    told = dataclasses.replace(dataset.protocol.declared, **declared)
    protocol = dataclasses.replace(dataset.protocol, declared=told)
    return inputs_of(dataclasses.replace(dataset, protocol=protocol), n_resamples=100)


def found(inputs: Inputs, *untested: str) -> tuple[str, pd.DataFrame]:
    section = deviations.section_after(inputs, [claims(*untested)])
    summary, table = section.parts[0], section.parts[1]
    assert isinstance(summary, Paragraph)
    assert isinstance(table, Table)
    return summary.text, table.data.set_index("subject")


def test_none_is_stated_where_everything_went_as_declared(clean: Dataset) -> None:
    text, table = found(declaring(clean, target=6, most_started=6))
    assert text.startswith("**None.**")
    assert not table["deviation"].any()
    assert table.loc["Number of participants", "found"] == "6 completed sessions, 6 after exclusions"


@pytest.mark.parametrize(
    ("declared", "subject"),
    [
        ({"target": 10}, "Number of participants"),
        ({"most_started": 5}, "Most people who begin"),
        ({"last_day": "2024-12-31"}, "Last day to begin"),
    ],
)
def test_what_was_declared_otherwise_is_a_deviation(
    clean: Dataset, declared: dict[str, Any], subject: str
) -> None:
    text, table = found(declaring(clean, **declared))
    assert list(table.index[table["deviation"]]) == [subject]
    assert f"**Deviations: {subject.lower()}.**" in text


def test_a_declared_cell_that_nobody_was_in_is_one(clean: Dataset) -> None:
    inputs = declaring(clean)
    told = Cell("told", "told", "true")
    text, table = found(
        dataclasses.replace(
            inputs,
            dataset=dataclasses.replace(clean, protocol=dataclasses.replace(clean.protocol, cells=(told,))),
        )
    )
    assert list(table.index[table["deviation"]]) == ["Cells"]
    assert "**Deviations: cells.**" in text


def test_a_primary_claim_that_could_not_be_tested_is_one(clean: Dataset) -> None:
    _, table = found(declaring(clean), "distrust")
    assert table.loc["Primary claims", "deviation"]
    assert "not tested: distrust. Nobody was asked." in table.loc["Primary claims", "found"]
    section = deviations.section_after(declaring(clean), [])
    table_without = next(part for part in section.parts if isinstance(part, Table))
    assert "the claims could not be judged" in set(table_without.data["found"])


def test_another_seed_and_trials_not_shown_as_planned_are_told(dataset: Dataset) -> None:
    _, table = found(inputs_of(dataset, seed=99, n_resamples=100))
    assert table.loc["Settings of the analysis", "deviation"]
    assert table.loc["Presentation", "deviation"]
    assert table.loc["Trials planned for these sessions", "deviation"]


def test_amendments_are_told_with_what_they_changed_and_who_followed(clean: Dataset, tmp_path: Path) -> None:
    for number, rt_ms in ((1, 200), (2, 150)):
        place = tmp_path / "protocol" / "versions" / str(number)
        place.mkdir(parents=True)
        (place / "protocol.json").write_text(f'{{"exclusions": {{"min_rt_ms": {rt_ms}}}, "same": [1]}}')
    current = clean.provenance.protocol_hash
    versions = (
        ProtocolVersion(1, "1" * 64, "2025-01-01T00:00:00Z", "", 1),
        ProtocolVersion(2, current, "2025-01-02T00:00:00Z", "Slow screens.", 6),
    )
    provenance = with_changes(tmp_path, dataclasses.replace(clean.provenance, versions=versions))
    inputs = inputs_of(dataclasses.replace(clean, provenance=provenance), n_resamples=100)
    section = deviations.section_after(inputs, [claims()])
    table = next(part for part in section.parts if isinstance(part, Table) and part.name == "amendments")
    assert list(table.data["n_participants"]) == [0, 6]
    assert table.data["changed"].iloc[1] == "exclusions.min_rt_ms: 200 → 150"
    assert found(inputs)[1].loc["Amendments", "deviation"]


def test_hypotheses_stand_in_the_report_word_for_word(clean: Dataset) -> None:
    inputs = declaring(clean, hypotheses=(Hypothesis("distrust", "AI is trusted <less>."),))
    table = next(part for part in question.section(inputs).parts if isinstance(part, Table))
    assert list(table.data.itertuples(index=False, name=None)) == [
        ("distrust", "AI is trusted <less>.", True)
    ]


def test_a_protocol_that_lacks_what_is_only_told_is_read(clean: Dataset) -> None:
    assert read_declared({}) == Declared()
    assert read_declared({"recruitment": {"target": "many"}, "analysis": None}) == Declared()
    assert clean.protocol.declared.counts["trust"].pairs == 6
    assert build_section("design", inputs_of(clean, n_resamples=100)).failure == ""
