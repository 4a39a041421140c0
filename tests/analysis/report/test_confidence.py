"""The chapter on confidence: of pairs and of single faces, with what a study does not have left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, Face, from_table
from analysis.exclusions import apply_exclusions
from analysis.fitted import FittedModel
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import cell_words
from analysis.report.sections.confidence import section


def inputs(dataset: Dataset) -> Inputs:
    kept = apply_exclusions(dataset)
    return Inputs(dataset, kept, kept.kept, None, seed=1, n_resamples=100)


def of_kind(found: Section | None, kind: type) -> dict[str, object]:
    assert found is not None
    return {part.name: part for part in found.parts if isinstance(part, kind)}


def notes(found: Section | None) -> str:
    assert found is not None
    return " ".join(part.text for part in found.parts if isinstance(part, Paragraph))


def asked_on(dataset: Dataset, minimum: float, maximum: float) -> Dataset:
    """The same study with confidence asked and answered on another scale than 1 to 4."""
    blocks = tuple(
        replace(
            block,
            questions=tuple(
                replace(q, minimum=minimum, maximum=maximum) if q.id == "confidence" else q
                for q in block.questions
            ),
        )
        for block in dataset.protocol.blocks
    )
    about = dataset.ratings["question"] == "confidence"
    rng = np.random.default_rng(1)
    number = minimum + (maximum - minimum) * (dataset.ratings["value_number"] - rng.random(len(about))) / 4
    ratings = dataset.ratings.assign(value_number=dataset.ratings["value_number"].mask(about, number))
    return replace(dataset, ratings=ratings, protocol=replace(dataset.protocol, blocks=blocks))


def single_faces(n_people: int = 8) -> Dataset:
    rng = np.random.default_rng(2)
    rows = [
        (f"p{who}", f"s{what}", "ai" if what % 2 else "real") for who in range(n_people) for what in range(20)
    ]
    table = pd.DataFrame(rows, columns=["who", "face", "origin"])
    right = rng.random(len(table)) < 0.75
    other = table["origin"].map({"ai": "real", "real": "ai"})
    table = table.assign(
        said=table["origin"].where(right, other), sure=rng.integers(1, 4, len(table)) + right
    )
    return from_table(
        table,
        name="t",
        participant="who",
        shown=Face("face", origin="origin"),
        detect="said",
        confidence="sure",
    )


def test_the_chapter_on_pairs_holds_summary_curve_model_and_every_participant(dataset: Dataset) -> None:
    found = section(inputs(dataset))
    tables = of_kind(found, Table)
    assert list(tables) == [
        "confidence_pairs_summary",
        "confidence_pairs_levels",
        "confidence_pairs_means",
        "confidence_pairs_participants",
    ]
    summary = tables["confidence_pairs_summary"].data.set_index("measure")
    assert summary.loc["Type-2 area (share)", "estimate"] > 0.5
    # Of 100 resamples the smallest p is 2 / 101: against 0, that of an area would always be.
    assert 2 / 101 < summary.loc["Type-2 area (share)", "p"] < 0.1
    assert "Overconfidence: stated minus correct (share)" not in summary.index
    assert list(of_kind(found, Figure)) == [
        "confidence_pairs_calibration",
        "confidence_pairs_right_and_wrong",
    ]
    (model,) = of_kind(found, FittedModel).values()
    assert model.formula.startswith("confidence ~ correct_c * C(exposure, contr.sum)")
    assert tables["confidence_pairs_participants"].folded
    assert found is not None
    assert [one.split()[0] for one in found.results] == ["Confidence", "Metacognitive", "In"]


def test_a_scale_of_more_and_less_is_said_to_tell_no_probability(dataset: Dataset) -> None:
    said = notes(section(inputs(dataset)))
    assert "The scale (1 to 4) says more and less" in said
    assert "With a median of 11 choices a person, meta-d′/d′ may come out up to .2 too small" in said


@pytest.mark.parametrize(("ends", "note"), [((0, 100), "guessing alone"), ((50, 100), "")])
def test_a_scale_of_probabilities_gives_overconfidence_in_steps(
    dataset: Dataset, ends: tuple[float, float], note: str
) -> None:
    found = section(inputs(asked_on(dataset, *ends)))
    summary = of_kind(found, Table)["confidence_pairs_summary"].data.set_index("measure")
    assert np.isfinite(summary.loc["Overconfidence: stated minus correct (share)", "low"])
    assert len(of_kind(found, Table)["confidence_pairs_levels"].data) <= 10
    assert "confidence is taken in quarters" in notes(found)
    assert note in notes(found)
    assert "says more and less" not in notes(found)
    assert found is not None
    assert found.results[-2].startswith("Stated probability exceeded")


def test_single_faces_have_the_same_chapter() -> None:
    found = section(inputs(single_faces()))
    assert "confidence_faces_summary" in of_kind(found, Table)
    (model,) = of_kind(found, FittedModel).values()
    assert model.formula.endswith("(1 | picture)")
    assert found is not None
    assert "judgements of single faces" in found.results[0]


def test_confidence_that_never_varies_is_said_and_written(dataset: Dataset) -> None:
    number = dataset.ratings["value_number"].mask(dataset.ratings["question"] == "confidence", 2.0)
    found = section(inputs(replace(dataset, ratings=dataset.ratings.assign(value_number=number))))
    assert "All choices were made with the same confidence" in notes(found)
    assert "No mixed model of confidence, as confidence never varies" in notes(found)
    summary = of_kind(found, Table)["confidence_pairs_summary"].data.set_index("measure")
    assert summary.loc["Type-2 area (share)", "estimate"] == 0.5


@pytest.mark.parametrize("n_people", [1, 2])
def test_one_or_two_people_are_written_without_what_they_cannot_have(n_people: int) -> None:
    found = section(inputs(single_faces(n_people)))
    for table in of_kind(found, Table).values():
        assert all(
            cell_words(row, column) for row in table.data.to_dict("records") for column in table.columns
        )
    assert ("at least 2 participants" in notes(found)) == (n_people == 1)


def test_choices_that_are_all_right_are_written(dataset: Dataset) -> None:
    trials, ratings = dataset.trials, dataset.ratings
    made = trials.set_index(["participant", "position"])["left_origin"].map({"ai": "left", "real": "right"})
    asked = pd.MultiIndex.from_frame(ratings[["participant", "position"]])
    value = ratings["value"].mask(
        ratings["question"] == "detect", pd.Series(made.reindex(asked).to_numpy(), ratings.index)
    )
    found = section(inputs(replace(dataset, ratings=ratings.assign(value=value))))
    assert "all choices were right, or all were wrong" in notes(found)


def test_without_confidence_there_is_no_chapter(dataset: Dataset) -> None:
    ratings = dataset.ratings[dataset.ratings["question"] != "confidence"]
    assert section(inputs(replace(dataset, ratings=ratings))) is None
