"""How much of a rating is the picture, how much the person: agreement, consistency, stability.

What is heavy (the mixed models) is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.reliability.alpha import cronbach_alpha
    from analysis.reliability.coefficient import Coefficient, RatersNeeded, raters_needed
    from analysis.reliability.halves import SplitHalf, split_half
    from analysis.reliability.intraclass import Intraclass, intraclass_correlations
    from analysis.reliability.repeats import Retest, repeated_answers, retest
    from analysis.reliability.shares import rating_shares

_HOMES = {
    "Coefficient": "coefficient",
    "Intraclass": "intraclass",
    "RatersNeeded": "coefficient",
    "Retest": "repeats",
    "SplitHalf": "halves",
    "cronbach_alpha": "alpha",
    "intraclass_correlations": "intraclass",
    "raters_needed": "coefficient",
    "rating_shares": "shares",
    "repeated_answers": "repeats",
    "retest": "repeats",
    "split_half": "halves",
}

__all__ = [
    "Coefficient",
    "Intraclass",
    "RatersNeeded",
    "Retest",
    "SplitHalf",
    "cronbach_alpha",
    "intraclass_correlations",
    "raters_needed",
    "rating_shares",
    "repeated_answers",
    "retest",
    "split_half",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"analysis.reliability.{_HOMES[name]}"), name)
