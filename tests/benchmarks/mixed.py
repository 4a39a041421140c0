"""How fast and how close: this engine beside lme4, lmerTest, glmmTMB, ordinal and PyPI `glmm`.

`python -m tests.benchmarks.mixed [--people N --trials N --stimuli N] [--sets N] [--glmm-python PYTHON]
[--limit-s S] [--skip ENGINE ...] [--models MODEL ...]` simulates data sets, lets the engines fit them in
turn, each in a process of its own on one thread, and prints CPU seconds (median over the sets), the ratio
to this engine, and the largest difference of estimates (in standard errors) and of log likelihood. Engines
that are not installed are left out; see `mixed_engines`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.mixed.fit import fit_mixed, fit_model
from analysis.mixed.prediction import simulated_answers
from tests.analysis.mixed.crossed import Truth, simulate_crossed
from tests.benchmarks.mixed_engines import Job, available, run

_FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
#: Model, link, response, engines in the order of their turns.
_MODELS = (
    ("logit", "logit", "yes", ("here", "glmm", "glmmTMB", "glmer")),
    ("probit", "probit", "yes", ("here", "glmm", "glmmTMB", "glmer")),
    ("REML + df", "identity", "z", ("here", "glmm", "lmerTest")),
    ("cumulative probit", "probit", "rating", ("here_ordinal", "clmm")),
)


def values_of(results: pd.DataFrame | None) -> dict[str, float]:
    return {} if results is None else dict(zip(results.name, results.value, strict=True))


def apart(ours: dict[str, float], theirs: dict[str, float]) -> float:
    """Largest difference of a fixed effect, in standard errors."""
    terms = [name[2:] for name in ours if name.startswith("b:") and name in theirs]
    return max((abs(ours[f"b:{t}"] - theirs[f"b:{t}"]) / ours[f"se:{t}"] for t in terms), default=np.nan)


def compare_engines(asked: argparse.Namespace) -> None:
    engines = available(asked.glmm_python) - set(asked.skip)
    for model, link, response, turns in _MODELS:
        if asked.models and model not in asked.models:
            continue
        seconds: dict[str, list[float]] = defaultdict(list)
        gaps: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for seed in range(1, asked.sets + 1):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "data.csv"
                truth = Truth(slope=1.0) if link != "logit" else Truth(0.34, 1.7, 0.85, 1.0, 0.3, 0.85)
                simulate_crossed(
                    asked.people,
                    asked.trials,
                    asked.stimuli,
                    seed=seed,
                    truth=truth,
                    link="logit" if link == "logit" else "probit",
                ).to_csv(path, index=False)
                ours: dict[str, float] = {}
                for engine in (e for e in turns if e in engines):
                    job = Job("1", engine, link, _FORMULA.format(response), str(path))
                    found = values_of(run([job], glmm_python=asked.glmm_python, limit_s=asked.limit_s))
                    seconds[engine].append(found.get("cpu_s", np.inf))
                    ours = ours or found
                    gaps[engine].append((apart(ours, found), found.get("loglik", np.nan) - ours["loglik"]))
        base = np.median(seconds[turns[0]])
        print(f"\n{model}: {asked.people} people x {asked.trials} trials, {asked.stimuli} stimuli")
        print(f"{'engine':<14}{'CPU s':>9}{'ratio':>8}{'|d beta|/SE':>13}{'d logLik':>11}")
        for engine in (e for e in turns if e in engines):
            cpu = float(np.median(seconds[engine]))
            beta, loglik = np.array(gaps[engine]).T
            print(
                f"{engine:<14}{cpu:>9.3f}{cpu / base:>8.1f}{beta.max():>13.1e}{loglik.max():>11.1e}",
                flush=True,
            )


def power_rate(n_people: int, n_trials: int, n_stimuli: int, n_fits: int) -> None:
    """Fits per second of a power simulation: one design, new answers, standard errors each time."""
    print(
        f"\npower simulation, {n_people} people x {n_trials} trials, {n_stimuli} stimuli: fits per CPU second"
    )
    for model, link, response, _ in _MODELS:
        family = {"yes": "bernoulli", "z": "gaussian", "rating": "ordinal"}[response]
        data = simulate_crossed(n_people, n_trials, n_stimuli, seed=1, link="probit")
        fit = fit_mixed(
            _FORMULA.format(response), data, family=family, link=None if link == "identity" else link
        )
        start = (fit.maximum.x, fit.maximum.covariance)
        rng = np.random.default_rng(1)
        spent = 0.0
        for _ in range(n_fits):
            answers = simulated_answers(fit, rng)
            before = time.process_time()
            again = fit_model(fit.model.with_answers(answers), start=start)
            assert np.isfinite(again.fixed["se"]).all()
            spent += time.process_time() - before
        print(f"{model:<20}{n_fits / spent:>8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--trials", type=int, default=128)
    parser.add_argument("--stimuli", type=int, default=400)
    parser.add_argument("--sets", type=int, default=3)
    parser.add_argument("--limit-s", type=float, default=300)
    parser.add_argument("--glmm-python")
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--models", nargs="*", choices=[model for model, *_ in _MODELS])
    parser.add_argument("--power-fits", type=int, default=50)
    asked = parser.parse_args()
    if asked.sets:
        compare_engines(asked)
    if asked.power_fits:
        power_rate(100, 60, 120, asked.power_fits)


if __name__ == "__main__":
    main()
