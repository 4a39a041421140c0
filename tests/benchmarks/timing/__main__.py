"""Measure what was shown, from outside the browser; see the package's own words for how to read it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.timing.blocks import UNLIMITED_MS
from tests.benchmarks.timing.campaign import Wanted, cross_check, expected_minutes, run
from tests.benchmarks.timing.loads import CONDITIONS, ORDINARY
from tests.benchmarks.timing.pictures import SIZES
from tests.benchmarks.timing.rows import Row, read_rows
from tests.benchmarks.timing.tables import (
    audit_table,
    duration_table,
    exactness_table,
    misjudged_table,
    n_off,
    response_table,
)

PLATFORMS = ("facevalue", "jspsych-image", "jspsych-html", "labjs")
PARTS = ("exposures", "responses")
RESPONSE_EXPOSURE_MS = 250.0
RESPONSES_PER_BLOCK = 25
RESPONSE_CONDITIONS = ("idle", "throttled")


def main() -> None:
    asked = _arguments()
    if asked.table:
        _print([row for file in asked.table for row in read_rows(file)])
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.cross_check:
        print(cross_check(asked.platforms, cache=asked.cache))
        return
    wanted = [_contention(asked)] if asked.contention else _ordinary(asked)
    print(f"about {expected_minutes(wanted):.0f} minutes if nothing fails", file=sys.stderr)
    rows = run(
        wanted,
        out=asked.out / "trials.csv",
        cache=asked.cache,
        minutes=asked.minutes,
        enough=lambda rows: bool(asked.contention) and n_off(rows) >= asked.contention,
    )
    _print(rows)


def _ordinary(asked: argparse.Namespace) -> list[Wanted]:
    wanted = []
    if "exposures" in asked.parts:
        wanted.append(_wanted(asked, asked.platforms, asked.conditions, exposures_ms=asked.exposures))
    if "responses" in asked.parts:
        conditions = tuple(one for one in asked.conditions if one in RESPONSE_CONDITIONS)
        responses = partial(_wanted, asked, conditions=conditions, respond=True)
        # In lab.js a screen that ends by itself takes its response clock with it.
        timed = tuple(one for one in asked.platforms if one != "labjs")
        wanted.append(responses(timed, exposures_ms=(RESPONSE_EXPOSURE_MS,)))
        wanted.append(responses(asked.platforms, exposures_ms=(UNLIMITED_MS,)))
    return wanted


def _wanted(
    asked: argparse.Namespace,
    platforms: tuple[str, ...],
    conditions: tuple[str, ...],
    *,
    exposures_ms: tuple[float, ...],
    respond: bool = False,
) -> Wanted:
    return Wanted(
        platforms,
        conditions,
        asked.sizes[:1] if respond else asked.sizes,
        exposures_ms,
        asked.trials,
        RESPONSES_PER_BLOCK if respond else asked.per_block,
        respond=respond,
        seed=asked.seed,
    )


def _contention(asked: argparse.Namespace) -> Wanted:
    """Blocks of our own trial without end; the number of bad presentations or the time ends them."""
    return Wanted(
        ("facevalue",),
        ("harsh" if asked.harsh else "contended",),
        asked.sizes,
        asked.exposures,
        100 * asked.per_block,
        asked.per_block,
        seed=asked.seed,
    )


def _print(rows: Sequence[Row]) -> None:
    for table in (exactness_table, duration_table, response_table, audit_table, misjudged_table):
        if lines := list(table(rows)):
            print(*lines, "", sep="\n", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.timing", description=__doc__)
    some = {"type": lambda text: tuple(text.split(",")), "metavar": "A,B,…"}
    parser.add_argument("--trials", type=int, default=100, help="per exposure in each cell")
    parser.add_argument("--platforms", default=PLATFORMS, help=f"of {', '.join(PLATFORMS)}", **some)
    parser.add_argument("--conditions", default=ORDINARY, help=f"of {', '.join(CONDITIONS)}", **some)
    parser.add_argument("--sizes", default=tuple(SIZES), help=f"of {', '.join(SIZES)}", **some)
    parser.add_argument(
        "--exposures",
        type=lambda text: tuple(float(one) for one in text.split(",")),
        default=(50.0, 100.0, 250.0, 500.0, 1000.0),
        metavar="MS,MS,…",
    )
    parser.add_argument("--parts", default=PARTS, help=f"of {', '.join(PARTS)}", **some)
    parser.add_argument("--per-block", type=int, default=20, help="trials per exposure and block")
    parser.add_argument("--minutes", type=float, default=300, help="begin no block that would end later")
    parser.add_argument("--seed", type=int, default=1, help="order of blocks and trials")
    parser.add_argument("--out", type=Path, default=Path("timing-results"), help="folder for trials.csv")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "facevalue-peers", help="for npm packages"
    )
    parser.add_argument(
        "--contention",
        type=int,
        nargs="?",
        const=100,
        metavar="N",
        help="our trial alone, with other programs competing, until N (100) presentations were off",
    )
    parser.add_argument("--harsh", action="store_true", help="with --contention: more and other programs")
    parser.add_argument(
        "--cross-check", action="store_true", help="hold the pixels against the browser's trace"
    )
    parser.add_argument(
        "--table", type=Path, nargs="+", metavar="CSV", help="print the tables of earlier runs"
    )
    asked = parser.parse_args()
    for option, known in (
        ("platforms", PLATFORMS),
        ("conditions", CONDITIONS),
        ("sizes", SIZES),
        ("parts", PARTS),
    ):
        if unknown := set(getattr(asked, option)) - set(known):
            parser.error(
                f"--{option}: expected some of {', '.join(known)}; found {', '.join(sorted(unknown))}"
            )
    return asked


if __name__ == "__main__":
    main()
