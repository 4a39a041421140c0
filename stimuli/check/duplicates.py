"""Pictures that are there twice: the same file, another version, or mirrored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stimuli.check.look import Looked
from stimuli.fingerprint import HASH_BITS
from stimuli.manifest import StimulusSet
from stimuli.problem import Problem

# Two cuts of one picture differ in up to 0.08 of the hash, aligned faces of different people
# before the same wall in 0.20 or more (measured on 90 portraits).
NEAR_DUPLICATE = 0.12


def duplicate_problems(looked: Sequence[Looked], listed: StimulusSet | None) -> Iterator[Problem]:
    """An error for each second copy of a file, a warning for each second version of a picture.

    Pictures that the table says belong together (one identity, an edited twin) may be alike.
    """
    related = _related_files(listed)
    kept = _hash_bytes([look.hash for look in looked])
    mirrored = _hash_bytes([look.mirrored_hash for look in looked])
    for place, second in enumerate(looked):
        near = _differences(kept[:place], kept[place]) <= NEAR_DUPLICATE
        turned = _differences(kept[:place], mirrored[place]) <= NEAR_DUPLICATE
        for i in np.flatnonzero(near | turned).tolist():
            first = looked[i]
            if frozenset((first.file, second.file)) not in related:
                yield _duplicate(first, second, mirrored=not near[i])


def _duplicate(first: Looked, second: Looked, *, mirrored: bool) -> Problem:
    remedy = "keep one of them"
    if first.sha256 == second.sha256:
        return Problem("error", second.file, f"is the same file as {first.file}", remedy, "duplicates")
    sentence = (
        f"looks like {first.file} mirrored" if mirrored else f"looks like another version of {first.file}"
    )
    return Problem("warning", second.file, sentence, remedy, "duplicates")


def _hash_bytes(hashes: Sequence[int]) -> npt.NDArray[np.uint8]:
    content = b"".join(hash.to_bytes(HASH_BITS // 8, "big") for hash in hashes)
    return np.frombuffer(content, np.uint8).reshape(len(hashes), HASH_BITS // 8)


def _differences(hashes: npt.NDArray[np.uint8], one: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Share of the bits in which each of the hashes differs from one."""
    shares: npt.NDArray[np.float64] = np.unpackbits(hashes ^ one, axis=1).sum(axis=1) / HASH_BITS
    return shares


def _related_files(listed: StimulusSet | None) -> set[frozenset[str]]:
    """Pairs of files that are meant to be alike: edited twins and pictures of one identity."""
    if listed is None:
        return set()
    together: dict[str, list[str]] = {}
    for stimulus in listed.stimuli:
        together.setdefault(f"twins of {stimulus.edited_from or stimulus.stimulus}", []).append(stimulus.file)
        if stimulus.identity:
            together.setdefault(f"identity {stimulus.identity}", []).append(stimulus.file)
    return {frozenset(pair) for files in together.values() for pair in combinations(files, 2)}
