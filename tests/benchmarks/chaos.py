"""Answers lost, counted twice or changed while everything around them fails.

`python -m tests.benchmarks.chaos [--answers N] [--breakdowns N] [--rate SHARE] [--seed N] [--database KIND]`
lets robots answer through a proxy that loses, repeats, delays, reorders, cuts and forges requests, while
server, network, disk and database break down in turn: kill -9 of the server's process group with a restart,
no network, a full disk (with the right to mount one), a locked database, a crashed PostgreSQL. After each
breakdown, and at the end, every acknowledged answer is compared with the database: status, every rating with
its times, and every measure of what was shown; at the end every chain is followed. Prints a table; ends with
status 1 if anything was lost, doubled or changed.
"""

from __future__ import annotations

import argparse
import sys

from tests.chaos.campaign import Campaign, run_campaign
from tests.chaos.proxy import KINDS


def main() -> None:
    options = _options()
    kinds = [options.database] if options.database else ["sqlite", "postgresql"]
    outcomes = {}
    for kind in kinds:
        outcomes[kind] = run_campaign(
            kind,
            n_answers=options.answers,
            n_damages=options.breakdowns,
            rate=options.rate,
            seed=options.seed,
            progress=lambda said, kind=kind: print(f"{kind}: {said}", flush=True),  # type: ignore[misc]
        )
    print(table(outcomes))
    sys.exit(0 if all(outcome.is_clean for outcome in outcomes.values()) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Answers lost while everything fails.")
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--breakdowns", type=int, default=40)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    return parser.parse_args()


def table(outcomes: dict[str, Campaign]) -> str:
    """One column a database, one row a figure."""
    rows = [("", *outcomes)]

    def row(name: str, *values: object) -> None:
        rows.append((name, *(f"{value}" for value in values)))

    several = outcomes.values()
    row("robots", *(one.n_robots for one in several))
    row("robots that completed", *(one.n_completed for one in several))
    row("times a robot came back to the same trial", *(one.n_resumed for one in several))
    row("acknowledged answers", *(one.verdict.n for one in several))
    row("lost", *(len(one.verdict.lost) for one in several))
    row("duplicated", *(one.verdict.duplicated for one in several))
    row("changed", *(len(one.verdict.changed) for one in several))
    row("records in the chains of sessions", *(one.records for one in several))
    row("records not as they were stored", *(len(one.broken) for one in several))
    row("checks on the way", *(len(one.checks) for one in several))
    row("checks that found anything wrong", *(sum(not c.is_clean for c in one.checks) for one in several))
    row("faults injected", *(one.faults.total() for one in several))
    kinds = dict.fromkeys([*KINDS, *(kind for one in several for kind in sorted(one.faults))])
    for kind in kinds:
        row(f"  {kind}", *(one.faults[kind] for one in several))
    starts = [f"{_median(one.starts):.2f}" for one in several]
    row("median seconds from start command to first answer", *starts)
    row("seconds", *(f"{one.seconds:.0f}" for one in several))
    for kind, one in outcomes.items():
        rows += [(f"failure on {kind}: {said}",) for said in one.failures]
    width = max(len(row[0]) for row in rows if len(row) > 1)
    return "\n".join(row[0].ljust(width) + "".join(value.rjust(14) for value in row[1:]) for row in rows)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
