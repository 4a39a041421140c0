"""How well each measure tells real from other pictures, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stimuli.eyes import Eyes
from stimuli.fingerprint import Fingerprint, file_fingerprint
from stimuli.leaks import picture_separations
from stimuli.manifest import Stimulus
from stimuli.measures import Measures, measure_picture
from stimuli.picture import Pixels


@dataclass(frozen=True)
class Seen:
    """What a script can see of one picture file."""

    fingerprint: Fingerprint
    measures: Measures


@dataclass(frozen=True)
class Confound:
    """AUC of one measure for telling real from other pictures; see ``measures.Separation``."""

    measure: str
    auc_before: float
    auc_after: float
    n_real: int
    n_other: int


def seen(path: Path, pixels: Pixels, eyes: Eyes) -> Seen:
    return Seen(file_fingerprint(path), measure_picture(pixels, eyes))


def confounds(
    stimuli: Sequence[Stimulus], before: Sequence[Seen], after: Sequence[Seen]
) -> tuple[Confound, ...]:
    """One row per measure, the one that tells most afterwards first; none without both kinds."""
    first, last = (
        picture_separations(stimuli, [s.fingerprint for s in looks], [s.measures for s in looks])
        for looks in (before, after)
    )
    earlier = {separation.measure: separation.auc for separation in first}
    return tuple(
        Confound(s.measure, earlier[s.measure], s.auc, s.n_real, s.n_other)
        for s in last
        if s.measure in earlier
    )
