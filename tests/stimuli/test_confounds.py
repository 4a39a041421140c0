"""AUCs, their intervals and p, within pairs, and the classifier on all measures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from stimuli.confounds import (
    auc_interval,
    confounds_by_origin,
    pair_tallies,
    separation,
    separations,
)
from stimuli.confounds.compared import people
from stimuli.confounds.together import classified, classified_pairs
from stimuli.leaks import confound_problems
from stimuli.leaks.told import CHANCE
from stimuli.manifest import Pair, Stimulus

numbers = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=12)


def test_auc_by_hand():
    # Of 4 comparisons the other one is larger in 2, equal in 1: (2 + 0.5) / 4.
    found = separation("x", [1, 3], [3, 2])
    assert found.auc == pytest.approx(2.5 / 4)
    assert separation("x", [1, 2], [3, 4]).auc == 1
    assert separation("x", [3, 4], [1, 2]).tells == 1
    assert (found.median_real, found.median_other) == (2, 2.5)


def test_auc_needs_both_groups():
    with pytest.raises(ValueError, match="expected pictures of both groups, found 2 real and 0 other"):
        separation("x", [1, 2], [])


@given(numbers, numbers)
def test_auc_is_that_of_scipy_and_turns_round_with_the_groups(real, other):
    found = separation("x", real, other)
    assert found.auc == pytest.approx(mannwhitneyu(other, real).statistic / (len(real) * len(other)))
    assert separation("x", other, real).auc == pytest.approx(1 - found.auc)
    assert 0 <= found.low <= found.auc <= found.high <= 1
    assert found.tells_between[0] >= 0.5


@given(st.integers(2, 60), st.integers(2, 60))
def test_perfect_separation_of_more_pictures_bounds_the_auc_closer(n_real, n_other):
    low, high = auc_interval(1.0, n_real, n_other)
    assert low < 1 == high
    assert auc_interval(1.0, n_real + 5, n_other + 5)[0] > low
    assert auc_interval(0.0, n_real, n_other) == pytest.approx((0, 1 - low), abs=1e-6)


def test_interval_agrees_with_the_bootstrap():
    rng = np.random.default_rng(0)
    real, other = rng.normal(0, 1, 80), rng.normal(0.8, 1, 60)
    drawn = [
        separation("x", rng.choice(real, 80).tolist(), rng.choice(other, 60).tolist()).auc for _ in range(400)
    ]
    found = separation("x", real.tolist(), other.tolist())
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.025)


@pytest.mark.parametrize(("n_real", "n_other", "distance"), [(10, 10, 0.0), (10, 25, 1.0), (12, 12, 2.5)])
def test_interval_covers_the_true_auc_as_often_as_it_says(n_real, n_other, distance):
    rng = np.random.default_rng(1)
    truth = norm.cdf(distance / 2**0.5)
    covered = 0
    for _ in range(400):
        found = separation("x", rng.normal(0, 1, n_real).tolist(), rng.normal(distance, 1, n_other).tolist())
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / 400 <= 0.99


def test_the_most_telling_measure_comes_first_and_constant_ones_tell_nothing():
    values = {
        "useless": [1.0, 2.0, 1.0, 2.0], "telling": [9.0, 8.0, 1.0, 2.0], "weak": [1.0, 3.0, 2.0, 4.0],
        "the same": [1.0] * 4, "of one side": [1.0, 2.0, np.nan, np.nan],
    }  # fmt: skip
    found = separations(values, [True, True, False, False])
    assert [s.measure for s in found] == ["telling", "weak", "the same", "useless"]
    assert [(s.auc, s.p, s.p_adjusted) for s in found if not s.varies] == [(0.5, 1, 1)]


def test_p_is_that_of_the_exact_rank_test():
    rng = np.random.default_rng(2)
    real, other = rng.normal(0, 1, 12), rng.normal(0.9, 1, 12)
    (found,) = separations({"x": [*real, *other]}, [True] * 12 + [False] * 12)
    exact = mannwhitneyu(real, other, method="exact").pvalue
    assert found.p == pytest.approx(exact, abs=4 * (exact / 4999) ** 0.5)
    assert found.p_adjusted == found.p


def test_measures_that_go_together_are_adjusted_less_than_strangers():
    rng = np.random.default_rng(3)
    n = 40
    is_real = [True] * n + [False] * n
    told = rng.normal(0, 1, 2 * n) + np.repeat([0, 0.6], n)
    alike = {f"alike {i}": (told + rng.normal(0, 0.01, 2 * n)).tolist() for i in range(20)}
    strangers = {"told": told.tolist(), **{f"{i}": rng.normal(0, 1, 2 * n).tolist() for i in range(19)}}
    of_alike, of_strangers = (separations(v, is_real)[0] for v in (alike, strangers))
    assert of_alike.p_adjusted < 2 * of_alike.p + 0.003
    assert of_strangers.p_adjusted > 5 * of_strangers.p


def test_random_sets_raise_false_alarms_as_seldom_as_stated():
    rng = np.random.default_rng(4)
    n_sets, alarms = 80, 0
    stimuli = [Stimulus(f"s{i}", f"{i}.jpg", "", ("real", "ai")[i % 2]) for i in range(40)]
    pairs = [Pair(f"p{i}", f"s{2 * i}", f"s{2 * i + 1}", None, False) for i in range(20)]
    for _ in range(n_sets):
        shared = rng.normal(0, 1, 40)
        values = {f"m{i}": (shared * (i % 2) + rng.normal(0, 1, 40)).tolist() for i in range(25)}
        compared = confounds_by_origin(stimuli, values, pairs, classifier=False)
        alarms += len({p.kind for p in confound_problems(compared)})
    # Two families of tests a set: alone and within pairs.
    assert alarms / (2 * n_sets) <= CHANCE + 3 * (CHANCE / (2 * n_sets)) ** 0.5


def test_within_pairs_by_hand():
    (tally,) = pair_tallies({"x": [1.0, 2.0, 0.0, -1.0, 3.0], "never": [0.0] * 5})
    assert tally.share == pytest.approx(3.5 / 5)
    assert (tally.direction, tally.n_pairs) == ("higher", 5)
    (always,) = pair_tallies({"x": [-1.0, -2.0] * 10})
    assert (always.tells, always.direction, always.n_told) == (1, "lower", 20)
    assert always.p == pytest.approx(1 / 5000)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=15))
def test_turning_all_pairs_round_turns_the_share_round(differences):
    forth, back = (pair_tallies({"x": [sign * d for d in differences]}) for sign in (1, -1))
    assert [t.share for t in forth] == pytest.approx([1 - t.share for t in back])


def blurred_combination(rng, n, strength):
    """Two measures, each of which tells little, whose difference tells much."""
    shared = rng.normal(0, 3, n)
    kind = np.arange(n) % 2
    return {
        "a": shared + strength * kind + rng.normal(0, 0.5, n),
        "b": shared + rng.normal(0, 0.5, n),
    }, kind == 0


def test_a_classifier_finds_what_no_measure_tells_alone():
    values, is_real = blurred_combination(np.random.default_rng(5), 80, 1.5)
    together = classified(values, is_real.tolist(), [str(i) for i in range(80)])
    assert separations(values, is_real.tolist())[0].tells < 0.75
    assert together.share > 0.9
    assert together.low < together.share < together.high <= 1


def test_a_classifier_of_noise_tells_nothing_it_has_not_seen():
    rng = np.random.default_rng(6)
    values = {f"m{i}": rng.normal(0, 1, 60).tolist() for i in range(20)}
    together = classified(values, [True, False] * 30, [str(i) for i in range(60)])
    assert together.low < 0.5 < together.high


def test_people_who_are_known_from_learning_do_not_help():
    """Each person has a look of their own and is on one side: known by face, unknown by origin."""
    rng = np.random.default_rng(7)
    looks = rng.normal(0, 1, (20, 12))
    pictures = np.repeat(looks, 4, axis=0) + rng.normal(0, 0.05, (80, 12))
    values = {f"m{i}": pictures[:, i].tolist() for i in range(12)}
    is_real = [bool(x) for x in np.repeat(rng.permutation([True, False] * 10), 4)]
    named = classified(values, is_real, [str(i // 4) for i in range(80)])
    unnamed = classified(values, is_real, [str(i) for i in range(80)])
    assert unnamed.share > 0.9
    assert named.low < 0.5
    assert (named.n_first, named.n_second) == (10, 10)


def test_few_pictures_get_a_remark_instead_of_a_number():
    together = classified({"x": [1.0, 2.0] * 6}, [True, False] * 6, [str(i) for i in range(12)])
    assert together.share is None
    assert (
        together.remark
        == "needs at least 10 on each side to be tested on unseen pictures, found 6 real and 6 other"
    )
    assert classified_pairs({"x": [1.0] * 4}, list("abcd")).remark.endswith("found 4 pairs")


def test_a_classifier_of_pairs_knows_which_is_second():
    rng = np.random.default_rng(8)
    differences = {"x": rng.normal(1.5, 1, 120).tolist(), "y": rng.normal(0, 1, 120).tolist()}
    told = classified_pairs(differences, [str(i) for i in range(120)])
    assert told.share == pytest.approx(norm.cdf(1.5), abs=0.06)
    assert told.low < told.share < told.high


def test_edited_pictures_are_compared_with_their_own_originals():
    stimuli = [Stimulus(f"r{i}", f"r{i}.jpg", "", "real") for i in range(5)]
    stimuli += [Stimulus(f"e{i}", f"e{i}.jpg", "", "edited", edited_from=f"r{i}", dose=0.4) for i in range(5)]
    values = {"x": [1.0, 2, 3, 4, 5, 0.9, 1.9, 2.9, 3.9, 4.9]}
    (compared,) = confounds_by_origin(stimuli, values)
    assert compared.other == "edited"
    assert compared.separations[0].tells < 0.65
    assert (compared.pairs[0].tells, compared.pairs[0].n_pairs) == (1.0, 5)


def test_each_origin_has_its_own_comparison():
    stimuli = [Stimulus(f"s{i}", "", "", origin) for i, origin in enumerate(["real", "real", "ai", "edited"])]
    compared = confounds_by_origin(stimuli, {"x": [1.0, 2.0, 3.0, 0.0]})
    assert [(c.other, c.n_real, c.n_other) for c in compared] == [("ai", 2, 1), ("edited", 2, 1)]
    assert confounds_by_origin(stimuli[2:], {"x": [1.0, 2.0]}) == ()


def test_twins_and_pictures_of_one_identity_show_one_person():
    stimuli = [
        Stimulus("a", "", "", "real", identity="Ann"),
        Stimulus("b", "", "", "edited", edited_from="a"),
        Stimulus("c", "", "", "ai", identity="Ann"),
        Stimulus("d", "", "", "real"),
        Stimulus("e", "", "", "edited", edited_from="d"),
    ]
    assert people(stimuli) == ["identity Ann"] * 3 + ["stimulus d"] * 2
