"""Cells: differences, contrasts with Holm, a joint test; null and known truth."""

import numpy as np
import pytest
from scipy import stats

from analysis.rating_cells import CellResults, joint_test, rating_by_cell
from analysis.rating_differences import rating_pairs, single_ratings
from tests.analysis.rated import pair_study, pair_table, single_study, weights


def by_cell(table, names=("a", "b", "c")) -> CellResults:
    rated = rating_pairs(pair_study(table), "trust")
    return rating_by_cell(rated, weights(table, 1000), names=names, name="trust", smallest_effect=0.2)


def test_a_known_difference_between_cells_is_recovered() -> None:
    table = pair_table(60, 16, difference=-0.2, cells={"a": 0.0, "b": -0.9, "c": 0.0})
    found = by_cell(table)
    assert [cell for cell, _ in found.cells] == ["a", "b", "c"]
    contrast = {(one.first, one.second): one for one in found.contrasts}
    assert contrast["a", "b"].contrast.low < 0.9 < contrast["a", "b"].contrast.high
    assert contrast["a", "b"].p_holm < 0.05
    assert contrast["a", "c"].p_holm > 0.05
    assert found.joint.p_value < 0.001
    assert found.joint.df == 2


def test_a_contrast_is_the_difference_of_the_two_means() -> None:
    found = by_cell(pair_table(12, 6, cells={"a": 0.0, "b": 0.5, "c": 0.0}))
    means = {cell: one.difference.estimate for cell, one in found.cells}
    for one in found.contrasts:
        assert one.contrast.estimate == pytest.approx(means[one.first] - means[one.second])
    assert all(one.p_holm >= one.contrast.p_value() for one in found.contrasts)


def test_where_cells_are_alike_the_joint_test_is_true_to_its_level() -> None:
    p_values = [
        joint_test(
            rating_pairs(pair_study(pair_table(12, 6, cells={"a": 0.0, "b": 0.0}, seed=seed)), "trust"),
            name="trust",
        ).p_value
        for seed in range(8)
    ]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_single_faces_are_compared_too() -> None:
    table = pair_table(60, 16, cells={"a": 0.0, "b": -1.2})
    rated = single_ratings(single_study(table), "trust")
    rated = rated.assign(cell=np.where(rated["participant"].str[1:].astype(int) % 2, "b", "a"))
    found = rating_by_cell(rated, weights(table), names=("a", "b"), name="trust", smallest_effect=0.2)
    assert found.joint.p_value < 0.01
    assert found.contrasts[0].contrast.estimate > 0.5


def test_one_cell_has_a_difference_and_nothing_to_compare() -> None:
    found = by_cell(pair_table(8, 6, cells={"a": 0.0}))
    assert len(found.cells) == 1
    assert found.contrasts == ()
    assert found.joint.reason == "Answers are left of one cell only, or none."


def test_one_participant_in_each_cell_does_not_stop_the_report() -> None:
    found = by_cell(pair_table(2, 6, cells={"a": 0.0, "b": 0.0}))
    assert len(found.cells) == 2
    assert found.joint.reason or np.isfinite(found.joint.p_value)
