"""Say why a picture has no partner, and what a rule could not do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stimuli.manifest import Stimulus
from stimuli.pair.distance import Distances
from stimuli.pair.rule import Fillers, PairingRule
from stimuli.pair.traits import Matrix, Trait

if TYPE_CHECKING:
    from stimuli.pair.matching import Filler

_NAMES = {"real": "real", "ai": "AI"}


@dataclass(frozen=True)
class Unpaired:
    stimulus: str
    reason: str


def why_unpaired(
    group: Distances, key: Sequence[str], rule: PairingRule, taken: Collection[str]
) -> Iterator[Unpaired]:
    """The reason of every picture of a group that is in no pair and no filler."""
    alike = ", ".join(f"{column} {value}" for column, value in zip(rule.exact, key, strict=True))
    within = f" with {alike}" if alike else ""
    sides = (
        (group.first, group.second, group.total, group.allowed),
        (group.second, group.first, group.total.T, group.allowed.T),
    )
    for own, others, total, allowed in sides:
        for place, stimulus in enumerate(own):
            if stimulus.stimulus not in taken:
                reason = _reason(stimulus, others, total[place], allowed[place], within, rule)
                yield Unpaired(stimulus.stimulus, reason)


def unstated_columns(
    stimuli: Sequence[Stimulus], rule: PairingRule, traits: Mapping[str, Trait]
) -> Iterator[str]:
    """Columns with a weight that make no difference, because a whole kind does not state them."""
    for column in rule.weights:
        values = traits[column].values
        for origin, name in _NAMES.items():
            own = [s for s in stimuli if s.origin == origin]
            if own and not any(s.stimulus in values for s in own):
                yield f"{column} is stated for no {name} picture, so pairs are not matched in it"


def people_on_both_sides(stimuli: Sequence[Stimulus], rule: PairingRule) -> Iterator[str]:
    """A hint for those whose AI pictures were made from the very people in the real ones."""
    real, ai = ({s.identity for s in stimuli if s.origin == o and s.identity} for o in ("real", "ai"))
    if real & ai and not rule.same_identity:
        yield (
            f"{len(real & ai)} people are in both real and AI pictures and are never paired with themselves; "
            "use --same identity to pair them so"
        )


def short_of_fillers(wanted: Fillers, made: Sequence[Filler]) -> Iterator[str]:
    for origin, name in _NAMES.items():
        n_wanted = getattr(wanted, origin)
        n_made = sum(filler.origin == origin for filler in made)
        if n_made < n_wanted:
            yield (
                f"{n_made} of {n_wanted} {name}-{name} fillers: no two more {name} pictures of different "
                "people are free and alike enough; add pictures, or loosen what must be equal"
            )


def _reason(
    stimulus: Stimulus,
    others: Sequence[Stimulus],
    total: Matrix,
    allowed: Matrix,
    within: str,
    rule: PairingRule,
) -> str:
    name = _NAMES["ai" if stimulus.origin == "real" else "real"]
    if not others:
        return f"no {name} picture{within}"
    if rule.same_identity and not stimulus.identity:
        return "no identity stated, but a pair must show one person"
    same = [bool(o.identity) and o.identity == stimulus.identity for o in others]
    fit = np.array(same if rule.same_identity else [not yes for yes in same])
    if not fit.any():
        people = "the same person" if rule.same_identity else "another person"
        return f"no {name} picture of {people}{within}"
    if not allowed.any():
        nearest = int(np.argmin(np.where(fit, total, np.inf)))
        return (
            f"no {name} picture{within} within the limits; the nearest, {others[nearest].stimulus}, "
            f"is {total[nearest]:.2f} away"
        )
    return f"all {int(allowed.sum())} {name} pictures{within} that fit are in better pairs"
