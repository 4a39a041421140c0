"""How much CPU time plans take, and how evenly everything stands at every position.

`python -m tests.benchmarks.plan [--places N]` plans a cycle of places for designs of several sizes. Cold:
the last place of the cycle, asked for first, so that everything before it has to be worked out; warm: any
place afterwards. Spread: fewest and most times that a pair, and an exposure with a side, stood at one
position; even: what would be equal.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable

from study.plan import Design, PlannedTrial, n_lists, plan_trials
from study.plan.sequences import CYCLE
from tests.study.plan.designs import block, design

DESIGNS = {
    "2 x 12, 3 exposures": design(block("a", 12, (100, 500, 2000)), block("b", 12, (100, 500, 2000))),
    "2 x 8, 2 exposures": design(block("a", 8), block("b", 8)),
    "3 x 40, 2 exposures": design(block("a", 40), block("b", 40), block("c", 40)),
    "1 x 120, 3 exposures": design(block("a", 120, (100, 500, 2000))),
    "24 of 40, single": design(block("a", 24, (100, 500, 2000), layout="single"), spare=16),
    "30 with all kinds": design(block("a", 30, fillers=10, repeats=10, checks=2)),
    "labelled at random": design(block("a", 24, (100, 500, 2000)), labels="random"),
}


def seconds(made: Design, numbers: Iterable[int]) -> float:
    started = time.process_time()
    for number in numbers:
        plan_trials(made, number=number, seed=number)
    return time.process_time() - started


def spread(made: Design, n: int, what: str) -> str:
    """Fewest and most at one position over the first block, and what would be even."""
    b = made.blocks[0]
    counts: Counter[tuple[object, int]] = Counter()
    for number in range(n):
        for trial in plan_trials(made, number=number, seed=number):
            if trial.block == b.name and trial.trial_kind == "target":
                counts[_counted(trial, what), trial.block_position] += 1
    things = {thing for thing, _ in counts}
    times = [counts[thing, place] for thing in things for place in range(1, b.n_trials + 1)]
    return f"{min(times)}-{max(times)} ({sum(times) / len(times):.1f})"


def _counted(trial: PlannedTrial, what: str) -> object:
    return trial.pair if what == "pair" else (trial.exposure_ms, trial.left.endswith("_real"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=CYCLE)
    n = parser.parse_args().places
    plan_trials(design(block("a", 2)), number=0, seed=0)  # the libraries are loaded now
    print(f"{'design':<24}{'lists':>6}{'cold s':>8}{'warm ms':>9}  {'pair x position':<18}use x position")
    for name, made in DESIGNS.items():
        cold = seconds(made, [n - 1])
        warm = seconds(made, range(n)) / n * 1000
        lists = n_lists(made.blocks, len(made.pairs), random_labels=made.labels == "random")
        pairs, uses = spread(made, n, "pair"), spread(made, n, "use")
        print(f"{name:<24}{lists:>6}{cold:>8.2f}{warm:>9.2f}  {pairs:<18}{uses}")


if __name__ == "__main__":
    main()
