"""`python -m tests.benchmarks.load`: facevalue beside a bare reference and beside oTree.

Robots visit a ten-trial study over real HTTP and send one answer in each request, as browsers do. Each run
has a fresh database and a fresh server, and the sides alternate. The table says, for every side and
database, saved answers per second, the time to save one (p50, p95, p99, ms), errors, answers that were
acknowledged but are not there (lost) or are there twice, CPU seconds for 1,000 saved answers (of the
server, of PostgreSQL beside it) and megabytes (resident; proportional over all processes of the server).

CPU is counted while answers are sent; "whole visits" count all their pages too, and "robots" is what the
robots took for these, on the same cores. With `--think 1 2` the robots
think before every page and every answer. They arrive evenly over the time of one visit, so that all are there
but at different points, `--waves` says how many visits each of them makes, and everything is counted as one;
with `--at-once` they all come within the first second of thinking. The times remain those of answers.
`facevalue2`, for PostgreSQL, is facevalue with two workers.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.load.bare_side import BARE
from tests.benchmarks.load.campaign import Plan, Result, run
from tests.benchmarks.load.databases import Databases, open_databases
from tests.benchmarks.load.facevalue_side import FACEVALUE, FACEVALUE_TWICE
from tests.benchmarks.load.otree_side import OTREE
from tests.benchmarks.load.side import Side

SIDES = {"facevalue": FACEVALUE, "bare": BARE, "otree": OTREE, "facevalue2": FACEVALUE_TWICE}
HEADINGS = (
    "answers/s",
    "p50",
    "p95",
    "p99",
    "errors",
    "lost",
    "twice",
    "CPU s/1000",
    "with db",
    "whole visits",
    "robots",
    "RSS MB",
    "PSS MB",
)


def main() -> None:
    asked = _arguments()
    plan = Plan(asked.robots, asked.waves, tuple(asked.think), asked.at_once)
    started = time.monotonic()
    for kind in asked.databases:
        results: dict[str, list[Result]] = {}
        with open_databases(kind) as databases:
            for name in _alternating(asked.sides, asked.runs):
                if time.monotonic() - started > asked.minutes * 60:
                    print("the time is over; what follows rests on fewer runs")
                    break
                results.setdefault(name, []).append(_one_run(SIDES[name], databases, plan))
        _print(kind, plan, results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--robots", type=int, default=50, help="how many at a time")
    parser.add_argument("--waves", type=int, default=6, help="how many times they come, ten trials each")
    parser.add_argument("--think", type=float, nargs=2, default=(0.0, 0.0), metavar=("FROM", "TO"))
    parser.add_argument("--at-once", action="store_true", help="those who think do not arrive one by one")
    parser.add_argument("--runs", type=int, default=3, help="runs of each side, in turn")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=["facevalue", "bare", "otree"])
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--minutes", type=float, default=30, help="no new run after this time")
    return parser.parse_args()


def _alternating(sides: list[str], runs: int) -> Iterator[str]:
    for turn in range(runs):
        yield from sides if turn % 2 == 0 else reversed(sides)


def _one_run(side: Side, databases: Databases, plan: Plan) -> Result:
    with tempfile.TemporaryDirectory(prefix="facevalue-load-") as made:
        folder = Path(made)
        with side.serve(databases.fresh(folder), folder, plan.visits) as served:
            return run(served, plan, database_pid=databases.pid)


def _print(kind: str, plan: Plan, results: dict[str, list[Result]]) -> None:
    think = f"{plan.think[0]:g}-{plan.think[1]:g} s" if plan.think[1] else "0"
    coming = ", all at once" if plan.at_once else ""
    print(f"\n{kind}: {plan.robots} robots, think time {think}, {plan.waves} waves{coming}, median of runs")
    print(f"{'':<14}{'runs':>5}{'done':>11}" + "".join(f"{heading:>13}" for heading in HEADINGS))
    rows = {name: _row(runs) for name, runs in results.items()}
    for name, row in rows.items():
        runs = results[name]
        done = f"{sum(one.tally.finished for one in runs)}/{sum(one.robots for one in runs)}"
        numbers = "".join(f"{number:>13.{_decimals(number)}f}" for number in row)
        print(f"{SIDES[name].name:<14}{len(runs):>5}{done:>11}{numbers}")
        for error in sorted({error for one in runs for error in one.tally.errors})[:5]:
            print(f"    {error}")
    _print_ratios(rows)


def _print_ratios(rows: dict[str, list[float]]) -> None:
    ours = rows.get("facevalue")
    for name, row in rows.items():
        if ours and name != "facevalue":
            alone, together = (ours[at] / row[at] for at in (7, 8))
            print(f"facevalue / {SIDES[name].name}: CPU {alone:.2f}, with the database {together:.2f}")


def _row(runs: list[Result]) -> list[float]:
    """The columns of HEADINGS: medians over runs, but sums of what must not happen."""
    median = [statistics.median(values) for values in zip(*(_measures(one) for one in runs), strict=True)]
    never = [
        sum(len(one.tally.errors) for one in runs),
        sum(one.lost for one in runs),
        sum(one.duplicated for one in runs),
    ]
    return [*median[:4], *never, *median[4:]]


def _measures(one: Result) -> list[float]:
    thousands = max(one.tally.acknowledged, 1) / 1000
    ranked = sorted(one.tally.latencies) or [0.0]
    return [
        one.tally.acknowledged / one.seconds,
        *(1000 * ranked[min(int(share * len(ranked)), len(ranked) - 1)] for share in (0.5, 0.95, 0.99)),
        one.cpu / thousands,
        (one.cpu + one.database_cpu) / thousands,
        one.visit_cpu / thousands,
        one.robots_cpu / thousands,
        one.memory.rss_mb,
        one.memory.pss_mb,
    ]


def _decimals(number: float) -> int:
    return 0 if number >= 100 or number == int(number) else 2 if number < 10 else 1


if __name__ == "__main__":
    main()
