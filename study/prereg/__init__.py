"""Preregistration text from a frozen protocol, under the headings of AsPredicted or OSF. Pure."""

from study.prereg.forms import preregistration
from study.prereg.planned import Planned
from study.prereg.wording import unwritten

__all__ = ["Planned", "preregistration", "unwritten"]
