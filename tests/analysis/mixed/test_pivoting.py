"""A small variance before a large one in Lambda: the order of effects changes nothing but the search."""

import numpy as np
import pandas as pd
import pytest

from analysis.detection_model import pair_judgements
from analysis.mixed import fit_mixed
from analysis.mixed.pivoting import better_order, carried, jacobian
from analysis.mixed.structure import RandomGroup, RandomStructure
from tests.analysis.detection_tables import simulated_choices
from tests.analysis.mixed.crossed import Truth, simulate_crossed


def three_and_two(n: int = 6) -> RandomStructure:
    def group(name: str, size: int) -> RandomGroup:
        terms = tuple("abc"[:size])
        return RandomGroup(
            name,
            pd.Index([0, 1, 2]),
            np.arange(n) % 3,
            terms,
            np.ones((n, size)),
            np.ones(size),
            (tuple(range(size)),),
        )

    return RandomStructure((group("g", 3), group("h", 2)))


#: Lambda of g by columns, then of h: the first effect of g is small, those of h are not.
SMALL_FIRST = np.array([0.01, 0.3, -0.2, 0.4, 0.1, 0.2, 0.5, 0.1, 0.3])


def test_small_variances_go_last_and_covariances_stay():
    structure = three_and_two()
    pivoted = better_order(structure, SMALL_FIRST, 0.15)
    assert pivoted is not None
    assert [group.blocks for group in pivoted.groups] == [((1, 2, 0),), ((0, 1),)]
    there = carried(SMALL_FIRST, structure, pivoted)
    for before, after in zip(structure.covariances(SMALL_FIRST), pivoted.covariances(there), strict=True):
        assert after == pytest.approx(before, abs=1e-15)
    assert carried(there, pivoted, structure) == pytest.approx(SMALL_FIRST, abs=1e-12)
    assert better_order(pivoted, there, 0.15) is None


def test_what_is_not_small_or_has_nothing_under_it_stays_in_order():
    structure = three_and_two()
    large = SMALL_FIRST.copy()
    large[0] = 0.3
    uncorrelated = SMALL_FIRST.copy()
    uncorrelated[1:3] = 0.005
    assert better_order(structure, large, 0.15) is None
    assert better_order(structure, uncorrelated, 0.15) is None


def test_changes_are_carried_along():
    structure = three_and_two()
    pivoted = better_order(structure, SMALL_FIRST, 0.15)
    there = carried(SMALL_FIRST, structure, pivoted)
    found = jacobian(structure, SMALL_FIRST, np.ones(9, dtype=bool), pivoted, there)
    for place, step in enumerate(1e-6 * np.eye(9)):
        ahead = carried(SMALL_FIRST + step, structure, pivoted)
        behind = carried(SMALL_FIRST - step, structure, pivoted)
        assert found[:, place] == pytest.approx((ahead - behind) / 2e-6, abs=1e-6)


def test_a_correlation_of_one_is_carried_to_a_zero_column():
    structure = three_and_two()
    theta = np.array([0.01, 0.3, -0.2, 0.4, 0.1, 0.0, 0.5, 0.1, 0.0])
    pivoted = better_order(structure, theta, 0.15)
    there = carried(theta, structure, pivoted)
    assert (~pivoted.boundary(there)).sum() == (~structure.boundary(theta)).sum()
    back = carried(there, pivoted, structure)
    assert back == pytest.approx(theta, abs=1e-12)
    assert structure.boundary(back).tolist() == structure.boundary(theta).tolist()


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize(
    "study",
    [
        {"d_prime": (0.4, 0.9, 1.4), "exposures_ms": (100.0, 500.0, 2000.0), "n_participants": 60}
        | {"n_pairs": 40, "participant_sd": 0.4, "pair_sd": 0.4, "bias": 0.15},
        {"n_participants": 20, "n_pairs": 40, "pair_sd": 0.3, "seed": 2},
        {"n_participants": 40, "n_pairs": 40, "participant_sd": 0.3, "pair_sd": 0.3, "seed": 2},
    ],
)
def test_studies_without_differences_in_bias_converge(study, link):
    """The intercept by participant is next to nothing, the slope is not."""
    table = pair_judgements(simulated_choices(**study)).table
    fit = fit_mixed(
        "chose_right ~ made_right + (1 + made_right | participant) + (0 + made_right | pair)",
        table,
        family="bernoulli",
        link=link,
    )
    assert fit.converged
    assert fit.random["sd"][0] < 0.1
    assert not [text for text in fit.messages if text.startswith("The search did not")]


@pytest.mark.parametrize(
    ("family", "answer", "options"),
    [
        ("gaussian", "z", {}),
        ("gaussian", "z", {"reml": False}),
        ("bernoulli", "yes", {}),
        ("ordinal", "rating", {}),
    ],
)
def test_which_slope_is_named_first_does_not_matter(family, answer, options):
    """One slope is all but absent: written first, it changes places during the search."""
    truth = Truth(sd_participant=0.6, sd_slope=0.5, correlation=0.0, sd_stimulus=0.4)
    turned = 0
    for seed in range(4):
        table = simulate_crossed(20, 12, 18, seed=seed, link="logit", truth=truth)
        table = table.assign(x=np.random.default_rng(seed).normal(size=len(table)))
        fits = [
            fit_mixed(
                f"{answer} ~ ai + x + (0 + {terms} | participant) + (1 | stimulus)",
                table,
                family=family,
                **options,
            )
            for terms in ("x + ai", "ai + x")
        ]
        one, other = fits
        assert one.converged == other.converged
        assert one.singular == other.singular
        assert one.loglik == pytest.approx(other.loglik, abs=1e-5)
        assert one.fixed["se"].to_numpy() == pytest.approx(other.fixed["se"].to_numpy(), rel=2e-3)
        if family == "gaussian":
            assert one.fixed["df"].to_numpy() == pytest.approx(other.fixed["df"].to_numpy(), rel=1e-2)
        sds = [fit.random[fit.random["group"] == "participant"].set_index("term")["sd"] for fit in fits]
        assert sds[0]["x"] == pytest.approx(sds[1]["x"], abs=2e-3)
        turned += sds[0]["x"] < 0.15
    assert turned
