"""How often intervals hold the truth: `python tests/benchmarks/recovery.py --faces DIR [--studies N] [--robots N]`.

Runs the demo study again and again with robots of other random choices, through the real pages, and
counts how often each 95 % interval of the report covers what the robots were given.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from study.database import open_engine
from study.demo import prepare_demo
from study.export import export_study
from study.links import participant_link
from study.robots import RobotTruth, run_robots
from study.running import now
from study.serving import running_server
from study.settings import read_settings


def estimates(folder: Path, *, faces: Path | None, n: int, seed: int, truth: RobotTruth) -> dict[str, Any]:
    settings = read_settings({}, data=folder)
    demo = prepare_demo(folder, database=settings.database, pictures=settings.pictures, faces=faces)
    with running_server(settings) as address:
        link = participant_link(settings, demo.slug, address=address, namespace="robot")
        run_robots(link, n=n, truth=truth, seed=seed, stimulus_set=demo.study_folder / "stimuli")
    engine = open_engine(settings.database)
    export_study(engine, demo.slug, folder / "export", now=now(), namespaces=("robot",))
    engine.dispose()
    numbers = folder / "report.json"
    report = [
        sys.executable,
        "-m",
        "analysis",
        "report",
        folder / "export",
        "-o",
        numbers,
        "--format",
        "json",
    ]
    subprocess.run(report, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(numbers.read_text())["main"]
    return found


def with_truth(main: dict[str, Any], truth: RobotTruth) -> Iterator[tuple[str, dict[str, Any], float]]:
    for row in main["detection"]["by_exposure"]:
        exposure = row["exposure_ms"]
        yield f"d' at {exposure:g} ms", row["d_prime"], truth.d_prime_at(exposure)
    yield "side bias", main["detection"]["overall"]["side_bias"], truth.side_bias
    yield "trust difference", main["trust"]["overall"]["difference"], truth.trust_difference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--robots", type=int, default=12)
    parser.add_argument("--studies", type=int, default=20)
    asked = parser.parse_args()
    truth = RobotTruth()
    rows: dict[str, list[tuple[float, bool, float]]] = defaultdict(list)
    for seed in range(1, asked.studies + 1):
        with tempfile.TemporaryDirectory(prefix="facevalue-recovery-") as folder:
            found = estimates(Path(folder), faces=asked.faces, n=asked.robots, seed=seed, truth=truth)
        for name, estimate, true_value in with_truth(found, truth):
            covered = estimate["low"] <= true_value <= estimate["high"]
            rows[name].append((estimate["estimate"], covered, true_value))
    print(
        f"{'':<20}{'truth':>8}{'mean':>8}{'covered':>10}   {asked.studies} studies of {asked.robots} robots"
    )
    for name, seen in rows.items():
        mean = sum(estimate for estimate, _, _ in seen) / len(seen)
        print(f"{name:<20}{seen[0][2]:>8.2f}{mean:>8.2f}{sum(c for _, c, _ in seen):>7}/{len(seen)}")


if __name__ == "__main__":
    main()
