"""The first fit of a process may have to compile its loops; Python then need not look for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_fits_begun = 0


@contextmanager
def none_at_first() -> Iterator[None]:
    """Pause the garbage collector inside, in the first fit of the process only.

    The compiler makes many objects that live on, and looking through them again and again takes about an
    eighth of the time.
    """
    global _fits_begun
    _fits_begun += 1
    paused = _fits_begun == 1 and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
