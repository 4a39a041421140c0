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
    from analysis.reliability.judgements import Judgement, Reliability, judgements_of, reliability_of
    from analysis.reliability.repeats import Retest, repeated_answers, retest
    from analysis.reliability.shares import rating_shares, share_intervals

_HOMES = {
    "Coefficient": "coefficient",
    "Intraclass": "intraclass",
    "Judgement": "judgements",
    "RatersNeeded": "coefficient",
    "Reliability": "judgements",
    "Retest": "repeats",
    "SplitHalf": "halves",
    "cronbach_alpha": "alpha",
    "intraclass_correlations": "intraclass",
    "judgements_of": "judgements",
    "raters_needed": "coefficient",
    "rating_shares": "shares",
    "reliability_of": "judgements",
    "repeated_answers": "repeats",
    "retest": "repeats",
    "share_intervals": "shares",
    "split_half": "halves",
}

__all__ = [
    "Coefficient",
    "Intraclass",
    "Judgement",
    "RatersNeeded",
    "Reliability",
    "Retest",
    "SplitHalf",
    "cronbach_alpha",
    "intraclass_correlations",
    "judgements_of",
    "raters_needed",
    "rating_shares",
    "reliability_of",
    "repeated_answers",
    "retest",
    "share_intervals",
    "split_half",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"analysis.reliability.{_HOMES[name]}"), name)
