"""Engines to compare `analysis.mixed` with, each in a process of its own, on one thread or
more.

R's packages come from Debian (`apt-get install r-cran-lme4 r-cran-lmertest r-cran-glmmtmb r-cran-ordinal`),
`glmm` from PyPI into any environment whose Python is named by ``--glmm-python``. An engine that is not
there is left out of the tables. Times are those of the fit with its standard errors (and degrees of
freedom), without starting the process or reading the data.

As a program it is the worker for the two engines that are Python:
`python -m tests.benchmarks.mixed_engines jobs.csv results.csv`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
R_SCRIPT = Path(__file__).with_name("mixed_engines.R")
R_PACKAGES = {
    "glmer": "lme4",
    "glmer_tight": "lme4",
    "lmerTest": "lmerTest",
    "glmmTMB": "glmmTMB",
    "clmm": "ordinal",
}
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One fit: which engine, what, on which file. ``link`` identity means Gaussian."""

    job: str
    engine: str
    link: str
    formula: str
    data: str

    @property
    def family(self) -> str:
        if self.engine == "clmm" or self.engine.endswith("ordinal"):
            return "ordinal"
        return "gaussian" if self.link == "identity" else "bernoulli"


def available(glmm_python: str | None) -> set[str]:
    """Engines that can run on this machine."""
    found = {"here", "here_ordinal"}
    if shutil.which("Rscript"):
        for engine, package in R_PACKAGES.items():
            test = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
            if subprocess.run(["Rscript", "-e", test], capture_output=True, check=False).returncode == 0:
                found.add(engine)
    if glmm_python and subprocess.run([glmm_python, "-c", "import glmm"], check=False).returncode == 0:
        found.add("glmm")
    return found


def run(
    jobs: Sequence[Job], *, glmm_python: str | None = None, limit_s: float = 600, threads: int = 1
) -> pd.DataFrame | None:
    """Run jobs of one engine in one process; columns job, name, value. None when they take too long."""
    engine = jobs[0].engine
    with tempfile.TemporaryDirectory() as folder:
        listed, results = Path(folder) / "jobs.csv", Path(folder) / "results.csv"
        pd.DataFrame([asdict(job) for job in jobs]).to_csv(listed, index=False)
        command = {
            True: ["Rscript", str(R_SCRIPT)],
            False: [glmm_python or "" if engine == "glmm" else sys.executable, __file__],
        }[engine in R_PACKAGES]
        environment = {**os.environ, **dict.fromkeys(_THREADS, str(threads)), "PYTHONPATH": str(ROOT)}
        try:
            subprocess.run(
                [*command, str(listed), str(results)], check=True, env=environment, timeout=limit_s
            )
        except subprocess.TimeoutExpired:
            return None
        return pd.read_csv(results)


def logliks(results: pd.DataFrame | None) -> dict[str, float]:
    """Log likelihood by job."""
    if results is None:
        return {}
    rows = results[results.name == "loglik"]
    return dict(zip(rows.job, rows.value, strict=True))


def _here(job: Job, table: pd.DataFrame) -> Mapping[str, float]:
    from analysis.mixed import fit_mixed

    link = None if job.link == "identity" else job.link
    fit = fit_mixed(job.formula, table, family=job.family, link=link)  # type: ignore[arg-type]
    fixed = fit.fixed
    values = {"loglik": fit.loglik, "singular": float(fit.singular), "converged": float(fit.converged)}
    values |= {f"b:{_r_name(term)}": value for term, value in fixed["estimate"].items()}
    values |= {f"se:{_r_name(term)}": value for term, value in fixed["se"].items()}
    sds = fit.random[fit.random["group"] != "Residual"]
    values |= {f"sd:{row.group}:{_r_name(row.term)}": row.sd for row in sds.itertuples()}
    if job.family == "gaussian":
        values |= {f"df:{_r_name(term)}": value for term, value in fixed["df"].items()}
    return values


def _glmm(job: Job, table: pd.DataFrame) -> Mapping[str, float]:
    import warnings

    import glmm  # type: ignore[import-not-found]

    warnings.simplefilter("ignore")

    if job.link == "identity":
        fit = glmm.fit(table, job.formula)
    else:
        fit = glmm.fit(table, job.formula, family="binomial", link=job.link)
    return {"loglik": float(fit.loglik)}


def _r_name(term: object) -> str:
    return "(Intercept)" if term == "Intercept" else str(term)


def _warm_up() -> None:
    """Load the compiled loops and formulaic once, as R's packages are loaded before their clock starts."""
    from tests.analysis.mixed.crossed import simulate_crossed

    data = simulate_crossed(10, 8, 12, seed=1)
    formula = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
    for engine, link, answer in (
        ("", "logit", "yes"),
        ("", "identity", "z"),
        ("here_ordinal", "probit", "rating"),
    ):
        _here(Job("", engine, link, formula.format(answer), ""), data)


def _work(jobs: Sequence[Job]) -> pd.DataFrame:
    rows = []
    if jobs[0].engine.startswith("here"):
        _warm_up()
    for job in jobs:
        table = pd.read_csv(job.data)
        fit = _glmm if job.engine == "glmm" else _here
        before, began = time.process_time(), time.perf_counter()
        values = fit(job, table)
        spent = {"cpu_s": time.process_time() - before, "wall_s": time.perf_counter() - began}
        rows += [
            {"job": job.job, "name": name, "value": value} for name, value in {**spent, **values}.items()
        ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    listed = [Job(**row) for row in pd.read_csv(sys.argv[1]).to_dict("records")]
    _work(listed).to_csv(sys.argv[2], index=False)
