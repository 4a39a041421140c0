"""What a sheet says about a set, as plain facts: counts, pairs, rights, measures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stimuli.check import CheckReport
from stimuli.contact_sheet.strips import Strip, strip
from stimuli.manifest import ORIGINS, Stimulus, StimulusSet
from stimuli.measures import described
from stimuli.pair.filler_table import read_fillers
from stimuli.pair.matching import DISTANCE_PREFIX
from stimuli.pair.traits import AGE_COLUMNS, trait

ORIGIN_NAMES = {"real": "real", "ai": "AI", "edited": "edited"}
COUNTED = ("gender", "age_band", "ethnicity", "generator", "defect")
_SHOWN = ("gender", "age", "ethnicity", "identity", "defect", "dose")
_N_WORST = 3


@dataclass(frozen=True)
class Count:
    """How many pictures of each origin state ``value`` in ``column``."""

    column: str
    value: str
    by_origin: tuple[int, ...]


@dataclass(frozen=True)
class Attribute:
    """What both pictures of a pair state; ``adds``: to their distance, None if it was not matched."""

    name: str
    first: str
    second: str
    adds: float | None


@dataclass(frozen=True)
class Apart:
    """Second minus first picture in one measure, in standard deviations within origins."""

    measure: str
    deviations: float


@dataclass(frozen=True)
class ShownPair:
    """``kind``: pair, practice pair, or filler. ``worst``: the measures that differ most, worst first."""

    name: str
    kind: str
    first: Stimulus
    second: Stimulus
    distance: float | None
    attributes: tuple[Attribute, ...]
    worst: tuple[Apart, ...]


@dataclass(frozen=True)
class Telling:
    """AUC from 0.5 to 1, its 95 % interval if the check gives one, and where the numbers are larger."""

    auc: float
    between: tuple[float, float] | None
    higher_in_other: bool


@dataclass(frozen=True)
class Figure:
    """One measure and its unit; ``telling`` is None where there are not both real and other pictures."""

    strip: Strip
    unit: str
    telling: Telling | None


@dataclass(frozen=True)
class Right:
    """All pictures with the same licence, attribution and consent."""

    licence: str
    attribution: str
    consent: str
    origins: str
    n: int


Values = Mapping[str, Mapping[str, float]]
"""By measure, then by stimulus."""


def counts(stimuli: Sequence[Stimulus], origins: Sequence[str]) -> tuple[Count, ...]:
    found = []
    for column in COUNTED:
        tallies = [Counter(getattr(s, column) for s in stimuli if s.origin == origin) for origin in origins]
        values = sorted({value for tally in tallies for value in tally if value})
        if values:
            found += [Count(column, value, tuple(tally[value] for tally in tallies)) for value in values]
        if values and any(tally[""] for tally in tallies) and column not in ("generator", "defect"):
            found.append(Count(column, "not stated", tuple(tally[""] for tally in tallies)))
    return tuple(found)


def origins_of(stimuli: Sequence[Stimulus]) -> tuple[str, ...]:
    there = {s.origin for s in stimuli}
    return tuple(origin for origin in ORIGINS if origin in there)


def shown_pairs(stimulus_set: StimulusSet, values: Values) -> tuple[ShownPair, ...]:
    """The pairs of the set in their order."""
    by_id = {s.stimulus: s for s in stimulus_set.stimuli}
    spreads = _spreads(stimulus_set.stimuli, values)
    return tuple(
        _shown(
            pair.pair,
            "practice pair" if pair.practice else "pair",
            (by_id[pair.first], by_id[pair.second]),
            pair.distance,
            _numbers(pair.extra),
            values,
            spreads,
        )
        for pair in stimulus_set.pairs
    )


def shown_fillers(stimulus_set: StimulusSet, values: Values) -> tuple[ShownPair, ...]:
    """What fillers.csv lists; fillers whose pictures are no longer in the set are left out."""
    by_id = {s.stimulus: s for s in stimulus_set.stimuli}
    spreads = _spreads(stimulus_set.stimuli, values)
    return tuple(
        _shown(
            f.filler, "filler", (by_id[f.first], by_id[f.second]), f.distance, f.by_column, values, spreads
        )
        for f in read_fillers(stimulus_set.folder)
        if f.first in by_id and f.second in by_id
    )


def left_over(stimulus_set: StimulusSet, fillers: Sequence[ShownPair]) -> tuple[Stimulus, ...]:
    shown = {id for pair in stimulus_set.pairs for id in (pair.first, pair.second)}
    shown |= {s.stimulus for filler in fillers for s in (filler.first, filler.second)}
    return tuple(s for s in stimulus_set.stimuli if s.stimulus not in shown)


def rights(stimuli: Sequence[Stimulus]) -> tuple[Right, ...]:
    """Licences and what goes with them, the most frequent first."""
    groups: dict[tuple[str, str, str], list[Stimulus]] = {}
    for s in stimuli:
        groups.setdefault((s.licence, s.attribution, s.consent), []).append(s)
    found = [
        Right(*terms, " and ".join(ORIGIN_NAMES[o] for o in origins_of(own)), len(own))
        for terms, own in groups.items()
    ]
    return tuple(sorted(found, key=lambda r: (-r.n, r.licence, r.attribution, r.consent)))


def figures(stimuli: Sequence[Stimulus], values: Values, report: CheckReport) -> tuple[Figure, ...]:
    """One figure for every measure in which pictures differ, those that tell most about origin first."""
    telling = {
        found.measure: Telling(found.tells, getattr(found, "tells_between", None), found.auc > 0.5)
        for found in report.separations
    }
    units = {measure.name: measure.unit for measure in described()}
    order = [*(name for name in telling if name in values), *(name for name in values if name not in telling)]
    found = []
    for name in order:
        column = values[name]
        if name in alike(values):
            continue
        by_origin = {
            ORIGIN_NAMES[origin]: [
                column[s.stimulus] for s in stimuli if s.origin == origin and s.stimulus in column
            ]
            for origin in origins_of(stimuli)
        }
        if drawn := strip(name, by_origin):
            found.append(Figure(drawn, units[name], telling.get(name)))
    return tuple(found)


def alike(values: Values) -> tuple[str, ...]:
    """Measures that are the same in every picture that has them, to rounding."""
    found = []
    for name, column in values.items():
        stated = [value for value in column.values() if math.isfinite(value)]
        if stated and max(stated) - min(stated) <= 1e-9 * max(1.0, *map(abs, stated)):
            found.append(name)
    return tuple(found)


def _shown(
    name: str,
    kind: str,
    both: tuple[Stimulus, Stimulus],
    distance: float | None,
    adds: Mapping[str, float],
    values: Values,
    spreads: Mapping[str, float],
) -> ShownPair:
    attributes = tuple(_attributes(*both, adds, values))
    return ShownPair(name, kind, *both, distance, attributes, _worst(*both, values, spreads))


def _attributes(
    first: Stimulus, second: Stimulus, adds: Mapping[str, float], values: Values
) -> Iterator[Attribute]:
    """What either states of the usual columns, and every column or measure that was matched."""
    for name in dict.fromkeys([*_SHOWN, *adds]):
        a, b = (_text(s, name) or _measure(s, values.get(name, {})) for s in (first, second))
        if a or b:
            yield Attribute(name, a, b, adds.get(name))


def _text(stimulus: Stimulus, name: str) -> str:
    if name == "age":
        return next((text for column in AGE_COLUMNS if (text := _text(stimulus, column))), "")
    value = getattr(stimulus, name, stimulus.extra.get(name, ""))
    return f"{value:g}" if isinstance(value, float) else value or ""


def _measure(stimulus: Stimulus, column: Mapping[str, float]) -> str:
    return f"{column[stimulus.stimulus]:.3g}" if stimulus.stimulus in column else ""


def _worst(
    first: Stimulus, second: Stimulus, values: Values, spreads: Mapping[str, float]
) -> tuple[Apart, ...]:
    found = []
    for name, column in values.items():
        a, b = column.get(first.stimulus, math.nan), column.get(second.stimulus, math.nan)
        if math.isfinite(b - a):
            found.append(Apart(name, (b - a) / spreads[name]))
    return tuple(sorted(found, key=lambda one: (-abs(one.deviations), one.measure))[:_N_WORST])


def _spreads(stimuli: Sequence[Stimulus], values: Values) -> dict[str, float]:
    return {name: trait(name, stimuli, values).spread for name in values}


def _numbers(extra: Mapping[str, str]) -> dict[str, float]:
    """What each attribute adds to a pair's distance, from the columns of pairs.csv."""
    found = {}
    for name, text in extra.items():
        if name.startswith(DISTANCE_PREFIX) and text:
            try:
                found[name.removeprefix(DISTANCE_PREFIX)] = float(text)
            except ValueError:
                continue  # A column of the researcher's own that only looks like ours.
    return found
