"""How often the report's intervals hold the truth.

`python -m tests.benchmarks.recovery [--faces DIR] [--studies N] [--robots N]` runs the demo study again
and again with robots of other random choices, through the real pages, and counts how often each 95 %
interval covers what the robots were given.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from analysis.dataset import read_export
from analysis.estimate import Estimate
from analysis.results import MainResults, analyse
from study.robots import RobotTruth
from tests.benchmarks.rehearsal import rehearse


def with_truth(main: MainResults, truth: RobotTruth) -> Iterator[tuple[str, Estimate, float]]:
    """Name, estimate and true value of everything the robots were given."""
    assert main.detection is not None
    assert main.trust is not None
    for one in main.detection.by_exposure:
        exposure = one.exposure_ms or float("inf")
        yield f"d' at {exposure:g} ms", one.d_prime, truth.d_prime_at(one.exposure_ms)
    yield "side bias", main.detection.overall.side_bias, truth.side_bias
    yield "trust difference", main.trust.overall.difference, truth.trust_difference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--robots", type=int, default=12)
    parser.add_argument("--studies", type=int, default=20)
    asked = parser.parse_args()
    rows: dict[str, list[tuple[float, bool, float]]] = defaultdict(list)
    for seed in range(1, asked.studies + 1):
        with tempfile.TemporaryDirectory(prefix="facevalue-recovery-") as folder:
            rehearse(Path(folder), faces=asked.faces, n=asked.robots, seed=seed)
            found = analyse(read_export(Path(folder) / "export")).main
        for name, estimate, true_value in with_truth(found, RobotTruth()):
            covered = estimate.low <= true_value <= estimate.high
            rows[name].append((estimate.estimate, covered, true_value))
    print(f"{asked.studies} studies of {asked.robots} robots")
    print(f"{'':<20}{'truth':>8}{'mean':>8}{'covered':>10}")
    for name, seen in rows.items():
        mean = sum(estimate for estimate, _, _ in seen) / len(seen)
        covered = f"{sum(held for _, held, _ in seen)}/{len(seen)}"
        print(f"{name:<20}{seen[0][2]:>8.2f}{mean:>8.2f}{covered:>10}")


if __name__ == "__main__":
    main()
