"""Known truth is recovered: on average, and by intervals that hold it (more of it: tests/benchmarks)."""

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import fit_mixed
from tests.analysis.mixed.crossed import Truth, simulate_crossed

N_SETS = 40


@pytest.mark.parametrize(
    ("family", "link", "answer"),
    [
        ("bernoulli", "logit", "yes"),
        ("bernoulli", "probit", "yes"),
        ("gaussian", None, "z"),
        ("ordinal", "logit", "rating"),
        ("ordinal", "probit", "rating"),
    ],
)
def test_estimates_are_centred_on_the_truth_and_intervals_hold_it(family, link, answer):
    truth = Truth()
    errors, covered, sds = [], [], []
    for seed in range(N_SETS):
        table = simulate_crossed(60, 30, 50, seed=seed, link=link or "probit", truth=truth)
        formula = f"{answer} ~ ai + (1 + ai | participant) + (1 | stimulus)"
        fit = fit_mixed(formula, table, family=family, link=link)
        assert fit.converged
        row = fit.fixed.loc["ai"]
        errors.append(row["estimate"] - truth.slope)
        covered.append(row["low"] <= truth.slope <= row["high"])
        sds.append(fit.random["sd"][:3])
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(N_SETS)
    assert np.mean(covered) >= 0.85  # 40 sets: 95 % would fall below this once in 150 times
    assert pd.DataFrame(sds).mean().to_numpy() == pytest.approx([0.5, 0.6, 0.5], rel=0.2)
