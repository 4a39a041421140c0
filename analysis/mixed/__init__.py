"""Crossed mixed models: Gaussian, Bernoulli and ordinal, for people crossed with pictures.

What is heavy (the compiled loops, formulaic) is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit, fit_mixed

_HOMES = {
    "MixedFit": "fit",
    "fit_mixed": "fit",
}

__all__ = ["MixedFit", "fit_mixed"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"analysis.mixed.{_HOMES[name]}"), name)
