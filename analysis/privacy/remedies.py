"""Make rare combinations less rare: bands, merged rare values, columns left out; and find what is enough."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.privacy.groups import Groups, as_shown, count_groups

#: What stands in the place of values that were merged because too few people had them.
MERGED = "merged_rare"
#: Combinations of remedies tried before the search is given up.
MOST_TRIED = 2_000

_COST = {"band": 1.0, "merge": 2.0, "drop": 6.0}


@dataclass(frozen=True)
class Change:
    """One remedy on a column: bands of ``amount``, values of fewer than ``amount`` people merged, or out."""

    kind: Literal["band", "merge", "drop"]
    column: str
    amount: float = 0

    @property
    def option(self) -> str:
        """The option of ``facevalue analysis deidentify`` that does it."""
        if self.kind == "drop":
            return f"--drop {self.column}"
        name = "--band" if self.kind == "band" else "--merge-rare"
        return f"{name} {self.column}={self.amount:g}"

    @property
    def words(self) -> str:
        if self.kind == "drop":
            return f"without {self.column}"
        if self.kind == "band":
            return f"{self.column} in bands of {self.amount:g}"
        return f"rare values of {self.column} merged"


@dataclass(frozen=True)
class Tried:
    """What some changes together lead to."""

    changes: tuple[Change, ...]
    groups: Groups

    @property
    def words(self) -> str:
        said = [change.words for change in self.changes]
        return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]


def band(value: object, width: float) -> str:
    """The band of a number, lowest and highest whole number in it; an empty text stays empty.

    >>> band(34.0, 10), band("7", 5), band("", 5)
    ('30-39', '5-9', '')
    """
    shown = as_shown(value)
    if not shown:
        return ""
    try:
        low = band_start(float(shown), width)
    except ValueError:
        return shown  # Already a band, or words where a number was expected: left as it is.
    high = low + width - 1 if float(width).is_integer() else round(low + width, 6)
    return f"{as_shown(low)}-{as_shown(high)}" if high != low else as_shown(low)


def band_start(value: float, width: float) -> float:
    """The lowest number of the band that a value lies in.

    >>> band_start(16.67, 0.1), band_start(-3, 10)
    (16.6, -10)
    """
    # 16.6 / 0.1 is a hair below 166; without the small addition it would fall into the band before.
    return round(math.floor(value / width + 1e-9) * width, 6)


def rare_values(values: Sequence[str], k: float) -> frozenset[str]:
    """The values to merge so that what they are merged into has at least ``k`` people too.

    Values of fewer than ``k`` people, and the next rarest as long as the merged ones together are fewer.
    Missing values (an empty text) are never merged: nobody answered anything.
    """
    counts = pd.Series([value for value in values if value], dtype=object).value_counts()
    ordered = sorted(((int(n), str(value)) for value, n in counts.items()))
    rare: list[str] = []
    total = 0
    for n, value in ordered:
        if n >= k and (not rare or total >= k):
            break
        rare.append(value)
        total += n
    # One rare value alone keeps its meaning: another word for it would hide nothing.
    return frozenset(rare) if len(rare) > 1 else frozenset()


def changed(table: pd.DataFrame, changes: Sequence[Change]) -> pd.DataFrame:
    """A table with the changes made, in the order given."""
    for change in changes:
        if change.kind == "drop":
            table = table.drop(columns=[change.column])
            continue
        shown = [as_shown(value) for value in table[change.column]]
        if change.kind == "band":
            values = [band(value, change.amount) for value in shown]
        else:
            rare = rare_values(shown, change.amount)
            values = [MERGED if value in rare else value for value in shown]
        table = table.assign(**{change.column: values})
    return table


def each_alone(
    table: pd.DataFrame, *, k: int, numbers: frozenset[str], fixed: frozenset[str] = frozenset()
) -> list[Tried]:
    """What every single remedy would do, the best first; those that change nothing are left out.

    ``numbers`` can be put into bands; ``fixed`` columns can only be left out.
    """
    now = count_groups(table, k=k).n_below
    steps = {
        step for levels in _levels(table, k, numbers, fixed).values() for step in levels if len(step) == 1
    }
    tried = [Tried(step, count_groups(changed(table, step), k=k)) for step in steps]
    helpful = [one for one in tried if one.groups.n_below < now]
    return sorted(helpful, key=lambda one: (one.groups.n_below, _cost(one.changes), one.words))


def cheapest_enough(
    table: pd.DataFrame, *, k: int, numbers: frozenset[str], fixed: frozenset[str] = frozenset()
) -> Tried | None:
    """The remedies that lose least and leave nobody in a group smaller than ``k``.

    Bands lose less than merging, merging less than leaving out. Searched from the cheapest on; None where
    there are fewer than ``k`` people, or nothing was found among the first combinations.
    """
    if len(table) < k:
        return None
    levels = {name: [(), *steps] for name, steps in _levels(table, k, numbers, fixed).items()}
    names = list(levels)
    # Each column is prepared once for each of its levels; a combination only picks among them.
    ready = {
        (name, level): changed(table[[name]], changes)
        for name in names
        for level, changes in enumerate(levels[name])
    }
    for state in _from_the_cheapest(levels, names):
        parts = [ready[name, level] for name, level in zip(names, state, strict=True)]
        groups = count_groups(pd.concat(parts, axis=1), k=k)
        if groups.n_below == 0:
            picked = [levels[name][level] for name, level in zip(names, state, strict=True)]
            return Tried(tuple(change for changes in picked for change in changes), groups)
    return None


def _levels(
    table: pd.DataFrame, k: int, numbers: frozenset[str], fixed: frozenset[str]
) -> dict[str, list[tuple[Change, ...]]]:
    """For each column the remedies worth trying, mildest first."""
    levels: dict[str, list[tuple[Change, ...]]] = {}
    for name in map(str, table.columns):
        milder = [] if name in fixed else _milder(name, table[name], k, name in numbers)
        levels[name] = [*milder, (Change("drop", name),)]
    return levels


def _milder(name: str, values: pd.Series, k: int, number: bool) -> Iterator[tuple[Change, ...]]:
    merge = Change("merge", name, k)
    if number:
        for width in (5, 10):
            yield (Change("band", name, width),)
        wide = Change("band", name, 10)
        if rare_values([band(value, 10) for value in values], k):
            yield wide, merge
    elif rare_values([as_shown(value) for value in values], k):
        yield (merge,)


def _from_the_cheapest(
    levels: Mapping[str, Sequence[tuple[Change, ...]]], names: Sequence[str]
) -> Iterator[tuple[int, ...]]:
    start = (0,) * len(names)
    waiting = [(0.0, start)]
    seen = {start}
    for _ in range(MOST_TRIED):
        if not waiting:
            return
        _, state = heapq.heappop(waiting)
        yield state
        for place, name in enumerate(names):
            if state[place] + 1 < len(levels[name]):
                following = (*state[:place], state[place] + 1, *state[place + 1 :])
                if following not in seen:
                    seen.add(following)
                    picked = zip(names, following, strict=True)
                    cost = sum(_cost(levels[one][level]) for one, level in picked)
                    heapq.heappush(waiting, (cost, following))


def _cost(changes: Sequence[Change]) -> float:
    return sum(_COST[change.kind] + change.amount / 100 * (change.kind == "band") for change in changes)
