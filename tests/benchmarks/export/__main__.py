"""See the package's own words."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.export.crowd import SLUG, prepare
from tests.benchmarks.export.measured import Measured, measured
from tests.benchmarks.load.databases import open_databases

WORKERS = "tests.benchmarks.export.workers"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.export", description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--databases", type=lambda text: text.split(","), default=["sqlite", "postgresql"])
    options = parser.parse_args()
    print(f"{'database':<11} {'what':<26} {'trials':>9} {'s':>7} {'CPU s':>7} {'MB':>6}", flush=True)
    for kind in options.databases:
        with open_databases(kind) as databases, tempfile.TemporaryDirectory(prefix="facevalue-") as name:
            folder = Path(name)
            address = databases.fresh(folder)
            n_trials = prepare(address, folder, n_trials=options.trials)
            print(f"{kind}: {n_trials} trials are there", file=sys.stderr, flush=True)
            for what, runs in _runs(address, folder, options.rounds).items():
                _print_row(kind, what, n_trials, runs)


def _runs(address: str, folder: Path, n_rounds: int) -> dict[str, list[Measured]]:
    """Everything in turn, as often as asked for."""
    export, pandas = folder / "export", folder / "pandas"
    runs: dict[str, list[Measured]] = {"export": [], "pandas, two tables": [], "read_export": []}
    for _ in range(n_rounds):
        for old in (export, pandas):
            shutil.rmtree(old, ignore_errors=True)
        # The installation's own folder holds the pictures; the export needs none of them.
        command = ["study", "study", "export", SLUG, "--out", str(export), "--data", str(folder)]
        runs["export"].append(measured([*command, "--database", address]))
        runs["pandas, two tables"].append(measured([WORKERS, "pandas", address, str(pandas)]))
        runs["read_export"].append(measured([WORKERS, "read", str(export)]))
    return runs


def _print_row(kind: str, what: str, n_trials: int, runs: list[Measured]) -> None:
    seconds, cpu, megabytes = (median(getattr(run, name) for run in runs) for name in Measured._fields)
    print(f"{kind:<11} {what:<26} {n_trials:>9} {seconds:>7.1f} {cpu:>7.1f} {megabytes:>6.0f}", flush=True)


if __name__ == "__main__":
    main()
