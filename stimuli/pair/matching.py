"""Match all pictures of a set: pairs, fillers, and why a picture has no place in either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stimuli.manifest import Pair, Stimulus
from stimuli.pair.assignment import best_pairs
from stimuli.pair.balance import Balance, balances
from stimuli.pair.distance import distances
from stimuli.pair.fillers import best_fillers, pairs_with_room
from stimuli.pair.reasons import (
    Unpaired,
    people_on_both_sides,
    short_of_fillers,
    unstated_columns,
    why_unpaired,
)
from stimuli.pair.rule import Fillers, PairingRule
from stimuli.pair.traits import Measured, Trait, traits
from stimuli.pair.twins import pair_with_originals
from stimuli.tables import number_text

DISTANCE_PREFIX = "distance_"


@dataclass(frozen=True)
class Filler:
    """Two pictures of one origin, different people, as alike as a pair has to be."""

    filler: str
    origin: str
    first: str
    second: str
    distance: float
    by_column: Mapping[str, float]


@dataclass(frozen=True)
class Matching:
    """``pairs`` by their real picture; ``fillers``; every picture in neither, with the reason.

    ``balances``: how alike both kinds are in each attribute, before and after. ``notes``: what the
    rule could not do. ``spreads``: one standard deviation of each matched number, in its own unit.
    """

    pairs: tuple[Pair, ...]
    unpaired: tuple[Unpaired, ...]
    fillers: tuple[Filler, ...] = ()
    balances: tuple[Balance, ...] = ()
    notes: tuple[str, ...] = ()
    spreads: Mapping[str, float] | None = None

    @property
    def total_distance(self) -> float:
        return sum(pair.distance or 0.0 for pair in self.pairs)


def match_pairs(
    stimuli: Sequence[Stimulus],
    *,
    rule: PairingRule | None = None,
    measured: Measured | None = None,
    fillers: Fillers | None = None,
    n_practice: int = 0,
) -> Matching:
    """As many real-AI pairs as possible, and among those the smallest total distance.

    Each stimulus is in at most one pair or filler. ``fillers`` go first: so many pairs are made
    that enough pictures are left for them, and from what is left the nearest ones are matched. The
    ``n_practice`` pairs with the largest distance become practice pairs. ``measured`` gives
    numbers by column and stimulus for columns of the rule that are not in the manifest.

    In a set with edited and without AI pictures each original is paired with one of its own
    edited versions instead, every defect and dose as equally often as can be.
    """
    rule = rule or PairingRule()
    ordered = sorted(stimuli, key=lambda s: s.stimulus)
    origins = {s.origin for s in ordered}
    if "edited" in origins and "ai" not in origins:
        return _with_originals(ordered, n_practice)
    found = traits([s for s in ordered if s.origin != "edited"], rule, measured or {})
    return _real_with_ai(ordered, rule, found, fillers or Fillers(), n_practice)


def with_practice(pairs: Sequence[Pair], n_practice: int) -> tuple[Pair, ...]:
    """Mark the ``n_practice`` pairs with the largest distance as practice, all others as not."""
    if not 0 <= n_practice <= len(pairs):
        raise ValueError(f"expected from 0 to {len(pairs)} practice pairs, found {n_practice}")
    worst = sorted(pairs, key=lambda pair: (-(pair.distance or 0.0), pair.pair))[:n_practice]
    chosen = {pair.pair for pair in worst}
    return tuple(replace(pair, practice=pair.pair in chosen) for pair in pairs)


def _real_with_ai(
    ordered: Sequence[Stimulus],
    rule: PairingRule,
    found: Mapping[str, Trait],
    wanted: Fillers,
    n_practice: int,
) -> Matching:
    matched, unpaired = _grouped(ordered, rule, found)
    keys = sorted(matched)
    groups = [
        distances(*matched[key], rule=rule, traits=found, same_identity=rule.same_identity) for key in keys
    ]
    chosen = pairs_with_room(groups, wanted) if wanted else [best_pairs(g.total, g.allowed) for g in groups]
    made = [
        (group.first[i].stimulus, group.second[j].stimulus, group.parts(i, j))
        for group, places in zip(groups, chosen, strict=True)
        for i, j in places
    ]
    pairs = with_practice(_named(made), n_practice)
    taken = {id for first, second, _ in made for id in (first, second)}
    left = [s for s in ordered if s.stimulus not in taken]
    candidates = {s.stimulus for group in groups for s in (*group.first, *group.second)}
    free = [s for s in left if s.stimulus in candidates]
    fillers = _fillers(free, rule, found, wanted)
    taken |= {id for filler in fillers for id in (filler.first, filler.second)}
    for key, group in zip(keys, groups, strict=True):
        unpaired += why_unpaired(group, key, rule, taken)
    return Matching(
        pairs=pairs,
        unpaired=tuple(sorted(unpaired, key=lambda one: one.stimulus)),
        fillers=fillers,
        balances=balances(ordered, pairs, found),
        notes=(
            *unstated_columns(ordered, rule, found),
            *people_on_both_sides(ordered, rule),
            *short_of_fillers(wanted, fillers),
        ),
        spreads={column: t.spread for column, t in found.items() if t.is_number and column in rule.weights},
    )


Sides = tuple[list[Stimulus], list[Stimulus]]


def _grouped(
    ordered: Sequence[Stimulus], rule: PairingRule, found: Mapping[str, Trait]
) -> tuple[dict[tuple[str, ...], Sides], list[Unpaired]]:
    """Real and AI pictures by what they state in the exact columns; and those that cannot be paired."""
    groups: dict[tuple[str, ...], Sides] = defaultdict(lambda: ([], []))
    unfit = []
    for stimulus in ordered:
        key = tuple(str(found[column].values.get(stimulus.stimulus, "")) for column in rule.exact)
        unstated = [name for name, value in zip(rule.exact, key, strict=True) if not value]
        if stimulus.origin == "edited":
            reason = "edited pictures are paired with their originals, in a set without AI pictures"
            unfit.append(Unpaired(stimulus.stimulus, reason))
        elif unstated:
            reason = f"{', '.join(unstated)} not stated, but must be equal in a pair"
            unfit.append(Unpaired(stimulus.stimulus, reason))
        else:
            groups[key][0 if stimulus.origin == "real" else 1].append(stimulus)
    return groups, unfit


def _fillers(
    free: Sequence[Stimulus], rule: PairingRule, found: Mapping[str, Trait], wanted: Fillers
) -> tuple[Filler, ...]:
    made: list[tuple[str, Stimulus, Stimulus, dict[str, float]]] = []
    for origin, size in (("real", wanted.real), ("ai", wanted.ai)):
        own = [s for s in free if s.origin == origin]
        among = distances(own, own, rule=rule, traits=found, same_identity=False)
        places = best_fillers(size, among.total, among.allowed)
        made += [(origin, own[i], own[j], among.parts(i, j)) for i, j in places]
    width = max(2, len(str(len(made))))
    return tuple(
        Filler(f"f{number:0{width}d}", origin, one.stimulus, other.stimulus, _sum(parts), parts)
        for number, (origin, one, other, parts) in enumerate(made, start=1)
    )


def _named(made: Iterable[tuple[str, str, dict[str, float]]]) -> list[Pair]:
    """Pairs with a number each, in the order of their real pictures."""
    ordered = sorted(made, key=lambda pair: pair[0])
    width = max(2, len(str(len(ordered))))
    return [
        Pair(
            f"p{number:0{width}d}", first, second, _sum(parts), practice=False, extra=distance_columns(parts)
        )
        for number, (first, second, parts) in enumerate(ordered, start=1)
    ]


def distance_columns(parts: Mapping[str, float]) -> dict[str, str]:
    """What each attribute adds to a distance, as columns of a table."""
    return {f"{DISTANCE_PREFIX}{column}": number_text(part) for column, part in parts.items()}


def _sum(parts: Mapping[str, float]) -> float:
    return round(sum(parts.values()), 6)


def _with_originals(ordered: Sequence[Stimulus], n_practice: int) -> Matching:
    made, unpaired = pair_with_originals(ordered)
    width = max(2, len(str(len(made))))
    pairs = [
        Pair(f"p{number:0{width}d}", first, second, None, practice=False)
        for number, (first, second) in enumerate(made, start=1)
    ]
    return Matching(with_practice(pairs, n_practice), tuple(unpaired))
