"""What names, and the order of pictures by name or in the table, tell about origin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from stimuli.confounds import separations
from stimuli.leaks.chance import goes_with_origin, share_told
from stimuli.leaks.facts import PREPARE
from stimuli.manifest import Stimulus
from stimuli.problem import Problem

_TELLING_WORDS = {
    "real", "ai", "fake", "gan", "stylegan", "stylegan2", "stylegan3", "sd", "sd3", "sdxl", "flux",
    "midjourney", "dalle", "diffusion", "synthetic", "generated", "deepfake", "edited", "original",
    "retouched", "skin", "lighting", "symmetry", "background",
}  # fmt: skip
_ORDERED = 0.75  # AUC of the place in an order
_CHANCE = 0.001


def name_problems(files: Sequence[str], is_real: Sequence[bool]) -> Iterator[Problem]:
    """Telling words, patterns and orders of file names; their order is looked at if nothing else tells."""
    told = list(_telling_words(files))
    yield from told
    patterns = [_pattern(file) for file in files]
    if goes_with_origin(patterns, is_real):
        sentence = (
            "origin can be told from the pattern of file names for "
            f"{share_told(patterns, is_real):.0%} of the pictures: {_examples(files, patterns, is_real)}"
        )
        yield Problem("error", "", sentence, PREPARE, "names")
    elif not told and (auc := _order_tells(sorted(files, key=_as_people_sort), files, is_real)):
        sentence = f"origin can be told from the order of file names with AUC {auc:.2f}"
        yield Problem("error", "", sentence, PREPARE, "names")


def order_problems(stimuli: Sequence[Stimulus]) -> Iterator[Problem]:
    """What the rows of the table and the ids in it tell, where software shows pictures by them."""
    is_real = [s.origin == "real" for s in stimuli]
    ids = [s.stimulus for s in stimuli]
    shuffle = "facevalue draws its own order; shuffle the rows before you use the table elsewhere"
    if auc := _order_tells(ids, ids, is_real):
        sentence = f"origin can be told from the order of rows in the table with AUC {auc:.2f}"
        yield Problem("warning", "", sentence, shuffle, "order")
    if {PurePosixPath(s.file).stem for s in stimuli} & set(ids):
        return  # ids that are file names have been looked at
    telling = sorted({word for id in ids for word in _words(id) & _TELLING_WORDS})
    if telling or goes_with_origin([_pattern(id) for id in ids], is_real):
        found = f"words such as {telling[0]!r} in" if telling else "the pattern of"
        sentence = f"origin can be told from {found} the ids of stimuli"
        remedy = "facevalue never shows ids; rename them before you use the table elsewhere"
        yield Problem("warning", "", sentence, remedy, "order")


def _telling_words(files: Sequence[str]) -> Iterator[Problem]:
    """Words in names and folders that say, or seem to say, what a picture is."""
    told: dict[str, list[str]] = {}
    for file in files:
        path = PurePosixPath(file)
        words = {word for part in (*path.parent.parts, path.stem) for word in _words(part)}
        for word in sorted(words & _TELLING_WORDS):
            told.setdefault(word, []).append(file)
    for word, named in sorted(told.items()):
        some = ", ".join(named[:2]) + (", …" if len(named) > 2 else "")
        sentence = f"the word {word!r} is in {len(named)} file names ({some})"
        yield Problem("error", "", sentence, PREPARE, "names")


def _words(text: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", text.lower()))


def _pattern(file: str) -> str:
    """A file name with what varies taken out: digits become #, opaque names one word."""
    stem = PurePosixPath(file).stem
    if re.fullmatch(r"[0-9a-f]{12,64}", stem):
        return f"{len(stem)} hexadecimal digits"
    return re.sub(r"\d+", "#", stem)


def _examples(files: Sequence[str], patterns: Sequence[str], is_real: Sequence[bool]) -> str:
    """One file of the most frequent pattern on each side."""
    words = []
    for side, wanted in (("real", True), ("other", False)):
        of_side = [(p, f) for p, f, yes in zip(patterns, files, is_real, strict=True) if yes == wanted]
        usual, count = Counter(p for p, _ in of_side).most_common(1)[0]
        example = next(PurePosixPath(f).name for p, f in of_side if p == usual)
        words.append(f"{side} like {example} ({count} of {len(of_side)})")
    return "; ".join(words)


def _as_people_sort(file: str) -> list[tuple[int, int, str]]:
    """Numbers by size, as file browsers order names."""
    parts = re.split(r"(\d+)", file.lower())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part]


def _order_tells(ordered: Sequence[str], names: Sequence[str], is_real: Sequence[bool]) -> float | None:
    """The AUC of the place in ``ordered``, if it is beyond chance; names are in the order of ``is_real``."""
    place = {name: i for i, name in enumerate(ordered)}
    for found in separations({"place": [place[name] for name in names]}, is_real):
        if found.tells >= _ORDERED and found.p <= _CHANCE:
            return found.tells
    return None
