"""What a picture is like in numbers, and how well each number alone tells real from other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from stimuli.picture import Pixels


@dataclass(frozen=True)
class Measures:
    """Simple statistics of one picture.

    ``luminance``: mean of CIELAB L*, 0-100. ``contrast``: standard deviation of L*.
    ``sharpness``: standard deviation of the Laplacian of L*, in L* per square pixel, higher is
    sharper. ``saturation``: mean CIELAB chroma.
    """

    luminance: float
    contrast: float
    sharpness: float
    saturation: float


MEASURES = tuple(field.name for field in fields(Measures))


def measure_picture(pixels: Pixels) -> Measures:
    lab = cv2.cvtColor(np.asarray(pixels, dtype=np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = lab[:, :, 0]
    return Measures(
        luminance=float(light.mean()),
        contrast=float(light.std()),
        sharpness=float(cv2.Laplacian(light, cv2.CV_32F).std()),
        saturation=float(np.hypot(lab[:, :, 1], lab[:, :, 2]).mean()),
    )


@dataclass(frozen=True)
class Separation:
    """How well one number tells two groups apart.

    ``auc``: chance that a random picture of the other group has the larger number (ties count
    half). 0.5 tells nothing; 0 and 1 tell everything.
    """

    measure: str
    auc: float
    n_real: int
    n_other: int

    @property
    def tells(self) -> float:
        """The AUC with its direction folded away, 0.5 to 1."""
        return max(self.auc, 1 - self.auc)


def separation(measure: str, real: Sequence[float], other: Sequence[float]) -> Separation:
    """The area under the ROC curve from the rank sum (Hanley & McNeil 1982).

    >>> separation("luminance", [1, 2, 3], [2, 3, 4]).auc
    0.7777777777777778
    """
    if not real or not other:
        raise ValueError(f"expected pictures of both groups, found {len(real)} real and {len(other)} other")
    ranks: npt.NDArray[np.float64] = rankdata([*real, *other])
    rank_sum = float(ranks[len(real) :].sum())
    wins = rank_sum - len(other) * (len(other) + 1) / 2
    return Separation(measure, wins / (len(real) * len(other)), len(real), len(other))


def separations(values: Mapping[str, Sequence[float]], is_real: Sequence[bool]) -> list[Separation]:
    """One separation per measure, the most telling first. Values are in the order of ``is_real``."""
    found = []
    for name, numbers in values.items():
        real = [number for number, yes in zip(numbers, is_real, strict=True) if yes]
        other = [number for number, yes in zip(numbers, is_real, strict=True) if not yes]
        found.append(separation(name, real, other))
    return sorted(found, key=lambda s: (-s.tells, s.measure))
