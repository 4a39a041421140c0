"""``facevalue stimuli pair``: matched pairs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.pair import Balance, Matching, PairingRule


@click.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--match",
    default="gender,age,ethnicity",
    show_default=True,
    metavar="COLUMN[=exact|=WEIGHT],…",
    help="What the two pictures should share: columns of manifest.csv, or measures such as luminance. "
    "exact: must be equal. WEIGHT: what a difference of one standard deviation, or of the word, adds to "
    "the distance (1 if not given; but gender must be equal).",
)
@click.option(
    "--within",
    default="",
    metavar="COLUMN=LIMIT,…",
    help="The most by which the two pictures of a pair may differ, in the column's own unit: age=5.",
)
@click.option("--max-distance", type=float, help="Make no pair that is further apart than this.")
@click.option(
    "--same",
    type=click.Choice(["identity"]),
    help="Pair pictures of one person only (AI made from a person).",
)
@click.option(
    "--fillers",
    default="",
    metavar="real=N,ai=N",
    help="Also pair two real and two AI pictures, into fillers.csv, for studies run elsewhere.",
)
@click.option(
    "--practice", default=0, show_default=True, help="How many of the worst pairs become practice pairs."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@says_what_is_wrong
def pair(
    folder: Path,
    match: str,
    within: str,
    max_distance: float | None,
    same: str | None,
    fillers: str,
    practice: int,
    as_json: bool,
) -> None:
    """Match real and AI pictures of the prepared set FOLDER and write pairs.csv.

    As many pairs as possible, and among those the smallest total distance. In a set of edited
    pictures each original is paired with one of its own edited versions. Existing pairs are
    replaced. Exit status 1 if no pair could be made; nothing is written then.
    """
    from stimuli import pair as pairing
    from stimuli.manifest import read_set, write_set
    from stimuli.measured import MEASURED_COLUMNS, measured_columns
    from stimuli.pair.filler_table import write_fillers
    from stimuli.progress import progress_bar

    rule = pairing.PairingRule(
        criteria=pairing.criteria(match),
        within=pairing.limits(within),
        max_distance=max_distance,
        same_identity=same == "identity",
    )
    wanted = pairing.fillers(fillers)
    stimulus_set = read_set(folder)
    stated = {name for s in stimulus_set.stimuli for name in s.extra}
    with progress_bar() as progress:
        columns = [c for c in rule.columns if c in MEASURED_COLUMNS and c not in stated]
        measured = measured_columns(stimulus_set, columns, progress=progress)
    matching = pairing.match_pairs(
        stimulus_set.stimuli, rule=rule, measured=measured, fillers=wanted, n_practice=practice
    )
    if matching.pairs:
        write_set(replace(stimulus_set, pairs=matching.pairs))
        write_fillers(folder, matching.fillers)
    if as_json:
        click.echo(json.dumps(_plain(matching, rule), indent=2, ensure_ascii=False))
    else:
        for line in _lines(matching, rule):
            click.echo(line)
    sys.exit(0 if matching.pairs else 1)


def _plain(matching: Matching, rule: PairingRule) -> dict[str, object]:
    return {"rule": asdict(rule), **asdict(matching), "total_distance": matching.total_distance}


def _lines(matching: Matching, rule: PairingRule) -> Iterator[str]:
    from stimuli.pair.matching import DISTANCE_PREFIX

    for made in matching.pairs:
        apart = "" if made.distance is None else f"  distance {made.distance:.2f}"
        parts = {name.removeprefix(DISTANCE_PREFIX): float(text) for name, text in made.extra.items()}
        yield f"{made.pair}  {made.first}  {made.second}{apart}{_parts(parts)}" + (
            "  practice" if made.practice else ""
        )
    for filler in matching.fillers:
        yield (
            f"{filler.filler}  {filler.first}  {filler.second}  distance {filler.distance:.2f}"
            f"{_parts(filler.by_column)}  filler, both {filler.origin}"
        )
    yield from _unpaired_lines(matching)
    for note in matching.notes:
        yield f"note: {note}"
    yield from _balance_lines(matching)
    yield _summary(matching, rule)


def _unpaired_lines(matching: Matching) -> Iterator[str]:
    """One line for each reason, with all pictures that have it."""
    by_reason: dict[str, list[str]] = {}
    for left in matching.unpaired:
        by_reason.setdefault(left.reason, []).append(left.stimulus)
    for reason, names in by_reason.items():
        yield f"no pair for {', '.join(names)}: {reason}"


def _parts(parts: Mapping[str, float]) -> str:
    told = ", ".join(f"{column} {part:.2f}" for column, part in parts.items() if part)
    return f" ({told})" if told and len(parts) > 1 else ""


def _balance_lines(matching: Matching) -> Iterator[str]:
    """What the pairs share, as a table: both kinds and their difference, before and after."""
    if not matching.balances or not matching.pairs:
        return
    rows = [("", "real", "AI", "difference: all pictures", "in pairs"), *map(_balance, matching.balances)]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _balance(one: Balance) -> tuple[str, str, str, str, str]:
    real, ai = one.after
    if one.is_number:
        cells = ["not stated" if side.mean is None else f"mean {side.mean:.3g}" for side in (real, ai)]
        unit = " SD"
    else:
        cells = [
            ", ".join(f"{w} {s:.0%}" for w, s in side.shares.items()) or "not stated" for side in (real, ai)
        ]
        unit = ""
    shown = ["–" if d is None else f"{d:+.2f}{unit}" if one.is_number else f"{d:.0%}" for d in _both(one)]
    return one.column, cells[0], cells[1], shown[0], shown[1]


def _both(one: Balance) -> tuple[float | None, float | None]:
    return one.difference_before, one.difference_after


def _summary(matching: Matching, rule: PairingRule) -> str:
    parts = [f"{len(matching.pairs)} pairs"]
    if matching.fillers:
        parts.append(f"{len(matching.fillers)} fillers")
    parts.append(f"{len(matching.unpaired)} pictures left over")
    if matching.spreads is not None:
        parts.append(f"total distance {matching.total_distance:.2f}")
        exact = [f"equal {column}" for column in rule.exact]
        weighted = [_weighted(c, w, matching.spreads.get(c)) for c, w in rule.weights.items()]
        parts.append("matched by " + (", ".join([*exact, *weighted]) or "nothing"))
    return "; ".join(parts)


def _weighted(column: str, weight: float, spread: float | None) -> str:
    unit = f"{spread:.3g}" if spread is not None else "another word"
    return f"{column} ({weight:g} for {unit})"
