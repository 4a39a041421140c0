"""Studies with hardly more answers than effects: the search ends, in words, and without warnings."""

import warnings

import numpy as np
import pytest

from analysis.detection_model import pair_judgements
from analysis.mixed import fit_mixed
from tests.analysis.detection_tables import simulated_choices

MANY_EFFECTS = "{} ~ exposure_ms * made_right + (1 + made_right | participant) + (1 | pair)"


def tiny(n_participants: int, n_pairs: int, *, d_prime: float, seed: int):
    choices = simulated_choices(
        n_participants=n_participants,
        n_pairs=n_pairs,
        d_prime=d_prime,
        exposures_ms=(100.0, 500.0),
        seed=seed,
    )
    table = pair_judgements(choices).table
    return table.assign(rating=np.digitize(table["strength"], [-1.0, 0.0, 1.0]))


@pytest.mark.parametrize(("d_prime", "seed"), [(0.0, 2), (3.0, 1)])
def test_numbers_that_effects_explain_without_rest_say_so(d_prime, seed):
    """Eight answers, four fixed and eight random effects: the likelihood has no maximum."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_mixed(MANY_EFFECTS.format("strength"), tiny(2, 4, d_prime=d_prime, seed=seed))
        table = fit.fixed
    assert not fit.converged
    assert not fit.singular
    said = fit.messages[-1]
    assert said.startswith("The search did not converge: the standard deviation of Intercept by pair grows")
    assert "the residual's is next to nothing beside it" in said
    assert "Fit a simpler random part" in said
    assert np.isfinite(table["estimate"]).all()
    assert fit.covariance.loc["pair: Intercept"].isna().all()


def test_a_latent_variance_that_runs_off_says_so():
    table = tiny(2, 3, d_prime=1.0, seed=0)
    formula = "chose_right ~ made_right + (1 + made_right | participant) + (0 + made_right | pair)"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_mixed(formula, table, family="bernoulli", link="probit")
        assert fit.fixed["se"].isna().all()
    assert not fit.converged
    assert "by participant grows without bound (on the latent scale)" in fit.messages[-1]


@pytest.mark.parametrize("n_pairs", [2, 3, 4])
@pytest.mark.parametrize(
    ("family", "answer"), [("gaussian", "strength"), ("bernoulli", "chose_right"), ("ordinal", "rating")]
)
def test_no_tiny_study_warns_in_numpys_words(family, answer, n_pairs):
    fitted = 0
    for n_participants in (2, 3):
        for seed in range(3):
            table = tiny(n_participants, n_pairs, d_prime=2.0, seed=seed)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    fit = fit_mixed(MANY_EFFECTS.format(answer), table, family=family)
                except ValueError as error:
                    assert "there is nothing to explain" in str(error)  # noqa: PT017
                    continue
                assert fit.converged or fit.messages[-1].startswith("The search did not converge")
                assert len(fit.fixed) + len(fit.random) > 2
                fitted += 1
    assert fitted
