"""Rare combinations of what others may know of a person: age and gender, or the device used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.privacy.asked import Asked
from analysis.privacy.finding import Finding, Severity, people
from analysis.privacy.groups import Combination, Groups, count_groups, rarest, without_each
from analysis.privacy.remedies import Tried, cheapest_enough, each_alone
from analysis.schema import TABLES

DEVICE = (
    "browser",
    "operating_system",
    "form",
    "language",
    "screen_width_px",
    "screen_height_px",
    "device_pixel_ratio",
)
#: Measured to so many digits that few computers agree; held by whoever served the person a page.
FINGERPRINT = ("viewport_width_px", "viewport_height_px", "frame_interval_ms", "decode_ms")
#: What has to stay a number, or one of a few words, in a valid export: it can only be left out.
_FIXED = frozenset(
    column.name for column in TABLES["participants"] if column.kind != "string" or column.allowed
)
_SHOWN = 5


@dataclass(frozen=True)
class Alike:
    """Who is like whom by some columns, which column does most, the rarest combinations, what would help.

    ``without`` gives the groups without each column. ``enough`` are the mildest remedies found that leave
    nobody in a group smaller than k; None where none were found.
    """

    groups: Groups
    without: tuple[tuple[str, Groups], ...]
    rarest: tuple[Combination, ...]
    remedies: tuple[Tried, ...]
    enough: Tried | None

    def as_json(self) -> dict[str, Any]:
        """Plain values for every number of it."""
        return {
            **asdict(self.groups),
            "without": {name: asdict(groups) for name, groups in self.without},
            "rarest": [asdict(one) for one in self.rarest],
            "remedies": [_tried(one) for one in self.remedies],
            "enough": _tried(self.enough) if self.enough else None,
        }


def _tried(tried: Tried) -> dict[str, Any]:
    return {
        "words": tried.words,
        "options": [change.option for change in tried.changes],
        "groups": asdict(tried.groups),
    }


def quasi_identifiers(items: Sequence[Asked], table: pd.DataFrame, chosen: Sequence[str]) -> list[str]:
    """The columns that describe a person: those chosen, else by the kind of the item, and the lab.

    Columns without any value are left out. Raises ValueError for a chosen column that is not there.
    """
    missing = [name for name in chosen if name not in table.columns]
    if missing:
        known = ", ".join(item.column for item in items) or "no questionnaire columns"
        raise ValueError(
            f"--quasi: expected columns of participants, found {', '.join(missing)}; there are {known}, and "
            "the columns of docs/export.md"
        )
    if chosen:
        return list(dict.fromkeys(chosen))
    names = [item.column for item in items if item.describes_a_person]
    return _used(table, [*names, "lab"])


def alike(table: pd.DataFrame, columns: Sequence[str], *, k: int, numbers: frozenset[str]) -> Alike:
    """Groups of people by ``columns`` (names of ``table``, one row per person), and remedies tried."""
    chosen = table[list(columns)].astype(object)
    groups = count_groups(chosen, k=k)
    if groups.n_below == 0:
        return Alike(groups, tuple(without_each(chosen, k=k)), (), (), None)
    return Alike(
        groups,
        tuple(without_each(chosen, k=k)),
        tuple(rarest(chosen, k=k, limit=20)),
        tuple(each_alone(chosen, k=k, numbers=numbers, fixed=_FIXED)),
        cheapest_enough(chosen, k=k, numbers=numbers, fixed=_FIXED),
    )


def device_columns(table: pd.DataFrame) -> list[str]:
    return _used(table, DEVICE)


def demographic_finding(found: Alike, *, left_out: Sequence[str]) -> Finding:
    """Somebody alone in a combination stops; groups smaller than k are to be looked at."""
    groups = found.groups
    if not groups.columns:
        return Finding(
            "fine", "rare combinations", "no column describes a person", lines=_not_counted(left_out)
        )
    columns = ", ".join(groups.columns)
    if groups.n_below == 0:
        said = f"everybody shares every combination with at least {groups.smallest - 1} others"
        return Finding("fine", "rare combinations", said, columns, lines=_not_counted(left_out))
    severity: Severity = "stop" if groups.n_alone else "look"
    return Finding(
        severity,
        "rare combinations",
        f"{people(groups.n_alone)} alone in a combination, {people(groups.n_below)} of {groups.n_people} "
        f"in a group smaller than {groups.k}; smallest group {groups.smallest}, {groups.n_groups} groups",
        columns,
        "Who knows these facts of somebody who took part finds their answers. A missing value counts as one.",
        _remedy(found),
        _options(found.enough),
        (*_details(found), *_not_counted(left_out)),
    )


def device_finding(found: Alike) -> Finding:
    """Devices are known to fewer others than demographics: never more than a look."""
    groups = found.groups
    if not groups.columns or groups.n_below == 0:
        return Finding("fine", "rare devices", f"nobody in a group smaller than {groups.k}")
    return Finding(
        "look",
        "rare devices",
        f"{people(groups.n_alone)} alone by device, {people(groups.n_below)} of {groups.n_people} in a group "
        f"smaller than {groups.k}",
        ", ".join(groups.columns),
        "A colleague's phone, or another website's log, can be recognised by it.",
        _remedy(found),
        _options(found.enough),
        tuple(_details(found)),
    )


def fingerprint_finding(table: pd.DataFrame) -> Finding:
    """How many people one row of measurements singles out."""
    columns = _used(table, (*DEVICE, *FINGERPRINT))
    extra = [name for name in columns if name in FINGERPRINT]
    groups = count_groups(table[columns].astype(object), k=2)
    if not extra or not groups.n_alone:
        return Finding("fine", "device fingerprint", "nobody is singled out by measurements of the device")
    options = [f"--drop {name}" for name in extra if name not in ("frame_interval_ms",)]
    if "frame_interval_ms" in extra:
        options.append("--band participants.frame_interval_ms=0.1")
    return Finding(
        "look",
        "device fingerprint",
        f"{people(groups.n_alone)} of {groups.n_people} are the only one with these measurements",
        ", ".join(columns),
        "Window size and times to many digits are nearly a serial number; sites that served the same device "
        "have them too.",
        "Leave out what no analysis of yours needs; whether faces were shown as planned stays in trials.",
        tuple(options),
    )


def _used(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.columns and table[name].notna().any()]


def _remedy(found: Alike) -> str:
    groups = found.groups
    if found.enough is None:
        if groups.n_people < groups.k:
            return (
                f"There are only {groups.n_people} people: no remedy makes groups of {groups.k}. Leave these "
                "columns out, or give access on request instead."
            )
        return "No mild remedy was enough: leave columns out until it is, or give access on request instead."
    return f"{_capital(found.enough.words)}: nobody in a group smaller than {groups.k}."


def _options(tried: Tried | None) -> tuple[str, ...]:
    return tuple(change.option for change in tried.changes) if tried else ()


def _details(found: Alike) -> Iterator[str]:
    k = found.groups.k
    yield f"people in a group smaller than {k}, column by column left out, remedy by remedy:"
    for name, groups in found.without[:_SHOWN]:
        yield f"  {'without ' + name:<44} {people(groups.n_below)}"
    for tried in _other_remedies(found.remedies):
        yield f"  {tried.words:<44} {people(tried.groups.n_below)}"
    yield "rarest: " + ", ".join(found.groups.columns)
    for one in found.rarest[:_SHOWN]:
        values = ", ".join(value or "(missing)" for value in one.values)
        yield f"  {values:<44} {people(one.n_people)}"


def _other_remedies(remedies: Sequence[Tried]) -> list[Tried]:
    return [tried for tried in remedies if tried.changes[0].kind != "drop"][:_SHOWN]


def _not_counted(left_out: Sequence[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    return (f"not counted: {', '.join(left_out)}; name what others may know with --quasi",)


def _capital(text: str) -> str:
    return text if text.startswith("q_") else text[:1].upper() + text[1:]
