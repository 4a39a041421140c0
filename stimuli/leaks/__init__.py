"""What tells real from other pictures without a look at the face.

Names and file properties are facts: if they go with origin, that is an error. Statistics such as
byte size or luminance overlap more or less: their AUC is reported, worst first, as a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stimuli.confounds import Confounds, Separation, confounds_by_origin, separations
from stimuli.fingerprint import Fingerprint
from stimuli.leaks.facts import fact_problems
from stimuli.leaks.names import name_problems, order_problems
from stimuli.leaks.told import TELLING_SHARE, confound_problems, file_statistics, statistics_of
from stimuli.leaks.written import written_problems
from stimuli.manifest import Pair, Stimulus
from stimuli.measures import Measures
from stimuli.problem import Problem

__all__ = [
    "TELLING_SHARE", "confound_problems", "confounds_of", "file_leaks", "file_statistics", "leak_problems",
    "order_problems", "picture_separations",
]  # fmt: skip


def leak_problems(
    stimuli: Sequence[Stimulus],
    fingerprints: Sequence[Fingerprint],
    measures: Sequence[Measures],
    pairs: Sequence[Pair],
) -> Iterator[Problem]:
    """Problems of the set as a whole; all sequences are in the order of ``stimuli``."""
    yield from file_leaks(stimuli, fingerprints)
    yield from confound_problems(confounds_of(stimuli, fingerprints, measures, pairs, classifier=False))


def file_leaks(stimuli: Sequence[Stimulus], fingerprints: Sequence[Fingerprint]) -> Iterator[Problem]:
    """What names and files tell, and what is written in them that should not be."""
    is_real = [s.origin == "real" for s in stimuli]
    files = [s.file for s in stimuli]
    yield from written_problems(files, fingerprints)
    yield from name_problems(files, is_real)
    yield from fact_problems(fingerprints, is_real)


def confounds_of(
    stimuli: Sequence[Stimulus],
    fingerprints: Sequence[Fingerprint],
    measures: Sequence[Measures],
    pairs: Sequence[Pair],
    *,
    classifier: bool = True,
) -> tuple[Confounds, ...]:
    """Real against each other origin in every statistic of file and picture."""
    statistics = statistics_of(fingerprints, measures)
    return confounds_by_origin(stimuli, statistics, pairs, classifier=classifier)


def picture_separations(
    stimuli: Sequence[Stimulus], fingerprints: Sequence[Fingerprint], measures: Sequence[Measures]
) -> list[Separation]:
    """The AUC of every statistic that varies, real against all others, the most telling first."""
    is_real = [s.origin == "real" for s in stimuli]
    if all(is_real) or not any(is_real):
        return []
    return separations(statistics_of(fingerprints, measures), is_real)
