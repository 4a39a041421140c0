"""Simulated studies are balanced, obey the exclusions, and hold the effect that was put in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.power import Assumptions, Cell
from analysis.power.answers import looks, simulated_study
from analysis.protocol import ExclusionRules

from .conftest import planned

TIDY = Assumptions(careless_share=0, void_share=0)


@given(
    n=st.integers(3, 30),
    pairs=st.integers(3, 40),
    trials=st.integers(2, 40),
    claim=st.sampled_from(["distrust", "closer-look"]),
)
@settings(max_examples=40, deadline=None)
def test_nobody_sees_a_pair_twice_and_all_pairs_are_seen_equally_often(n, pairs, trials, claim):
    cell = Cell(claim, n, pairs, min(trials, pairs), 0.2)
    data = simulated_study(cell, planned(), TIDY, np.random.default_rng(1))
    assert len(data) == n * cell.n_trials
    assert not data.duplicated(["participant", "pair"]).any()
    seen = data["pair"].value_counts().reindex(range(pairs), fill_value=0)
    assert seen.max() - seen.min() <= 1


def test_sides_and_exposures_are_balanced_within_and_across_people():
    data = simulated_study(Cell("closer-look", 48, 24, 24, 0.2), planned(), TIDY, np.random.default_rng(1))
    assert data.groupby(["made", "look"]).size().nunique() == 1
    assert data.groupby(["pair", "made", "look"]).size().nunique() == 1
    assert data.groupby(["participant", "made", "look"]).size().nunique() == 1


@pytest.mark.parametrize("layout", ["pair", "single"])
def test_choices_have_the_sensitivity_that_was_put_in(layout):
    exact = Assumptions(
        careless_share=0,
        void_share=0,
        bias_sd=0,
        d_person_sd=0,
        d_pair_sd=0,
        gain_person_sd=0,
        gain_pair_sd=0,
    )
    data = simulated_study(
        Cell("detection", 4000, 24, 24, 1.0), planned(layout), exact, np.random.default_rng(3)
    )
    from scipy.special import ndtri

    rates = data.groupby("made")["answer"].mean()
    z = ndtri(rates[0.5]) - ndtri(rates[-0.5])
    assert z / (np.sqrt(2) if layout == "pair" else 1) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(("layout", "column"), [("pair", "difference"), ("single", "answer")])
def test_ratings_have_the_difference_that_was_put_in(layout, column):
    exact = Assumptions(careless_share=0, void_share=0, effect_person_sd=0, effect_pair_sd=0)
    data = simulated_study(
        Cell("distrust", 4000, 24, 24, -0.4), planned(layout), exact, np.random.default_rng(3)
    )
    found = data[column].mean() if layout == "pair" else np.diff(data.groupby("made")["answer"].mean())[0]
    # The ends of the scale take a little of every difference.
    assert found == pytest.approx(-0.4, abs=0.03)


def test_careless_people_are_gone_where_the_study_excludes_them_and_there_where_it_does_not():
    cell = Cell("distrust", 400, 24, 12, 0.2)
    careless = Assumptions(careless_share=0.5, void_share=0)
    rng = np.random.default_rng
    kept = simulated_study(cell, planned(), careless, rng(1))["participant"].nunique()
    assert 150 < kept < 250
    trusting = planned(exclusions=ExclusionRules())
    data = simulated_study(cell, trusting, careless, rng(1))
    assert data["participant"].nunique() == 400
    assert (data.groupby("participant")["difference"].agg(lambda d: (d == 0).all())).sum() > 150
    replaced = planned(replaces_careless=True)
    assert simulated_study(cell, replaced, careless, rng(1))["participant"].nunique() == 400


def test_void_trials_are_left_out_only_where_a_rule_says_so():
    cell, void = Cell("distrust", 100, 24, 12, 0.2), Assumptions(careless_share=0, void_share=0.3)
    kept = len(simulated_study(cell, planned(), void, np.random.default_rng(1)))
    assert kept == pytest.approx(0.7 * 1200, rel=0.1)
    everything = simulated_study(
        cell, planned(exclusions=ExclusionRules(constant_responder=True)), void, np.random.default_rng(1)
    )
    assert len(everything) == 1200


def test_exposures_stand_by_their_logarithm_with_unlimited_time_one_step_beyond():
    assert looks((100, 400, None)).tolist() == pytest.approx([-0.5, 0.0, 0.5])
    assert looks((100, 1000, 100_000)).tolist() == pytest.approx([-0.5, -1 / 6, 0.5])
    assert looks((100,)).tolist() == looks((None,)).tolist() == [0.0]


def test_ratings_on_another_scale_keep_their_place_within_it():
    wide = Assumptions().scaled_to((0, 100))
    assert wide.trust_level == pytest.approx(100 * 3.2 / 6)
    assert wide.noise_sd == pytest.approx(100 / 6)
    assert wide.d_prime == Assumptions().d_prime
