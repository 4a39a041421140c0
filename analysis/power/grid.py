"""The designs to be tried: claims, people, pairs, trials and effects in all combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from analysis.power.study import TRUST_CLAIMS, PlannedStudy

#: Assumed where nobody says otherwise, in units of d'.
DEFAULT_GAIN = 0.3


@dataclass(frozen=True, order=True)
class Cell:
    """One design and one true effect.

    ``n_pairs``: pairs in the stimulus set. ``n_trials``: trials about the claim that each person has, each
    with another pair, so never more than there are pairs. ``effect``: trust in made minus real faces, in
    points of the scale (``distrust``, ``milliseconds``); d' at the longest minus d' at the shortest exposure
    (``closer-look``); d' (``detection``).
    """

    claim: str
    n_participants: int
    n_pairs: int
    n_trials: int
    effect: float


def power_grid(
    study: PlannedStudy,
    *,
    claims: Sequence[str] | None = None,
    people: Sequence[int] | None = None,
    pairs: Sequence[int] | None = None,
    trials: Sequence[int] | None = None,
    effects: Sequence[float] | None = None,
) -> tuple[Cell, ...]:
    """All combinations, sorted; those with more trials than pairs are cut down to the pairs there are.

    Defaults are the study's own: its primary claims, its target, half and twice of it, the pairs of its set
    and twice as many, its trials per person, and its smallest effect of interest (0.3 units of d').
    Raises ``ValueError`` naming everything that cannot be simulated.
    """
    chosen = list(claims or [claim for claim in study.plan.primary if claim in study.claims])
    problems = [
        f"claim {claim}: expected one of {', '.join(study.claims)}, which this study asks about"
        for claim in chosen
        if claim not in study.claims
    ]
    if not chosen:
        problems.append(f"no claim given: expected one of {', '.join(study.claims)}; name it")
    for name, numbers, least in (("people", people, 3), ("pairs", pairs, 3), ("trials", trials, 2)):
        problems += [f"{name}: expected at least {least}, found {n}" for n in numbers or () if n < least]
    if problems:
        raise ValueError("; ".join(problems))
    cells = set()
    for claim in chosen:
        asked = study.claims[claim]
        n_pairs = study.n_pairs or asked.n_trials
        for n, p, t, effect in product(
            people or _around(study.target),
            pairs or (n_pairs, 2 * n_pairs),
            trials or (asked.n_trials,),
            effects or (_usual_effect(study, claim),),
        ):
            cells.add(Cell(claim, int(n), int(p), min(int(t), int(p)), float(effect)))
    return tuple(sorted(cells))


def _around(target: int) -> tuple[int, ...]:
    return tuple(sorted({max(3, round(target / 2)), max(3, target), max(3, 2 * target)}))


def _usual_effect(study: PlannedStudy, claim: str) -> float:
    return study.plan.smallest_effect if claim in TRUST_CLAIMS else DEFAULT_GAIN
