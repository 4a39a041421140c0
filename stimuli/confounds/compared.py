"""Compare real pictures with those of each other origin in every number known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stimuli.confounds.separation import Separation, separations
from stimuli.confounds.together import Together, classified, classified_pairs
from stimuli.confounds.within_pairs import PairTally, pair_tallies
from stimuli.manifest import ORIGINS, Pair, Stimulus

Statistics = Mapping[str, Sequence[float]]
"""One list per measure, in the order of the stimuli."""


@dataclass(frozen=True)
class Confounds:
    """Real against ``other`` (``ai`` or ``edited``) pictures.

    ``separations`` and ``pairs``: the most telling measure first. ``pairs`` are those of the set, real
    picture first; edited pictures without any are compared with their own originals. ``together`` and
    ``pairs_together`` are None where no classifier was asked for, or no pairs are there.
    """

    other: str
    n_real: int
    n_other: int
    n_pairs: int
    separations: tuple[Separation, ...]
    together: Together | None
    pairs: tuple[PairTally, ...]
    pairs_together: Together | None


def confounds_by_origin(
    stimuli: Sequence[Stimulus],
    statistics: Statistics,
    pairs: Sequence[Pair] = (),
    *,
    classifier: bool = True,
) -> tuple[Confounds, ...]:
    """One comparison for each origin other than real that is there; none without real pictures."""
    origins = [s.origin for s in stimuli]
    others = [origin for origin in ORIGINS[1:] if origin in origins and "real" in origins]
    return tuple(_compared(other, stimuli, statistics, pairs, classifier) for other in others)


def _compared(
    other: str, stimuli: Sequence[Stimulus], statistics: Statistics, pairs: Sequence[Pair], classifier: bool
) -> Confounds:
    places = [i for i, s in enumerate(stimuli) if s.origin in ("real", other)]
    values = {name: [column[i] for i in places] for name, column in statistics.items()}
    is_real = [stimuli[i].origin == "real" for i in places]
    names = people(stimuli)
    shown = list(_pairs_shown(other, stimuli, pairs))
    differences = {name: [column[b] - column[a] for a, b in shown] for name, column in statistics.items()}
    return Confounds(
        other=other,
        n_real=sum(is_real),
        n_other=len(is_real) - sum(is_real),
        n_pairs=len(shown),
        separations=tuple(separations(values, is_real)),
        together=classified(values, is_real, [names[i] for i in places]) if classifier else None,
        pairs=tuple(pair_tallies(differences)),
        pairs_together=(
            classified_pairs(differences, [names[a] for a, _ in shown]) if classifier and shown else None
        ),
    )


def people(stimuli: Sequence[Stimulus]) -> list[str]:
    """Whom each picture shows: its identity, else that of the original it was made from, else nobody else."""
    by_id = {s.stimulus: s for s in stimuli}
    names = []
    for stimulus in stimuli:
        original = by_id.get(stimulus.edited_from, stimulus)
        identity = stimulus.identity or original.identity
        names.append(f"identity {identity}" if identity else f"stimulus {original.stimulus}")
    return names


def _pairs_shown(other: str, stimuli: Sequence[Stimulus], pairs: Sequence[Pair]) -> Iterator[tuple[int, int]]:
    """Places of the real and the other picture of each pair."""
    place = {s.stimulus: i for i, s in enumerate(stimuli)}
    named = [(pair.first, pair.second) for pair in pairs]
    if other == "edited" and not named:
        named = [(s.edited_from, s.stimulus) for s in stimuli if s.origin == "edited"]
    for first, second in named:
        if first in place and second in place:
            a, b = place[first], place[second]
            if (stimuli[b].origin, stimuli[a].origin) == ("real", other):
                a, b = b, a
            if (stimuli[a].origin, stimuli[b].origin) == ("real", other):
                yield a, b
