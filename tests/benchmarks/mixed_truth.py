"""Whether estimates are centred on the truth and 95 % intervals hold it.

`python -m tests.benchmarks.mixed_truth [--sets N] [--people N --trials N --stimuli N] [--first-seed N]`
simulates data sets of every family with known truth, each with a seed of its own, fits them, and prints per
parameter the bias with its Monte Carlo error and the share of intervals that cover.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from analysis.mixed import MixedFit, fit_mixed
from tests.analysis.mixed.crossed import THRESHOLDS, Truth, simulate_crossed

_FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
_MODELS = (
    ("bernoulli", "logit", "yes"),
    ("bernoulli", "probit", "yes"),
    ("gaussian", None, "z"),
    ("ordinal", "logit", "rating"),
    ("ordinal", "probit", "rating"),
)


def known(truth: Truth, family: str) -> dict[str, float]:
    """True values by name of the estimate."""
    values = {"ai": truth.slope}
    if family == "ordinal":
        values |= {f"{k}|{k + 1}": t - truth.intercept for k, t in enumerate(THRESHOLDS, start=1)}
    else:
        values["Intercept"] = truth.intercept
    return values


def variances(truth: Truth) -> dict[tuple[str, str], float]:
    return {
        ("participant", "Intercept"): truth.sd_participant,
        ("participant", "ai"): truth.sd_slope,
        ("stimulus", "Intercept"): truth.sd_stimulus,
    }


def rows_of(fit: MixedFit, truth: Truth) -> list[dict[str, object]]:
    table = pd.concat([fit.fixed, fit.thresholds])
    rows: list[dict[str, object]] = [
        {
            "parameter": name,
            "error": table.loc[name, "estimate"] - value,
            "covered": table.loc[name, "low"] <= value <= table.loc[name, "high"],
        }
        for name, value in known(truth, fit.family).items()
    ]
    sds = fit.random.set_index(["group", "term"])["sd"]
    rows += [
        {"parameter": f"sd {group} {term}", "error": sds[group, term] - value, "covered": np.nan}
        for (group, term), value in variances(truth).items()
    ]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=500)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--stimuli", type=int, default=120)
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    truth = Truth()
    for place, (family, link, response) in enumerate(_MODELS):
        rows, unfinished, singular = [], 0, 0
        first = asked.first_seed + place * asked.sets
        for seed in range(first, first + asked.sets):
            data = simulate_crossed(
                asked.people, asked.trials, asked.stimuli, seed=seed, link=link or "probit", truth=truth
            )
            fit = fit_mixed(_FORMULA.format(response), data, family=family, link=link)  # type: ignore[arg-type]
            unfinished += not fit.converged
            singular += fit.singular
            rows += rows_of(fit, truth)
        found = pd.DataFrame(rows).groupby("parameter", sort=False)
        print(
            f"\n{family} {link or ''}: {asked.sets} data sets, {singular} singular, "
            f"{unfinished} not converged"
        )
        print(f"{'parameter':<26}{'bias':>9}{'MC error':>10}{'z':>7}{'covered':>9}")
        for name, group in found:
            error = group["error"].to_numpy(dtype=float)
            mc = error.std(ddof=1) / np.sqrt(len(error))
            covered = group["covered"].mean()
            share = f"{covered:9.3f}" if np.isfinite(covered) else " " * 9
            print(f"{name:<26}{error.mean():>9.4f}{mc:>10.4f}{error.mean() / mc:>7.1f}{share}", flush=True)


if __name__ == "__main__":
    main()
