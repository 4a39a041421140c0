"""What tells real from other pictures without a look at the face.

Names and file properties are facts: if they go with origin, that is an error. Statistics such as
byte size or luminance overlap more or less: their AUC is reported, worst first, as a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import PurePosixPath

from stimuli.fingerprint import Fingerprint
from stimuli.manifest import Pair, Stimulus
from stimuli.measures import MEASURES, Measures, Separation, separations
from stimuli.problem import Problem

TELLING_AUC = 0.75
"""From this AUC (direction folded away) a statistic is reported."""

_FEWEST_TO_JUDGE = 5
_TELLING_WORDS = {
    "real", "ai", "fake", "gan", "stylegan", "stylegan2", "stylegan3", "sd", "sd3", "sdxl", "flux",
    "midjourney", "dalle", "diffusion", "synthetic", "generated", "deepfake", "edited", "original",
    "retouched", "skin", "lighting", "symmetry", "background",
}  # fmt: skip
_PREPARE = "prepare the set: facevalue stimuli prepare"


def leak_problems(
    stimuli: Sequence[Stimulus],
    fingerprints: Sequence[Fingerprint],
    measures: Sequence[Measures],
    pairs: Sequence[Pair],
) -> Iterator[Problem]:
    """Problems of the set as a whole; all sequences are in the order of ``stimuli``."""
    is_real = [s.origin == "real" for s in stimuli]
    yield from _telling_words([s.file for s in stimuli])
    if all(is_real) or not any(is_real):
        return
    yield from _telling_facts(_facts(stimuli, fingerprints), is_real)
    separated = picture_separations(stimuli, fingerprints, measures)
    for found in separated:
        if found.tells >= TELLING_AUC and min(found.n_real, found.n_other) >= _FEWEST_TO_JUDGE:
            yield _statistic_problem(found)
    yield from _telling_within_pairs(stimuli, _statistics(fingerprints, measures), pairs)


def picture_separations(
    stimuli: Sequence[Stimulus], fingerprints: Sequence[Fingerprint], measures: Sequence[Measures]
) -> list[Separation]:
    """The AUC of byte size and of every measure, the most telling first; none without both kinds."""
    if len({s.origin == "real" for s in stimuli}) < 2:
        return []
    return separations(_statistics(fingerprints, measures), [s.origin == "real" for s in stimuli])


def _statistics(fingerprints: Sequence[Fingerprint], measures: Sequence[Measures]) -> dict[str, list[float]]:
    columns = zip(*(astuple(m) for m in measures), strict=True)
    values = {name: list(column) for name, column in zip(MEASURES, columns, strict=True)}
    return {"byte size": [float(f.byte_size) for f in fingerprints], **values}


def _telling_words(files: Sequence[str]) -> Iterator[Problem]:
    """Words in names and folders that say, or seem to say, what a picture is."""
    told: dict[str, list[str]] = {}
    for file in files:
        path = PurePosixPath(file.lower())
        words = {word for part in (*path.parent.parts, path.stem) for word in re.split(r"[^a-z0-9]+", part)}
        for word in sorted(words & _TELLING_WORDS):
            told.setdefault(word, []).append(file)
    for word, named in sorted(told.items()):
        some = ", ".join(named[:2]) + (", …" if len(named) > 2 else "")
        yield Problem("error", "", f"the word {word!r} is in {len(named)} file names ({some})", _PREPARE)


def _facts(stimuli: Sequence[Stimulus], fingerprints: Sequence[Fingerprint]) -> dict[str, list[str]]:
    return {
        "the pattern of file names": [_name_pattern(s.file) for s in stimuli],
        "the container": [f.container for f in fingerprints],
        "the dimensions": [f"{f.dimensions[0]}x{f.dimensions[1]}" for f in fingerprints],
        "the encoding (quantisation, subsampling)": [f.encoding for f in fingerprints],
        "metadata": ["+".join(f.metadata) or "none" for f in fingerprints],
    }


def _name_pattern(file: str) -> str:
    """A file name with what varies taken out: digits become #, opaque names one word."""
    stem = PurePosixPath(file).stem
    if re.fullmatch(r"[0-9a-f]{12,64}", stem):
        return "opaque"
    return re.sub(r"\d+", "#", stem)


def _telling_facts(facts: Mapping[str, Sequence[str]], is_real: Sequence[bool]) -> Iterator[Problem]:
    for name, values in facts.items():
        real = Counter(value for value, yes in zip(values, is_real, strict=True) if yes)
        other = Counter(value for value, yes in zip(values, is_real, strict=True) if not yes)
        if len(set(values)) == 1 and not (name == "metadata" and values[0] != "none"):
            continue
        share = sum(max(real[value], other[value]) for value in set(values)) / len(values)
        base = max(sum(real.values()), sum(other.values())) / len(values)
        if share > base:
            found = f"real {_counts(real)}; other {_counts(other)}"
            sentence = f"origin can be told from {name} for {share:.0%} of the pictures: {found}"
            yield Problem("error", "", sentence, _PREPARE)
        else:
            sentence = f"pictures differ in {name}, or it is there at all: {_counts(real + other)}"
            yield Problem("warning", "", sentence, _PREPARE)


def _counts(counter: Counter[str], at_most: int = 3) -> str:
    common = [f"{value} ({count})" for value, count in counter.most_common(at_most)]
    return ", ".join(common) + (", …" if len(counter) > at_most else "")


def _statistic_problem(found: Separation) -> Problem:
    direction = "higher" if found.auc > 0.5 else "lower"
    return Problem(
        "warning",
        "",
        f"{found.measure} alone tells origin with AUC {found.tells:.2f} "
        f"({direction} in other than in real pictures, {found.n_real} real, {found.n_other} other)",
        "choose originals that are alike in it, or say so when you report results",
    )


def _telling_within_pairs(
    stimuli: Sequence[Stimulus], statistics: Mapping[str, Sequence[float]], pairs: Sequence[Pair]
) -> Iterator[Problem]:
    """Statistics that differ in the same direction in nearly every pair."""
    place = {s.stimulus: i for i, s in enumerate(stimuli)}
    shown = [(place[p.first], place[p.second]) for p in pairs if p.first in place and p.second in place]
    if len(shown) < _FEWEST_TO_JUDGE:
        return
    for name, values in statistics.items():
        n_higher = sum(values[second] > values[first] for first, second in shown)
        n_lower = sum(values[second] < values[first] for first, second in shown)
        if max(n_higher, n_lower) >= 0.85 * len(shown):
            direction, count = ("higher", n_higher) if n_higher > n_lower else ("lower", n_lower)
            yield Problem(
                "warning",
                "",
                f"within pairs, {name} is {direction} in the second picture in {count} of {len(shown)}",
                "expected if it is what you study; otherwise choose pictures that are alike in it",
            )
