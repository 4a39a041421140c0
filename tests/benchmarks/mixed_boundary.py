"""Whether the best likelihood is found where variances are 0 and correlations 1.

`python -m tests.benchmarks.mixed_boundary [--sets N] [--glmm-python PYTHON]` fits near-singular data sets
(half logit, half REML) with this engine, lme4 (tight tolerances) and PyPI `glmm`, and reports every set in
which another one finds a log likelihood more than 0.001 higher.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tests.analysis.mixed.crossed import Truth, simulate_crossed
from tests.benchmarks.mixed_engines import Job, available, logliks, run

_CLOSE = 1e-3
_FORMULAS = (
    "{} ~ ai + (1 + ai | participant) + (1 | stimulus)",
    "{} ~ ai + (1 + ai | participant) + (1 + ai | stimulus)",
    "{} ~ ai * x + (1 + ai + x | participant) + (1 | stimulus)",
)


def near_singular(seed: int) -> Truth:
    """Small or absent variances, correlations at or near 1."""
    rng = np.random.default_rng(10_000 + seed)
    return Truth(
        sd_participant=float(rng.choice([0.0, 0.1, 0.3])),
        sd_slope=float(rng.choice([0.0, 0.1, 0.3])),
        correlation=float(rng.choice([-1.0, 0.0, 0.9, 1.0])),
        sd_stimulus=float(rng.choice([0.0, 0.1, 0.4])),
    )


def write_sets(folder: Path, n: int) -> list[tuple[str, str, str]]:
    """Name and link, formula, file of every data set."""
    found = []
    for seed in range(n):
        link = "logit" if seed % 2 else "identity"
        rng = np.random.default_rng(seed)
        data = simulate_crossed(
            int(rng.integers(12, 30)), 12, 18, seed=seed, link="logit", truth=near_singular(seed)
        )
        data = data.assign(x=rng.normal(size=len(data)))
        path = folder / f"{seed}.csv"
        data.to_csv(path, index=False)
        formula = _FORMULAS[seed // 2 % len(_FORMULAS)].format("yes" if link == "logit" else "z")
        found.append((f"{seed} {link}", formula, str(path)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--glmm-python")
    asked = parser.parse_args()
    engines = available(asked.glmm_python)
    with tempfile.TemporaryDirectory() as folder:
        sets = write_sets(Path(folder), asked.sets)
        found: dict[str, dict[str, float]] = {}
        for engine in ("here", "glmer_tight", "lmerTest", "glmm"):
            wanted = {"glmer_tight": ("logit",), "lmerTest": ("identity",)}.get(engine, ("logit", "identity"))
            jobs = [
                Job(name, engine, name.split()[1], formula, path)
                for name, formula, path in sets
                if name.split()[1] in wanted
            ]
            if engine in engines:
                results = run(jobs, glmm_python=asked.glmm_python)
                found[engine] = logliks(results)
                if engine == "here" and results is not None:
                    singular = int(results[results.name == "singular"]["value"].sum())
                    print(f"{len(sets)} data sets, {singular} of them singular here")
    worse = 0
    gaps = []
    for name, formula, _ in sets:
        others = {e: values[name] for e, values in found.items() if e != "here" and name in values}
        if not others:
            continue
        best = max(others, key=lambda e: others[e])
        gap = found["here"][name] - others[best]
        gaps.append(gap)
        if gap < -_CLOSE:
            worse += 1
            print(f"{name}: {gap:.5f} below {best}  {formula}")
    print(f"below the best other engine by more than {_CLOSE}: {worse} of {len(gaps)}")
    print(f"smallest, median, largest difference: {min(gaps):.2e} {np.median(gaps):.2e} {max(gaps):.2e}")


if __name__ == "__main__":
    main()
