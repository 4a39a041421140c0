"""How fast and how close: this engine beside lme4, lmerTest, glmmTMB, ordinal and PyPI `glmm`.

`python -m tests.benchmarks.mixed [--people N --trials N --stimuli N] [--sets N] [--glmm-python PYTHON]
[--limit-s S] [--threads N] [--tight] [--skip ENGINE ...] [--models MODEL ...]` simulates data sets, lets
the engines fit them in turn, each in a process of its own on one thread or N, and prints CPU and wall
seconds (medians over the sets), the ratio to this engine's CPU seconds (wall seconds with several threads),
and the largest differences of fixed effects (in standard errors), standard deviations, degrees of freedom
(relative) and log likelihood. `--tight` adds glmer with tighter tolerances: with its defaults it stops up
to .001 standard errors or more from the maximum. Engines that are not installed are left out; see
`mixed_engines`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
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


@dataclass(frozen=True)
class Apart:
    """How far another engine's fit is from ours; NaN where it does not tell."""

    beta: float
    sd: float
    df: float
    loglik: float

    @classmethod
    def between(cls, ours: dict[str, float], theirs: dict[str, float]) -> Apart:
        def largest(kind: str, unit: Callable[[str], float]) -> float:
            shared = [name for name in ours if name.startswith(kind) and name in theirs]
            return max((abs(ours[name] - theirs[name]) / unit(name) for name in shared), default=np.nan)

        return cls(
            beta=largest("b:", lambda name: ours[f"se:{name[2:]}"]),
            sd=largest("sd:", lambda _: 1.0),
            df=largest("df:", lambda name: ours[name]),
            loglik=theirs.get("loglik", np.nan) - ours["loglik"],
        )


@dataclass
class Measured:
    """One engine's fits of all data sets: seconds, and how far from ours."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)

    def add(self, ours: dict[str, float], found: dict[str, float]) -> None:
        self.cpu_s.append(found.get("cpu_s", np.inf))
        self.wall_s.append(found.get("wall_s", np.inf))
        self.apart.append(Apart.between(ours, found))

    def largest(self, what: str) -> float:
        return max(getattr(each, what) for each in self.apart)


def compare_engines(asked: argparse.Namespace) -> None:
    engines = available(asked.glmm_python) - set(asked.skip)
    for model, link, response, turns in _MODELS:
        if asked.models and model not in asked.models:
            continue
        taking_turns = [engine for engine in turns if engine in engines]
        if asked.tight and "glmer" in taking_turns:
            taking_turns.append("glmer_tight")
        measured = {engine: Measured() for engine in taking_turns}
        for seed in range(1, asked.sets + 1):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "data.csv"
                _simulated(asked, link, seed).to_csv(path, index=False)
                ours: dict[str, float] = {}
                for engine in taking_turns:
                    job = Job("1", engine, link, _FORMULA.format(response), str(path))
                    found = values_of(
                        run(
                            [job],
                            glmm_python=asked.glmm_python,
                            limit_s=asked.limit_s,
                            threads=asked.threads,
                        )
                    )
                    ours = ours or found
                    measured[engine].add(ours, found)
        print(f"\n{model}: {asked.people} people x {asked.trials} trials, {asked.stimuli} stimuli")
        _print_table(measured, by_wall=asked.threads > 1)


def _simulated(asked: argparse.Namespace, link: str, seed: int) -> pd.DataFrame:
    logit = link == "logit"
    return simulate_crossed(
        asked.people,
        asked.trials,
        asked.stimuli,
        seed=seed,
        truth=Truth(0.34, 1.7, 0.85, 1.0, 0.3, 0.85) if logit else Truth(slope=1.0),
        link="logit" if logit else "probit",
    )


def _print_table(measured: dict[str, Measured], *, by_wall: bool) -> None:
    heads = ("CPU s", "wall s", "ratio", "|d beta|/SE", "|d SD|", "|d df|/df", "d logLik")
    print(f"{'engine':<14}" + "".join(f"{head:>13}" for head in heads))
    base = None
    for engine, fits in measured.items():
        cpu, wall = float(np.median(fits.cpu_s)), float(np.median(fits.wall_s))
        chosen = wall if by_wall else cpu
        base = chosen if base is None else base
        differences = "".join(f"{fits.largest(what):>13.1e}" for what in ("beta", "sd", "df", "loglik"))
        print(f"{engine:<14}{cpu:>13.3f}{wall:>13.3f}{chosen / base:>13.1f}{differences}", flush=True)


def power_rate(n_people: int, n_trials: int, n_stimuli: int, n_fits: int) -> None:
    """Fits per second of a power simulation, standard errors each time: new answers of one design, begun
    where its first fit ended, and whole calls of ``fit_mixed`` on new tables."""
    print(
        f"\npower simulation, {n_people} people x {n_trials} trials, {n_stimuli} stimuli: fits per CPU second"
    )
    print(f"{'':<20}{'new answers':>13}{'new tables':>13}")
    for model, link, response, _ in _MODELS:
        data = simulate_crossed(n_people, n_trials, n_stimuli, seed=1, link="probit")
        family = {"yes": "bernoulli", "z": "gaussian", "rating": "ordinal"}[response]
        called = partial(
            fit_mixed,
            _FORMULA.format(response),
            family=family,
            link=None if link == "identity" else link,
        )
        fit = called(data)
        start, rng = (fit.maximum.x, fit.maximum.covariance), np.random.default_rng(1)
        spent = np.zeros(2)
        for _ in range(n_fits):
            answers = simulated_answers(fit, rng)
            table = fit.model.design.frame.assign(**{response: answers.y})
            for place, again in enumerate(
                (
                    partial(fit_model, fit.model.with_answers(answers), start=start),
                    partial(called, table),
                )
            ):
                before = time.process_time()
                assert np.isfinite(again().fixed["se"]).all()
                spent[place] += time.process_time() - before
        print(f"{model:<20}" + "".join(f"{rate:>13.1f}" for rate in n_fits / spent), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--trials", type=int, default=128)
    parser.add_argument("--stimuli", type=int, default=400)
    parser.add_argument("--sets", type=int, default=3)
    parser.add_argument("--limit-s", type=float, default=300)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tight", action="store_true")
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
