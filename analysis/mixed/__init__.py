"""Crossed mixed models: Gaussian, Bernoulli and ordinal, for people crossed with pictures.

What is heavy (the compiled loops, formulaic) is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.mixed.bootstrap import ParametricBootstrap, parametric_bootstrap
    from analysis.mixed.comparison import LikelihoodRatio, compare
    from analysis.mixed.design import DesignError
    from analysis.mixed.expected import expected_answers, expected_shares
    from analysis.mixed.fit import MixedFit, fit_mixed
    from analysis.mixed.formula import FormulaError
    from analysis.mixed.marginal import predicted_probabilities, standardised, variance_shares
    from analysis.mixed.profile import ProfileInterval
    from analysis.mixed.selection import DeclaredFit, fit_declared
    from analysis.mixed.signal_detection import sensitivity

_HOMES = {
    "DeclaredFit": "selection",
    "DesignError": "design",
    "FormulaError": "formula",
    "LikelihoodRatio": "comparison",
    "MixedFit": "fit",
    "ParametricBootstrap": "bootstrap",
    "ProfileInterval": "profile",
    "compare": "comparison",
    "expected_answers": "expected",
    "expected_shares": "expected",
    "fit_declared": "selection",
    "fit_mixed": "fit",
    "parametric_bootstrap": "bootstrap",
    "predicted_probabilities": "marginal",
    "sensitivity": "signal_detection",
    "standardised": "marginal",
    "variance_shares": "marginal",
}

__all__ = [
    "DeclaredFit",
    "DesignError",
    "FormulaError",
    "LikelihoodRatio",
    "MixedFit",
    "ParametricBootstrap",
    "ProfileInterval",
    "compare",
    "expected_answers",
    "expected_shares",
    "fit_declared",
    "fit_mixed",
    "parametric_bootstrap",
    "predicted_probabilities",
    "sensitivity",
    "standardised",
    "variance_shares",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"analysis.mixed.{_HOMES[name]}"), name)
