"""How many threads the linear algebra may use: one, unless the matrices are worth more.

On matrices of a few hundred columns OpenBLAS's threads cost more than they bring, tenfold where other
processes want the cores too, and they make the last digits depend on the machine. Simulations run many
fits side by side anyway.

The wheels of NumPy and SciPy bring a BLAS each, with threads of its own that stay awake for a while after
their work and take the cores from the other's: a fit that used both took six times as long as on one thread.
What is large here is SciPy's (the Schur complement and its inverse), so NumPy's never gets more than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from analysis.mixed.layout import CrossedLayout

#: Multiplications of one Schur complement from which more threads are worth their cost.
_WORTH_THREADS = 1_000_000_000


@contextmanager
def measured_threads(layout: CrossedLayout) -> Iterator[None]:
    """Limit BLAS to one thread inside; if the dense part is large, only what NumPy alone uses."""
    n_blocks, k = layout.shape_e
    large = n_blocks * k * layout.n_dense**2 > _WORTH_THREADS
    with (_of_numpy() if large else _all()).limit(limits=1, user_api="blas"):
        yield


@cache
def _all() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _of_numpy() -> ThreadpoolController:
    """The libraries inside NumPy's own wheel; none where NumPy and SciPy share one."""
    package = Path(np.__file__).parent
    homes = (package, package.with_name("numpy.libs"))
    paths = [each.filepath for each in _all().lib_controllers]
    return _all().select(filepath=[path for path in paths if any(map(Path(path).is_relative_to, homes))])
