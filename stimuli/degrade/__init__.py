"""Put one defect, at a known dose, into a real photograph.

These edits imitate single faults that people name in AI portraits, so that each can be studied
alone: the same person, picture and file, one thing changed. A dose of 0 leaves the pixels as
they are, 1 is the strongest edit that still looks like a photograph. In between, the measure of
each defect changes monotonically. A stiff expression is not among them: it cannot be put into a
photograph of someone who smiled without painting another face.
"""

from __future__ import annotations

import numpy as np

from stimuli.degrade.background import BACKGROUND
from stimuli.degrade.body import BODY_LARGE, BODY_SMALL
from stimuli.degrade.catchlights import CATCHLIGHTS, CATCHLIGHTS_APART
from stimuli.degrade.cutout import CUTOUT
from stimuli.degrade.defect import CannotDegradeError, Defect
from stimuli.degrade.focus import FOCUS
from stimuli.degrade.lighting import LIGHTING
from stimuli.degrade.portrait import Portrait
from stimuli.degrade.skin import SKIN
from stimuli.degrade.symmetry import ASYMMETRY, SYMMETRY
from stimuli.eyes import Eyes
from stimuli.picture import Pixels

__all__ = [
    "DEFECTS",
    "CannotDegradeError",
    "Defect",
    "Portrait",
    "defect_measure",
    "defect_named",
    "degrade",
    "degrade_portrait",
    "eyes_after",
]

_ALL: tuple[Defect, ...] = (
    SKIN,
    LIGHTING,
    SYMMETRY,
    ASYMMETRY,
    BACKGROUND,
    CUTOUT,
    FOCUS,
    BODY_SMALL,
    BODY_LARGE,
    CATCHLIGHTS,
    CATCHLIGHTS_APART,
)
DEFECTS = tuple(defect.name for defect in _ALL)
_BY_NAME = {defect.name: defect for defect in _ALL}


def defect_named(name: str) -> Defect:
    """ValueError for a name that is not among ``DEFECTS``."""
    if name not in _BY_NAME:
        raise ValueError(f"expected a defect among {', '.join(DEFECTS)}; found {name!r}")
    return _BY_NAME[name]


def degrade(pixels: Pixels, eyes: Eyes, *, defect: str, dose: float) -> Pixels:
    """The picture with the defect; same size, 8 bit.

    CannotDegradeError where this picture does not allow the defect to be made well.
    """
    return degrade_portrait(Portrait(pixels.astype(np.float32), eyes), defect=defect, dose=dose)


def degrade_portrait(portrait: Portrait, *, defect: str, dose: float) -> Pixels:
    """As ``degrade``, with the regions of the picture kept for the next defect or dose."""
    chosen = defect_named(defect)
    if not 0 <= dose <= 1:
        raise ValueError(f"expected a dose from 0 to 1; found {dose:g}")
    edited = chosen.edit(portrait, dose)
    return np.clip(np.round(edited), 0, 255).astype(np.uint8)


def eyes_after(portrait: Portrait, *, defect: str, dose: float) -> Eyes:
    """Where the pupils lie once the defect is in."""
    moved = defect_named(defect).eyes_after
    return moved(portrait, dose) if moved else portrait.eyes


def defect_measure(pixels: Pixels, eyes: Eyes, defect: str, *, original: Portrait | None = None) -> float:
    """What the defect changes, as one number; its unit and source are in ``defect_named(defect)``.

    For an edited picture give the ``original``, so that both are measured in the same regions.
    """
    chosen = defect_named(defect)
    portrait = original or Portrait(np.asarray(pixels, np.float32), eyes)
    return chosen.measure(np.asarray(pixels, np.float32), portrait)
