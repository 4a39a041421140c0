"""What a random label does: recovered from simulation, and taken from cells with random labels only."""

import json
from pathlib import Path

import pytest

from analysis.label_effects import label_effects, labelled_ratings
from analysis.origin_by import crossed_models
from analysis.problems import Problem
from analysis.protocol import PROTOCOL_FILE, Cell, parse_protocol
from tests.analysis.rated import pair_study, pair_table, weights

RANDOM, TRUE = Cell("a", "labelled", "random"), Cell("b", "labelled", "true")


def test_a_known_effect_of_the_label_is_recovered_and_is_the_same_for_both_origins() -> None:
    table = pair_table(60, 30, label=-0.6, cells={"a": 0.0})
    faces = labelled_ratings(pair_study(table, cells=(RANDOM,)), "trust", "pair")
    found = label_effects(faces, weights(table))
    assert found.marked.low < -0.6 < found.marked.high
    assert found.interaction.low < 0 < found.interaction.high
    assert found.origin.low < -0.5 < found.origin.high
    for one in crossed_models(faces, "labelled_ai", name="label", words="labelled AI"):
        assert one.estimates["marked"].low < -0.6 < one.estimates["marked"].high, one.reason


def test_true_labels_are_left_out_because_they_are_the_origin() -> None:
    table = pair_table(8, 6, label=-0.6, cells={"a": 0.0, "b": 0.0})
    faces = labelled_ratings(pair_study(table, cells=(RANDOM, TRUE)), "trust", "pair")
    assert set(faces["cell"]) == {"a"}
    assert len(faces) == 4 * 6 * 2


def test_the_two_faces_of_a_pair_carry_one_label_of_each_kind() -> None:
    table = pair_table(6, 5, cells={"a": 0.0})
    faces = labelled_ratings(pair_study(table, cells=(RANDOM,)), "trust", "pair")
    labels = faces.groupby(["participant", "position"])["labelled_ai"].sum()
    assert set(labels) == {1}


@pytest.mark.parametrize("cells", [(), (TRUE,), (Cell("a", "told", "random"),)])
def test_a_study_without_random_labels_has_none(cells: tuple[Cell, ...]) -> None:
    table = pair_table(4, 3, cells={"a": 0.0})
    assert labelled_ratings(pair_study(table, cells=cells), "trust", "pair").empty


def test_cells_are_read_from_the_frozen_protocol_and_a_wrong_one_is_named(export: Path) -> None:
    frozen = json.loads((export / PROTOCOL_FILE).read_text())
    cells = [{"name": "a", "disclosure": "labelled", "labels": "random", "blocks": [], "weight": 1}]
    problems: list[Problem] = []
    assert parse_protocol(frozen | {"cells": cells}, problems).cells == (RANDOM,)
    assert parse_protocol(frozen, problems).cells == ()
    assert problems == []
    parse_protocol(frozen | {"cells": [{"name": "a", "disclosure": "told"}]}, problems)
    assert [str(one).split(":")[0] for one in problems] == [f"{PROTOCOL_FILE}, key cells[1].labels"]
