"""What one defect is: how it is put in, and what is measured of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stimuli.picture import Pixels

if TYPE_CHECKING:
    from stimuli.degrade.portrait import Portrait
    from stimuli.eyes import Eyes


class CannotDegradeError(ValueError):
    """This defect cannot be put into this picture well; the message says why and what to do."""


@dataclass(frozen=True)
class Defect:
    """``edit``: the picture (float, 0-255) with the defect at a dose from 0 to 1.

    ``measure``: what the defect changes, of the edited pixels, looked for in the regions of the
    original; in ``unit``. ``direction``: +1 if the measure rises with the dose, -1 if it falls.
    ``eyes_after``: where the pupils lie afterwards, for defects that move them.
    """

    name: str
    measured: str
    unit: str
    direction: Literal[-1, 1]
    edit: Callable[[Portrait, float], Pixels]
    measure: Callable[[Pixels, Portrait], float]
    eyes_after: Callable[[Portrait, float], Eyes] | None = None
