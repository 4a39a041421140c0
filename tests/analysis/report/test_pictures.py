"""The chapter on pictures: what the measures explain, or why they explain nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, Face, from_table
from analysis.exclusions import apply_exclusions
from analysis.face_ratings import face_ratings
from analysis.report.content import Figure, Paragraph, Table
from analysis.report.inputs import Inputs
from analysis.report.sections.pictures import section


def inputs(dataset: Dataset, measures: Path | None = None) -> Inputs:
    kept = apply_exclusions(dataset)
    return Inputs(dataset, kept, kept.kept, None, seed=1, n_resamples=100, measures=measures)


@pytest.fixture(scope="module")
def measured(dataset: Dataset) -> Dataset:
    """One measure is the picture's mean trust, one chance, one mostly unknown, one always the same."""
    trust = face_ratings(apply_exclusions(dataset).kept, "trust").groupby("stimulus")["rating"].mean()
    stimuli = dataset.stimuli
    planted = stimuli["stimulus"].map(trust).map("{:.4f}".format).replace("nan", "")
    chance = np.random.default_rng(1).normal(size=len(stimuli)).round(4).astype(str)
    rare = np.where(np.arange(len(stimuli)) < 4, "1.5", "")
    return replace(
        dataset,
        stimuli=stimuli.assign(
            measure_skin_smoothness=planted, measure_noise=chance, measure_face_x=rare, measure_face_y="0.4"
        ),
    )


def words(found: object) -> str:
    return "\n".join(part.text for part in found.parts if isinstance(part, Paragraph))  # type: ignore[attr-defined]


def test_a_planted_measure_is_the_first_in_tables_figures_and_the_sentence(measured: Dataset) -> None:
    found = section(inputs(measured))
    assert found is not None
    tables = {part.name: part for part in found.parts if isinstance(part, Table)}
    figures = {part.name: part for part in found.parts if isinstance(part, Figure)}
    explained = tables["pictures_explained"].data.set_index("by")
    assert explained.loc["all measures", "estimate"] > 0.7
    assert explained["n_units"].eq(24).all()
    assert set(figures) == {"pictures_predicted_trust", "pictures_measures_trust"}
    assert figures["pictures_measures_trust"].data["measure"].iloc[0] == "skin_smoothness"
    assert len(figures["pictures_predicted_trust"].data) == 24
    assert any("The measure that went with it most was skin smoothness" in one for one in found.results)
    assert "Trust: measures not used: face y (the same in all); face x (unknown of 22 of 24)." in words(found)
    assert "Finding the AI face of a pair: not explained, as at least 20 pairs with answers" in words(found)


def test_edited_portraits_are_never_called_ai(measured: Dataset) -> None:
    edited = replace(measured, protocol=replace(measured.protocol, stimulus_kind="edited"))
    found = section(inputs(edited))
    assert found is not None
    assert "Finding the edited face of a pair" in words(found)
    assert "AI" not in words(found)


def test_without_measures_or_without_answers_there_is_no_chapter(dataset: Dataset, measured: Dataset) -> None:
    assert section(inputs(dataset)) is None
    assert section(inputs(replace(measured, ratings=measured.ratings.iloc[:0]))) is None


def test_measures_that_cannot_be_used_are_said_to_be_so(dataset: Dataset, tmp_path: Path) -> None:
    found = section(inputs(replace(dataset, stimuli=dataset.stimuli.assign(measure_light="*bright*"))))
    assert found is not None
    assert "cannot be used" in words(found)
    assert r"\*bright\*" in words(found)
    missing = section(inputs(dataset, tmp_path / "measures.csv"))
    assert missing is not None
    assert "no such file" in words(missing)


def test_single_faces_are_explained_by_how_readily_they_are_called_ai() -> None:
    rng = np.random.default_rng(3)
    feature, noise = rng.normal(size=(2, 24))
    rows = [(f"p{who}", face, "ai" if face % 2 else "real") for who in range(16) for face in range(24)]
    table = pd.DataFrame(rows, columns=["who", "face", "origin"])
    said = feature[table["face"]] + rng.normal(size=len(table)) > 0
    table = table.assign(
        said=np.where(said, "ai", "real"),
        face=table["face"].astype(str),
        measure_sharpness=feature[table["face"]].astype(str),
        measure_noise=noise[table["face"]].astype(str),
    )
    data = from_table(
        table,
        name="t",
        participant="who",
        shown=Face("face", origin="origin"),
        detect="said",
        about_stimulus=["measure_sharpness", "measure_noise"],
    )
    found = section(inputs(data))
    assert found is not None
    (explained,) = [
        part for part in found.parts if isinstance(part, Table) and part.name == "pictures_explained"
    ]
    by = explained.data.set_index("by")
    assert set(by["outcome"]) == {"Called AI"}
    assert by.loc["all measures", "low"] > 0.3
    assert "The measure that went with it most was sharpness" in found.results[1]
