"""What is to be changed in a de-identified copy, checked against the export before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from analysis.schema import TABLES, Column

Times = Literal["exact", "hour", "day"]
Text = Literal["keep", "redact", "blank"]
Place = tuple[str, str]
_Amount = TypeVar("_Amount", int, float)


@dataclass(frozen=True)
class Wishes:
    """As given on the command line: columns are ``name`` (in every table that has it) or ``table.name``.

    ``merge_rare`` is for the columns that describe a person, ``merge`` for single ones. ``key`` turns old
    identifiers into new ones, the same for the same key; None leaves them.
    """

    drop: tuple[str, ...] = ()
    bands: Mapping[str, float] | None = None
    merge_rare: int | None = None
    merge: Mapping[str, int] | None = None
    times: Times = "exact"
    text: Text = "keep"
    key: bytes | None = None


@dataclass(frozen=True)
class Plan:
    """Where each wish applies. ``dropped`` columns go; ``emptied`` ones must stay and lose their values."""

    dropped: frozenset[Place]
    emptied: frozenset[Place]
    bands: Mapping[Place, float]
    merges: Mapping[Place, int]
    times: Times
    text: Text
    key: bytes | None

    def sentences(self) -> list[str]:
        """What is done, one sentence each, for people who read the copy."""
        return list(_sentences(self))


#: Emptied with new identifiers: each of them leads back to the old ones, or to the order of arrival.
LEADING_BACK: tuple[Place, ...] = (
    ("participants", "place"),
    ("participants", "chain_head"),
    ("participants", "chain_length"),
)


def planned(wishes: Wishes, columns: Mapping[str, Sequence[str]], *, describing: Sequence[str]) -> Plan:
    """Find the columns meant. Raises ValueError with every wish that cannot be fulfilled.

    ``columns`` are those of each table of the export; ``describing`` those of participants that
    ``merge_rare`` is about.
    """
    problems: list[str] = []
    drops = [place for name in wishes.drop for place in _places("--drop", name, columns, problems)]
    problems += [_must_stay(place) for place in drops if _contract(place).required]
    known = [place for place in drops if not _contract(place).required]
    leading = [place for place in LEADING_BACK if place[1] in columns[place[0]]] if wishes.key else []
    bands = dict(_amounts("--band", wishes.bands or {}, columns, problems))
    merges = {("participants", name): wishes.merge_rare for name in describing if wishes.merge_rare}
    merges |= dict(_amounts("--merge-rare", wishes.merge or {}, columns, problems))
    problems += [
        f"--band {'.'.join(place)}: expected a column of numbers, found one of {_contract(place).kind}s"
        for place in bands
        if _is_own(place) and _contract(place).kind not in ("integer", "number")
    ]
    problems += [
        f"--merge-rare {'.'.join(place)}: expected a column of free words, found one with fixed values; "
        "--drop it instead"
        for place in merges
        if _is_own(place) and (_contract(place).kind != "string" or _contract(place).allowed)
    ]
    if problems:
        raise ValueError("\n".join(dict.fromkeys(problems)))
    gone = frozenset(known)
    return Plan(
        dropped=frozenset(place for place in gone if not _is_own(place)),
        emptied=frozenset(place for place in (*gone, *leading) if _is_own(place)),
        bands={place: width for place, width in bands.items() if place not in gone},
        merges={place: amount for place, amount in merges.items() if place not in gone},
        times=wishes.times,
        text=wishes.text,
        key=wishes.key,
    )


def _places(option: str, name: str, columns: Mapping[str, Sequence[str]], problems: list[str]) -> list[Place]:
    table, _, column = name.rpartition(".")
    found = [(one, column) for one in columns if column in columns[one] and table in ("", one)]
    if not found:
        problems.append(f"{option} {name}: expected a column of the export, found none of that name")
    return found


def _amounts(
    option: str, wanted: Mapping[str, _Amount], columns: Mapping[str, Sequence[str]], problems: list[str]
) -> Iterator[tuple[Place, _Amount]]:
    for name, amount in wanted.items():
        if amount <= 0:
            problems.append(f"{option} {name}={amount:g}: expected a number above 0")
        for place in _places(option, name, columns, problems):
            yield place, amount


def _is_own(place: Place) -> bool:
    return any(column.name == place[1] for column in TABLES[place[0]])


def _contract(place: Place) -> Column:
    own = {column.name: column for column in TABLES[place[0]]}
    return own.get(place[1], Column(place[1]))


def _must_stay(place: Place) -> str:
    hint = "; --new-ids gives new ones" if place[1] in ("participant", "session", "row_id") else ""
    return f"--drop {'.'.join(place)}: an export cannot be read without it{hint}"


def _sentences(plan: Plan) -> Iterator[str]:
    for words, places in (("Left out", plan.dropped), ("Emptied", plan.emptied)):
        if places:
            yield f"{words}: {_listed(places)}."
    for place, width in sorted(plan.bands.items()):
        own = "the lowest number of its band stands for each value" if _is_own(place) else "as text"
        yield f"In bands of {width:g}, {own}: {_listed([place])}."
    for amount in sorted(set(plan.merges.values())):
        alike = [place for place, wanted in plan.merges.items() if wanted == amount]
        yield f"Values of fewer than {amount:g} people merged into merged_rare: {_listed(alike)}."
    if plan.times != "exact":
        yield f"Times are cut to the {plan.times}, UTC. Response times are untouched."
    if plan.text == "blank":
        yield "Free text was taken out; [removed] stands where some had been written."
    if plan.text == "redact":
        yield "What looked like an identifier was taken out of free text; [removed: kind] stands there."
    if plan.key is not None:
        yield (
            "Participants, sessions and rows have new identifiers and stand in their order: the order of "
            "arrival is gone."
        )


def _listed(places: Sequence[Place] | frozenset[Place]) -> str:
    return ", ".join(f"{table}.{column}" for table, column in sorted(places))
