"""Match each real picture with an AI one that is as like it as possible in what is stated.

The assignment minimises the total distance over all pairs at once (Jonker & Volgenant's
algorithm, as in scipy), not pair by pair, and does not depend on the order of rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from stimuli.manifest import Pair, Stimulus

EXACT_COLUMNS = ("gender", "ethnicity", "age_band")


@dataclass(frozen=True)
class PairingRule:
    """What pairs must share and what distance means.

    ``exact``: columns that must be stated and equal. The distance of a pair is the sum of
    ``age_per_year`` for each year between the stated ages (or the middles of the age bands),
    ``ethnicity`` if both state one and they differ, ``luminance_per_step`` for each step (L*, 0-100)
    between the mean luminances where both were measured, and ``age_unknown`` if an age is
    missing. Pairs further apart than ``max_distance`` are not made.
    """

    exact: tuple[str, ...] = ("gender",)
    age_per_year: float = 0.1
    age_unknown: float = 1.0
    ethnicity: float = 1.0
    luminance_per_step: float = 0.0
    max_distance: float | None = None

    def __post_init__(self) -> None:
        wrong = [name for name in self.exact if name not in EXACT_COLUMNS]
        if wrong:
            raise ValueError(
                f"expected exact columns among {', '.join(EXACT_COLUMNS)}; found {', '.join(wrong)}"
            )


@dataclass(frozen=True)
class Unpaired:
    stimulus: str
    reason: str


@dataclass(frozen=True)
class Matching:
    """Pairs sorted by their real picture, and every real or AI picture that has none."""

    pairs: tuple[Pair, ...]
    unpaired: tuple[Unpaired, ...]

    @property
    def total_distance(self) -> float:
        return sum(pair.distance or 0.0 for pair in self.pairs)


def match_pairs(
    stimuli: Sequence[Stimulus],
    *,
    rule: PairingRule | None = None,
    luminance: Mapping[str, float] | None = None,
    n_practice: int = 0,
) -> Matching:
    """As many real-AI pairs as possible, and among those the smallest total distance.

    Each stimulus is in at most one pair. The ``n_practice`` pairs with the largest distance
    become practice pairs. ``luminance`` gives mean luminances (L*, 0-100) by stimulus id.
    """
    rule = rule or PairingRule()
    groups, unpaired = _groups(stimuli, rule)
    pairs: list[tuple[Stimulus, Stimulus, float]] = []
    for key in sorted(groups):
        real, ai = groups[key]
        matched = list(_matched(real, ai, rule, luminance or {}))
        pairs += matched
        taken = {s.stimulus for a, b, _ in matched for s in (a, b)}
        unpaired += [
            Unpaired(s.stimulus, _why_left(s, real, ai, key, rule))
            for s in (*real, *ai)
            if s.stimulus not in taken
        ]
    pairs.sort(key=lambda pair: pair[0].stimulus)
    width = max(2, len(str(len(pairs))))
    named = [
        Pair(f"p{number:0{width}d}", first.stimulus, second.stimulus, round(distance, 6), False)
        for number, (first, second, distance) in enumerate(pairs, start=1)
    ]
    return Matching(with_practice(named, n_practice), tuple(sorted(unpaired, key=lambda left: left.stimulus)))


def with_practice(pairs: Sequence[Pair], n_practice: int) -> tuple[Pair, ...]:
    """Mark the ``n_practice`` pairs with the largest distance as practice, all others as not."""
    if not 0 <= n_practice <= len(pairs):
        raise ValueError(f"expected from 0 to {len(pairs)} practice pairs, found {n_practice}")
    worst = sorted(pairs, key=lambda pair: (-(pair.distance or 0.0), pair.pair))[:n_practice]
    chosen = {pair.pair for pair in worst}
    return tuple(replace(pair, practice=pair.pair in chosen) for pair in pairs)


def age_years(stimulus: Stimulus) -> float | None:
    """The stated age, else the middle of the age band ("20-29" is 25), else None."""
    if stated := stimulus.extra.get("stated_age", ""):
        return float(stated)
    if stimulus.age_band:
        low, high = stimulus.age_band.split("-")
        return (float(low) + float(high) + 1) / 2
    return None


def pair_distance(
    first: Stimulus, second: Stimulus, rule: PairingRule, luminance: Mapping[str, float]
) -> float:
    """How unlike two pictures are under the rule; 0 means alike in all that is stated."""
    ages = age_years(first), age_years(second)
    if ages[0] is None or ages[1] is None:
        distance = rule.age_unknown
    else:
        distance = rule.age_per_year * abs(ages[0] - ages[1])
    if first.ethnicity and second.ethnicity and first.ethnicity != second.ethnicity:
        distance += rule.ethnicity
    lights = luminance.get(first.stimulus), luminance.get(second.stimulus)
    if lights[0] is not None and lights[1] is not None:
        distance += rule.luminance_per_step * abs(lights[0] - lights[1])
    return distance


Group = tuple[list[Stimulus], list[Stimulus]]


def _groups(
    stimuli: Sequence[Stimulus], rule: PairingRule
) -> tuple[dict[tuple[str, ...], Group], list[Unpaired]]:
    """Real and AI pictures by their exact columns, each list sorted by id."""
    groups: dict[tuple[str, ...], Group] = defaultdict(lambda: ([], []))
    left = []
    for stimulus in sorted(stimuli, key=lambda s: s.stimulus):
        key = tuple(getattr(stimulus, name) for name in rule.exact)
        unstated = [name for name, value in zip(rule.exact, key, strict=True) if not value]
        if stimulus.origin == "edited":
            left.append(
                Unpaired(stimulus.stimulus, "edited pictures are paired with the original they come from")
            )
        elif unstated:
            left.append(
                Unpaired(stimulus.stimulus, f"{', '.join(unstated)} not stated, but must be equal in a pair")
            )
        else:
            groups[key][0 if stimulus.origin == "real" else 1].append(stimulus)
    return groups, left


def _matched(
    real: list[Stimulus], ai: list[Stimulus], rule: PairingRule, luminance: Mapping[str, float]
) -> Iterator[tuple[Stimulus, Stimulus, float]]:
    if not real or not ai:
        return
    distances = np.array([[pair_distance(a, b, rule, luminance) for b in ai] for a in real])
    allowed = np.ones_like(distances, dtype=bool)
    if rule.max_distance is not None:
        allowed = distances <= rule.max_distance + 1e-9
    # One forbidden pair costs more than all allowed ones together, so as many pairs as possible
    # are made first and their total distance is made small second.
    forbidden = 1.0 + distances[allowed].sum()
    rows, columns = linear_sum_assignment(np.where(allowed, distances, forbidden))
    for i, j in zip(rows, columns, strict=True):
        if allowed[i, j]:
            yield real[i], ai[j], float(distances[i, j])


def _why_left(
    stimulus: Stimulus, real: list[Stimulus], ai: list[Stimulus], key: tuple[str, ...], rule: PairingRule
) -> str:
    others, name = (ai, "AI") if stimulus.origin == "real" else (real, "real")
    same = ", ".join(f"{column} {value}" for column, value in zip(rule.exact, key, strict=True))
    within = f" with {same}" if same else ""
    if not others:
        return f"no {name} picture{within}"
    if rule.max_distance is not None:
        return f"no free {name} picture{within} within distance {rule.max_distance:g}"
    return f"all {len(others)} {name} pictures{within} are in better pairs"
