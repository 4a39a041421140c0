"""Figures of ratings: repeatable, labelled, and drawn also where intervals are missing."""

import re

import numpy as np
import pytest

from analysis.believed_origin import believed_ratings
from analysis.face_ratings import face_ratings
from analysis.origin_by import crossed_means
from analysis.rating_cells import rating_by_cell
from analysis.rating_differences import rating_difference, rating_pairs
from analysis.rating_figures import (
    QuestionPanel,
    answers_figure,
    cells_figure,
    crossed_figure,
    estimates_and_points,
    questions_figure,
)
from analysis.rating_models import rating_models
from tests.analysis.rated import pair_study, pair_table, weights


def drawn(n_people: int) -> dict[str, str]:
    table = pair_table(n_people, 6, cells={"a": 0.0, "b": 0.0})
    dataset = pair_study(table)
    rated, resampling = rating_pairs(dataset, "trust"), weights(table, 50)
    results = rating_difference(rated, resampling, smallest_effect=0.2)
    means = crossed_means(
        believed_ratings(dataset, "trust", "pair"), "believed_ai", resampling, words="believed AI"
    )
    cells = rating_by_cell(rated, resampling, names=("a", "b"), name="trust", smallest_effect=0.2)
    return {
        "questions": questions_figure([QuestionPanel("trust", results, 0.2, 6.0)]),
        "crossed": crossed_figure(
            means, marks=("x", "y"), origins=("real", "AI"), scale=(1, 7), name="c", words="trust"
        ),
        "cells": cells_figure(cells, smallest_effect=0.2, words="trust", name="cells"),
    }


@pytest.mark.parametrize("n_people", [1, 10])
def test_the_same_data_give_the_same_bytes_however_few_they_are(n_people: int) -> None:
    first, second = drawn(n_people), drawn(n_people)
    assert first == second
    for svg in first.values():
        assert not re.findall(r"#[0-9a-fA-F]{6}\b", svg)
        assert "NaN" not in svg


def test_every_answer_has_a_bar_and_a_mark_of_the_model() -> None:
    faces = face_ratings(pair_study(pair_table(20, 10)), "trust")
    shares = rating_models(faces, name="trust", words="trust").shares
    svg = answers_figure(shares, made="AI", name="answers", words="trust")
    assert "expected by the model" in svg
    assert svg.count("answers-patch") >= len(shares)


def test_the_data_of_a_figure_hold_estimates_and_points() -> None:
    table = pair_table(5, 4)
    found = rating_difference(
        rating_pairs(pair_study(table), "trust"), weights(table, 20), smallest_effect=0.2
    )
    people = found.participants.rename(columns={"difference": "estimate"})
    data = estimates_and_points([({"exposure_ms": np.nan}, found.overall.difference)], people)
    assert data["participant"].isna().sum() == 1
    assert data.loc[0, "low"] == found.overall.difference.low
    assert len(data) == 1 + len(people)
    assert set(data["unit"]) == {"points"}
