"""Grain, and what compression left in the pixels, whatever format they are stored in now."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.picture import Pixels

# Low frequencies of an 8 x 8 block (down, across), where most coefficients differ from 0, with the
# steps of the luminance table in annex K of ITU-T T.81, which libjpeg scales by quality.
_FREQUENCIES = {(0, 1): 11, (1, 0): 12, (1, 1): 12, (0, 2): 10, (2, 0): 14}
_STEPS = np.arange(2, 61)
_LARGEST = 400  # coefficients beyond are too few to count
_FEWEST = 40
_CLEAR_COMB = 0.4
# One row per step: the phase of each absolute value within the step, and whether it is beyond half of it.
_TEETH = np.cos(2 * np.pi * np.arange(_LARGEST + 1) / _STEPS[:, None])
_FAR = (np.arange(_LARGEST + 1) >= _STEPS[:, None] / 2).astype(float)
_FAR_TEETH = _FAR * _TEETH


def measures(grey: Pixels) -> dict[str, float]:
    """From luma (0-255, whole numbers) at the picture's own size."""
    counts = [_counts(coefficients) for coefficients in _block_frequencies(grey)]
    found = [_step_and_trace(count) for count in counts]
    steps = [step for step, _ in found]
    return {
        "noise": noise(grey),
        "blockiness": blockiness(grey),
        "jpeg_trace": float(np.mean([trace for _, trace in found])),
        "jpeg_quality": _quality(steps),
        "double_compression": float(
            np.mean([_roughness(count, step) for count, step in zip(counts, steps, strict=True)])
        ),
    }


def noise(grey: Pixels) -> float:
    """Standard deviation of grain, in grey levels.

    Immerkær's (1996) operator, blind to planes and ramps, averaged over patches of 16 x 16; the
    20th percentile of the patches, because texture counts as grain in the others.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_16S, kernel, borderType=cv2.BORDER_REFLECT_101))
    size = max(1, grey.shape[1] // 16), max(1, grey.shape[0] // 16)
    patches = cv2.resize(response.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(patches, 20))


def blockiness(grey: Pixels) -> float:
    """How much larger steps between neighbours are at every eighth pixel, in dB.

    After Wang, Sheikh & Bovik 2002, but at whichever of the eight places they are largest, so that
    a picture cut after compression still shows it. Steps above 8 levels are edges and count as 8.
    """
    return float(np.mean([_blockiness_across(grey), _blockiness_across(np.ascontiguousarray(grey.T))]))


def _blockiness_across(grey: Pixels) -> float:
    if grey.shape[1] < 25:
        return 0.0
    steps = np.minimum(cv2.absdiff(grey[:, 1:], grey[:, :-1]), 8)
    profile = cv2.reduce(steps, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    whole = len(profile) // 8 * 8
    places = profile[:whole].reshape(-1, 8).mean(axis=0) + 0.05
    return float(20 * np.log10(places.max() / np.median(places)))


def _block_frequencies(grey: Pixels) -> list[Pixels]:
    """Cosine coefficients of all whole 8 x 8 blocks, one flat array per frequency."""
    rows, columns = grey.shape[0] // 8, grey.shape[1] // 8
    blocks = grey[: rows * 8, : columns * 8].astype(np.float32).reshape(rows * 8, columns, 8)
    across = (blocks @ _cosines(3)).reshape(rows, 8, columns * 3)
    both = (_cosines(3).T @ across).reshape(rows, 3, columns, 3)
    return [both[:, down, :, right].ravel() for down, right in _FREQUENCIES]


def _cosines(n: int) -> Pixels:
    """The first ``n`` basis functions of the orthonormal cosine transform of length 8, in columns."""
    at = (2 * np.arange(8)[:, None] + 1) * np.arange(n) * np.pi / 16
    scale = np.where(np.arange(n) == 0, np.sqrt(1 / 8), 0.5)
    return (np.cos(at) * scale).astype(np.float32)


def _counts(coefficients: Pixels) -> Pixels:
    """How often each absolute value 0, 1, 2 ... occurs, rounded."""
    rounded = np.rint(np.abs(coefficients)).astype(np.int32)
    return np.bincount(rounded, minlength=_LARGEST + 1)[: _LARGEST + 1]


def _step_and_trace(counts: Pixels) -> tuple[int, float]:
    """The step of which most coefficients are multiples (1 if none), and how clearly, 0-1.

    A comb of teeth at the multiples of a step: the mean cosine of the phase within it (Fan &
    de Queiroz 2003 maximise a likelihood instead). Those nearer to 0 than half a step count for
    nothing: they would be 0 at any step. Multiples of a step are multiples of its divisors too, so
    the largest clear step is taken.
    """
    n_far = _FAR @ counts
    combs = np.where(n_far >= _FEWEST, _FAR_TEETH @ counts / np.maximum(n_far, 1), 0)
    clear = np.flatnonzero(combs >= max(_CLEAR_COMB, 0.8 * combs.max()))
    return (int(_STEPS[clear[-1]]), float(combs[clear[-1]])) if len(clear) else (1, 0.0)


def _quality(steps: list[int]) -> float:
    """libjpeg's quality for which its table has about these steps; 100 without any step."""
    if max(steps) == 1:
        return 100.0
    scale = 100 * float(
        np.median([step / base for step, base in zip(steps, _FREQUENCIES.values(), strict=True)])
    )
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return float(np.clip(quality, 1, 100))


def _roughness(counts: Pixels, step: int) -> float:
    """How far the counts of the multiples of a step lie off the curve through their neighbours.

    Root mean square of log counts, weighted by count, less what chance alone would make. One
    quantisation leaves a smooth fall; a second one with another step leaves gaps and peaks
    (Popescu & Farid 2004).
    """
    edges = np.clip(np.round(np.arange(len(counts)) / step).astype(int), 0, None)
    multiples = np.bincount(edges, weights=counts)[1:30]
    if len(multiples) < 3:
        return 0.0
    kept = multiples + 0.5
    middle, before, after = kept[1:-1], kept[:-2], kept[2:]
    off = np.log(middle) - (np.log(before) + np.log(after)) / 2
    chance = 1 / middle + (1 / before + 1 / after) / 4
    weight = (before + middle + after) * ((before + middle + after) >= _FEWEST)
    if not weight.sum():
        return 0.0
    return float(np.sqrt(max(0.0, (weight * (off**2 - chance)).sum() / weight.sum())))
