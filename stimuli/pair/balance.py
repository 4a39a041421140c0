"""How alike the real and the AI pictures are in each attribute, before and after pairing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from stimuli.manifest import Pair, Stimulus
from stimuli.pair.traits import Trait


@dataclass(frozen=True)
class Side:
    """One kind of picture: how many, how many state the attribute, and what on average.

    ``mean`` for numbers, ``shares`` (0-1, by word) for words, of those that state it.
    """

    n: int
    n_stated: int
    mean: float | None
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Balance:
    """``before``: real and AI pictures of the set; ``after``: those in pairs.

    ``difference``: for numbers the standardised mean difference, AI minus real, in the pooled
    standard deviations within all real and all AI pictures, the same before and after (Stuart
    2010; below 0.1 is commonly called balanced); for words the share (0-1) of pictures that would
    have to say something else for both kinds to be alike (total variation distance). None where
    a kind states nothing. ``agree``: share of the pairs that state the same word, or None.
    """

    column: str
    is_number: bool
    before: tuple[Side, Side]
    after: tuple[Side, Side]
    difference_before: float | None
    difference_after: float | None
    agree: float | None


def balances(
    stimuli: Sequence[Stimulus], pairs: Sequence[Pair], traits: Mapping[str, Trait]
) -> tuple[Balance, ...]:
    """One balance for each trait."""
    before = tuple([s.stimulus for s in stimuli if s.origin == origin] for origin in ("real", "ai"))
    after = [p.first for p in pairs], [p.second for p in pairs]
    found = []
    for column, trait in traits.items():
        sides_before = _side(before[0], trait), _side(before[1], trait)
        sides_after = _side(after[0], trait), _side(after[1], trait)
        found.append(
            Balance(
                column,
                trait.is_number,
                sides_before,
                sides_after,
                _difference(*sides_before, trait),
                _difference(*sides_after, trait),
                _agree(pairs, trait),
            )
        )
    return tuple(found)


def _side(ids: Sequence[str], trait: Trait) -> Side:
    stated = [trait.values[id] for id in ids if id in trait.values]
    if trait.is_number:
        return Side(len(ids), len(stated), fmean(float(v) for v in stated) if stated else None, {})
    counts = Counter(str(value) for value in stated)
    return Side(len(ids), len(stated), None, {word: counts[word] / len(stated) for word in sorted(counts)})


def _difference(real: Side, ai: Side, trait: Trait) -> float | None:
    if not real.n_stated or not ai.n_stated:
        return None
    if real.mean is not None and ai.mean is not None:
        return (ai.mean - real.mean) / trait.spread
    words = set(real.shares) | set(ai.shares)
    return sum(abs(real.shares.get(word, 0.0) - ai.shares.get(word, 0.0)) for word in sorted(words)) / 2


def _agree(pairs: Sequence[Pair], trait: Trait) -> float | None:
    if trait.is_number or not pairs:
        return None
    both = [(trait.values.get(p.first), trait.values.get(p.second)) for p in pairs]
    return sum(a is not None and a == b for a, b in both) / len(pairs)
