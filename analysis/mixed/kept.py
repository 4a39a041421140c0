"""Compile loops, and keep them on disk for the next process where there is a place for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """numba's ``njit`` with its cache.

    It keeps what it compiled beside the module, in the user's cache folder, or in `NUMBA_CACHE_DIR`. Where it
    may write to none of them, as a service without a home, every process compiles anew.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # "no locator available"
            return njit(**options)(function)

    return decorate
