"""Which statistics of file and picture tell origin clearly enough to be a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple

from stimuli.confounds import Confounds, PairTally, Separation, Together
from stimuli.fingerprint import Fingerprint
from stimuli.measures import MEASURES, Measures
from stimuli.problem import Problem

TELLING_SHARE = 0.65
"""From this AUC, or share of pairs, a statistic is a warning (if it is beyond chance): about as far
apart as means that differ by half a standard deviation."""

CHANCE = 0.05
"""How seldom chance alone may make any statistic of a set a warning."""

_REMEDY = (
    "match it (facevalue stimuli prepare, pair), choose originals that are alike in it, "
    "or report it with your results"
)


def file_statistics(fingerprints: Sequence[Fingerprint]) -> dict[str, list[float]]:
    """Numbers of the file by name: byte size, number of pixels, width for each pixel of height."""
    sizes = [f.dimensions for f in fingerprints]
    return {
        "byte size": [float(f.byte_size) for f in fingerprints],
        "number of pixels": [float(width * height) for width, height in sizes],
        "aspect ratio": [width / height for width, height in sizes],
    }


def statistics_of(
    fingerprints: Sequence[Fingerprint], measures: Sequence[Measures]
) -> dict[str, list[float]]:
    """All numbers of files and pictures by name, in the order given."""
    columns = zip(*(astuple(m) for m in measures), strict=True)
    return {**file_statistics(fingerprints), **dict(zip(MEASURES, map(list, columns), strict=False))}


def confound_problems(compared: Iterable[Confounds]) -> Iterator[Problem]:
    """Warnings for what is beyond chance and beyond ``TELLING_SHARE``: alone, together, in pairs."""
    for confounds in compared:
        for found in confounds.separations:
            if found.tells >= TELLING_SHARE and found.p_adjusted <= CHANCE:
                yield Problem("warning", "", alone(found, confounds.other), _REMEDY, "confounds")
        if tells_together(confounds.together):
            yield Problem("warning", "", together(confounds), _REMEDY, "confounds")
        for tally in confounds.pairs:
            if tally.tells >= TELLING_SHARE and tally.p_adjusted <= CHANCE:
                remedy = "expected if it is what you study; otherwise pair pictures that are alike in it"
                yield Problem("warning", "", within_pairs(tally, confounds.other), remedy, "pairs")
        if tells_together(confounds.pairs_together):
            remedy = "expected if it is what you study; otherwise pair pictures that are more alike"
            yield Problem("warning", "", pairs_together(confounds), remedy, "pairs")


def tells_together(found: Together | None) -> bool:
    return found is not None and found.low is not None and found.low > 0.5


def alone(found: Separation, other: str) -> str:
    low, high = found.tells_between
    return (
        f"{found.measure} alone tells origin with AUC {found.tells:.2f} [{low:.2f}, {high:.2f}] "
        f"({found.direction} in {other} than in real pictures, {found.n_real} real, {found.n_other} {other})"
    )


def together(confounds: Confounds) -> str:
    found = confounds.together
    if found is None or found.share is None:
        return f"all measures together: {found.remark if found else 'not asked for'}"
    return (
        f"all {found.n_measures} measures together tell origin with AUC {found.share:.2f} "
        f"[{found.low:.2f}, {found.high:.2f}] in pictures that the classifier has not seen "
        f"({confounds.n_real} real, {confounds.n_other} {confounds.other})"
    )


def within_pairs(tally: PairTally, other: str) -> str:
    return (
        f"within pairs, {tally.measure} is {tally.direction} in the {other} picture in "
        f"{tally.n_told:g} of {tally.n_pairs}"
    )


def pairs_together(confounds: Confounds) -> str:
    found = confounds.pairs_together
    if found is None or found.share is None:
        return f"within pairs, all measures together: {found.remark if found else 'no pairs'}"
    return (
        f"within pairs, all {found.n_measures} measures together name the {confounds.other} picture in "
        f"{found.share:.0%} [{found.low:.0%}, {found.high:.0%}] of pairs that the classifier has not seen"
    )
