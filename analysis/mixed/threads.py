"""How many threads the linear algebra may use: one, unless the matrices are worth more.

On matrices of a few hundred columns OpenBLAS's threads cost more than they bring, tenfold where other
processes want the cores too, and they make the last digits depend on the machine. Simulations run many
fits side by side anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

from analysis.mixed.layout import CrossedLayout

#: Multiplications of one Schur complement from which more threads are worth their cost.
_WORTH_THREADS = 1_000_000_000


@contextmanager
def measured_threads(layout: CrossedLayout) -> Iterator[None]:
    """Limit BLAS to one thread inside, unless the dense part is large."""
    n_blocks, k = layout.shape_e
    if n_blocks * k * layout.n_dense**2 > _WORTH_THREADS:
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
