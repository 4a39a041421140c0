"""What the labels on faces say in labelled cells: the truth, or by chance."""

from __future__ import annotations

from typing import Literal

from study.plan.design import Labels
from study.plan.slots import Slot

Label = Literal["real", "ai"]


def labels_of(
    slot: Slot, labels: Labels, *, first_left: bool, single: bool
) -> tuple[Label | None, Label | None]:
    """Labels of the left (or single) and of the right face.

    Random labels are right on half of all trials, whatever the origin; two faces then carry one label of
    each kind. A repeated face keeps its label: ``first_left`` is where it is now.
    """
    if labels == "none":
        return None, None
    if slot.kind == "filler":
        return _of_filler(slot, labels)
    honest = labels == "true" or bool(slot.use.fits)
    left = _name(first_left is honest)
    return (left, None) if single else (left, _other(left))


def _of_filler(slot: Slot, labels: Labels) -> tuple[Label, Label]:
    if labels == "true":
        return _name(slot.use.first), _name(slot.use.first)
    left = _name(bool(slot.use.fits))
    return left, _other(left)


def _name(real: bool) -> Label:
    return "real" if real else "ai"


def _other(label: Label) -> Label:
    return "ai" if label == "real" else "real"
