"""Sections on ratings: what stands in them, that they agree, and studies of which little is left."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions
from analysis.fitted import FittedModel
from analysis.intervals import resample
from analysis.protocol import AnalysisPlan, Cell
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import cell_words
from analysis.report.sections import believed_origin, cells, ratings, trust
from tests.analysis.rated import pair_study, pair_table, single_study

MODULES = (trust, ratings, believed_origin, cells)
CELLS = (Cell("quiet", "none", "true"), Cell("told", "told", "true"), Cell("tagged", "labelled", "random"))


def inputs_of(dataset: Dataset, *, n_resamples: int = 100, drawn: bool = False) -> Inputs:
    exclusions = apply_exclusions(dataset)
    people, pairs = dataset.trials["participant"], dataset.trials["pair"].dropna()
    return Inputs(
        dataset=dataset,
        exclusions=exclusions,
        everything=exclusions.kept,
        resampling=resample(people, pairs, seed=1, n_resamples=n_resamples) if drawn else None,
        seed=1,
        n_resamples=n_resamples,
    )


def sections(dataset: Dataset) -> dict[str, Section]:
    inputs = inputs_of(dataset)
    built = {module.__name__.rpartition(".")[2]: module.section(inputs) for module in MODULES}
    return {name: one for name, one in built.items() if one is not None}


def parts(section: Section, kind: type) -> dict[str, object]:
    return {part.name: part for part in section.parts if isinstance(part, kind)}


@pytest.fixture(scope="module")
def full() -> dict[str, Section]:
    """Two questions, four exposures, three cells of which one has random labels."""
    table = pair_table(
        30,
        12,
        belief=-0.4,
        label=-0.3,
        cells={"quiet": 0.0, "told": -0.4, "tagged": 0.0},
        exposures_ms=(100, 500, np.inf),
    )
    dataset = pair_study(table, questions=("trust", "competent"), cells=CELLS)
    tagged = dataset.trials["cell"] == "tagged"
    labels = {name: dataset.trials[name].where(tagged) for name in ("left_label", "right_label")}
    return sections(replace(dataset, trials=dataset.trials.assign(**labels)))


def test_a_study_that_asks_for_all_has_all_four_sections(full: dict[str, Section]) -> None:
    assert list(full) == ["trust", "ratings", "believed_origin", "cells"]


def test_names_of_tables_figures_and_models_are_unique(full: dict[str, Section]) -> None:
    for kind in (Table, Figure, FittedModel):
        names = [part.name for one in full.values() for part in one.parts if isinstance(part, kind)]
        assert len(names) == len(set(names))


def test_figures_are_drawn_in_the_colours_of_the_page_with_ids_of_their_own(full: dict[str, Section]) -> None:
    figures = [part for one in full.values() for part in one.parts if isinstance(part, Figure)]
    ids: list[str] = []
    for figure in figures:
        root = ET.fromstring(figure.svg)  # noqa: S314 - drawn by us
        assert len(root.attrib["aria-label"]) > 10
        assert "#0" not in figure.svg.replace('href="#', "").replace("url(#", "")
        assert len(figure.data)
        ids += [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids))
    assert len(figures) == 7


def test_every_cell_of_every_table_can_be_written(full: dict[str, Section]) -> None:
    for one in full.values():
        for table in parts(one, Table).values():
            assert isinstance(table, Table)
            for row in table.data.to_dict("records"):
                for column in table.columns:
                    words = cell_words({str(key): value for key, value in row.items()}, column)
                    assert words or column.name == "note"
                    assert "nan" not in words


def test_section_figure_and_table_say_the_same_number(full: dict[str, Section]) -> None:
    table, figure = (parts(full["trust"], kind)["trust"] for kind in (Table, Figure))
    assert isinstance(table, Table)
    assert isinstance(figure, Figure)
    drawn = figure.data[figure.data["participant"].isna()]
    assert drawn["estimate"].tolist() == table.data["difference"].tolist()[:-1]
    overall = f"{table.data['difference'].iloc[-1]:.2f}".replace("-", "−")
    assert overall in full["trust"].results[0]
    models = parts(full["trust"], Table)["trust-models"]
    assert isinstance(models, Table)
    assert models.data["difference"].iloc[0] == table.data["difference"].iloc[-1]


def test_the_margin_of_other_questions_is_said_to_be_scaled(full: dict[str, Section]) -> None:
    notes = [part.text for part in full["ratings"].parts if isinstance(part, Paragraph)]
    assert "was declared for trust" in notes[-1]
    assert any("declared for trust and scaled to the range" in one for one in full["ratings"].results)


def test_belief_is_never_called_a_cause_and_random_labels_are(full: dict[str, Section]) -> None:
    texts = [part.text for part in full["believed_origin"].parts if isinstance(part, Paragraph)]
    assert "not that one causes the other" in texts[0]
    assert "the effect of the label is causal" in texts[1]


def test_what_people_of_a_cell_knew_stands_beside_it(full: dict[str, Section]) -> None:
    table = parts(full["cells"], Table)["trust-cells"]
    assert isinstance(table, Table)
    assert table.data["about"].tolist() == [
        "AI is not mentioned",
        "told that there are AI faces",
        "every face carries a label; the labels are by chance",
    ]


def test_edited_faces_are_never_called_ai() -> None:
    dataset = pair_study(pair_table(14, 8))
    edited = replace(
        dataset,
        protocol=replace(dataset.protocol, stimulus_kind="edited"),
        trials=dataset.trials.replace({"left_origin": {"ai": "edited"}, "right_origin": {"ai": "edited"}}),
    )
    for one in sections(edited).values():
        said = [part.text for part in one.parts if isinstance(part, Paragraph)]
        said += [column.heading for t in one.parts if isinstance(t, Table) for column in t.columns]
        said += [text for f in one.parts if isinstance(f, Figure) for text in (f.caption, f.svg)]
        assert not [text for text in (*said, *one.results) if "AI" in text]


def test_the_report_s_own_resampling_is_used_where_it_covers_the_answers() -> None:
    dataset = pair_study(pair_table(12, 8))
    own = trust.section(inputs_of(dataset))
    shared = trust.section(inputs_of(dataset, drawn=True))
    assert own is not None
    assert shared is not None
    assert own.results == shared.results


def few(change: Callable[[pd.DataFrame], pd.DataFrame], *, asked: bool = False) -> Dataset:
    """Small, and without a detection question unless ``asked``: what is believed takes its time."""
    table = change(pair_table(12, 8))
    return pair_study(table if asked else table.drop(columns="detect"))


def constant(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(trust_ai=4.0, trust_real=4.0)


def nothing_rated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(trust_ai=np.nan, trust_real=np.nan)


def one_side_rated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(trust_ai=np.nan)


ODD: dict[str, Callable[[], Dataset]] = {
    "constant": lambda: few(constant),
    "one participant": lambda: few(lambda table: table[table["participant"] == "p000"]),
    "one pair": lambda: few(lambda table: table[table["pair"] == "q000"]),
    "one answer": lambda: few(lambda table: table.iloc[:1], asked=True),
    "unlimited only": lambda: few(lambda table: table.assign(exposure_ms=np.inf)),
    "some ratings missing": lambda: few(
        lambda table: table.assign(trust_ai=table["trust_ai"].mask(table.index % 3 == 0))
    ),
    "made faces never rated": lambda: few(one_side_rated),
    "two ratings": lambda: few(lambda table: table.iloc[[0, 9]], asked=True),
    "ends of the scale": lambda: few(lambda table: table.assign(trust_ai=1.0, trust_real=7.0), asked=True),
    "all believed": lambda: few(
        lambda table: table.assign(detect=np.where(table["ai_right"] == 1, "right", "left")), asked=True
    ),
    "single faces": lambda: single_study(pair_table(12, 8)),
    "one single face": lambda: single_study(pair_table(1, 1)),
    "a cell each": lambda: few(
        lambda table: table[table["participant"] < "p006"].assign(cell=table["participant"])
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_studies_are_reported_as_far_as_they_go(kind: str) -> None:
    found = sections(ODD[kind]())
    assert "trust" in found or kind == "made faces never rated"
    for one in found.values():
        assert all(words and "nan" not in words and "= –" not in words for words in one.results)


def test_no_rating_left_is_no_section() -> None:
    dataset = few(nothing_rated)
    assert sections(dataset) == {}
    without = replace(dataset, ratings=dataset.ratings.iloc[:0])
    assert sections(without) == {}


def test_a_model_that_was_not_fitted_says_why_in_the_table() -> None:
    section = sections(ODD["constant"]())["trust"]
    table = parts(section, Table)["trust-models"]
    assert isinstance(table, Table)
    assert (
        table.data["note"].tolist()[1]
        == "Not fitted: rating: every answer is 4.0; there is nothing to explain"
    )
    assert "note" in [column.name for column in table.columns]


def test_a_study_without_trust_is_told_by_its_first_question() -> None:
    table = pair_table(12, 8, cells={"a": 0.0, "b": 0.0})
    found = sections(pair_study(table, questions=("competent",), plan=AnalysisPlan(0.3, 0.05, ())))
    assert list(found) == ["ratings", "believed_origin", "cells"]
    assert "Ratings of competence" in found["cells"].results[0]
