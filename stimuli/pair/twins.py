"""Pair originals with their own edited versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from stimuli.manifest import Stimulus
from stimuli.pair.reasons import Unpaired


def pair_with_originals(stimuli: Sequence[Stimulus]) -> tuple[list[tuple[str, str]], list[Unpaired]]:
    """One edited version for each original that has any; every defect and dose as evenly as can be.

    Originals come to conditions like workers to jobs, where a condition costs the more the more
    often it is used already: the sum of squared numbers is as small as possible. Returns pairs
    of ids in the order of the originals, and every picture without a place.
    """
    twins: dict[str, dict[tuple[str, float], str]] = defaultdict(dict)
    for stimulus in stimuli:
        if stimulus.origin == "edited":
            twins[stimulus.edited_from].setdefault(_condition(stimulus), stimulus.stimulus)
    originals = [s.stimulus for s in stimuli if s.origin == "real" and s.stimulus in twins]
    conditions = sorted({condition for own in twins.values() for condition in own})
    # A column for every use of a condition: the nth use adds 2n - 1 to the sum of squares.
    uses = [(condition, n) for n in range(1, len(originals) + 1) for condition in conditions]
    forbidden = 2.0 * (len(originals) + 1) ** 2
    costs = [[2.0 * n - 1 if c in twins[id] else forbidden for c, n in uses] for id in originals]
    rows, columns = linear_sum_assignment(np.array(costs).reshape(len(originals), len(uses)))
    pairs = [(originals[i], twins[originals[i]][uses[j][0]]) for i, j in zip(rows, columns, strict=True)]
    taken = {id for pair in pairs for id in pair}
    return pairs, [Unpaired(s.stimulus, _reason(s, originals)) for s in stimuli if s.stimulus not in taken]


def _condition(stimulus: Stimulus) -> tuple[str, float]:
    return stimulus.defect, stimulus.dose or 0.0


def _reason(stimulus: Stimulus, originals: Sequence[str]) -> str:
    if stimulus.origin == "real":
        return "no edited version of it"
    if stimulus.edited_from in originals:
        return f"{stimulus.edited_from} is beside another of its edited versions"
    return f"its original, {stimulus.edited_from}, is not in the set"
