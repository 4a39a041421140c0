"""Compile the loops before the first fit of a process, those over rows in a process beside this one.

What numba has compiled it keeps on disk. Where nothing is kept yet, as after an installation, the first fit
would take most of its time for compiling, one loop after the other, and numba lets only one thread of a
process compile at a time.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numba import types

from analysis.mixed import block_loops, row_loops

_ANSWERS = types.int64[::1]
_NUMBERS = types.float64[::1]
_PLACES = types.int64[::1]
_TABLE = types.Array(types.float64, 1, "C", readonly=True)
_MATRIX = types.float64[:, ::1]
_PLACES_BY_EFFECT = types.int64[:, ::1]
_BLOCKS = types.float64[:, :, ::1]
_LEVEL = types.int64

Loops = Mapping[Any, tuple[Any, ...]]

#: The loops of every fit, and the types of the arrays they are called with.
BLOCK_LOOPS: Loops = {
    block_loops.spread: (_MATRIX, _PLACES, _PLACES, _LEVEL, _LEVEL, _MATRIX),
    block_loops.assemble: (
        *(_NUMBERS, _MATRIX, _MATRIX),
        *(_PLACES, _PLACES_BY_EFFECT, _PLACES_BY_EFFECT, _PLACES),
        *(_BLOCKS, _MATRIX, _MATRIX),
    ),
    block_loops.eliminate: (
        *(_BLOCKS, _MATRIX, _PLACES, _PLACES),
        *(_MATRIX, _NUMBERS, _MATRIX, _NUMBERS),
    ),
    block_loops.substitute: (_BLOCKS, _MATRIX, _PLACES, _PLACES, _MATRIX, _NUMBERS, _MATRIX),
    block_loops.invert_levels: (
        *(_BLOCKS, _MATRIX, _MATRIX, _PLACES, _PLACES, _LEVEL, _LEVEL),
        *(_MATRIX, _BLOCKS),
    ),
    block_loops.level_variances: (
        *(_NUMBERS, _MATRIX, _MATRIX, _MATRIX, _PLACES, _PLACES_BY_EFFECT, _BLOCKS, _MATRIX),
        *(_NUMBERS, _MATRIX, _NUMBERS),
    ),
    block_loops.dense_variances: (
        *(_NUMBERS, _MATRIX, _MATRIX, _MATRIX, _PLACES_BY_EFFECT, _PLACES_BY_EFFECT, _MATRIX, _MATRIX),
        *(_NUMBERS, _MATRIX, _NUMBERS),
    ),
}
_OF_EVERY_FAMILY: Loops = {
    row_loops.scatter: (
        *(_NUMBERS, _MATRIX, _MATRIX, _PLACES, _PLACES_BY_EFFECT),
        *(_MATRIX, _NUMBERS),
    ),
    row_loops.linear_predictor: (
        *(_NUMBERS, _MATRIX, _MATRIX, _PLACES, _PLACES_BY_EFFECT),
        *(_MATRIX, _NUMBERS, _NUMBERS),
    ),
}
#: The loops over rows of each family.
ROW_LOOPS: Mapping[str, Loops] = {
    "gaussian": _OF_EVERY_FAMILY,
    "bernoulli": {
        **_OF_EVERY_FAMILY,
        row_loops.bernoulli_slopes: (_NUMBERS, _NUMBERS, _NUMBERS, _TABLE, types.boolean, _NUMBERS),
        row_loops.bernoulli_rows: (
            *(_NUMBERS, _NUMBERS, _NUMBERS, _TABLE, types.boolean),
            *(_NUMBERS, _NUMBERS, _NUMBERS),
        ),
    },
    "ordinal": {
        **_OF_EVERY_FAMILY,
        row_loops.cumulative_slopes: (
            *(_ANSWERS, _NUMBERS, _NUMBERS, _NUMBERS, _TABLE),
            *(_NUMBERS, _NUMBERS),
        ),
        row_loops.cumulative_rows: (
            *(_ANSWERS, _NUMBERS, _NUMBERS, _NUMBERS, _TABLE, types.boolean),
            *(_NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS, _MATRIX),
        ),
    },
}
#: Loops of another process are awaited no longer than they would take here on a slow machine.
_PATIENCE_S = 60
_looked = False


def compile_first(family: str) -> None:
    """Compile what a fit of ``family`` needs; from the second call of a process on, do nothing.

    Whether anything is to be compiled is seen from the first loop.
    """
    global _looked
    if _looked:
        return
    _looked = True
    # With NUMBA_DISABLE_JIT there is nothing to compile, and what is kept nowhere reaches no other process.
    if not hasattr(block_loops.spread, "stats") or not block_loops.spread.stats.cache_path:
        return
    with _no_garbage_collection():
        _compile({block_loops.spread: BLOCK_LOOPS[block_loops.spread]})
        if not sum(block_loops.spread.stats.cache_misses.values()):
            return
        beside = _compiling_rows(family)
        _compile(BLOCK_LOOPS)
        if beside is not None:
            _await(beside)


def _compile(loops: Loops) -> None:
    for loop, signature in loops.items():
        loop.compile(signature)


def _compiling_rows(family: str) -> subprocess.Popen[bytes] | None:
    """This module at work in a process of its own; None where it cannot be, or would have no core."""
    import joblib  # only here: the fit itself does without it

    if joblib.cpu_count() == 1:
        return None
    command = [sys.executable, "-m", __name__, family]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    nowhere = subprocess.DEVNULL
    try:
        return subprocess.Popen(  # noqa: S603 - our own module with our own argument
            command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
    except OSError:
        return None


def _await(beside: subprocess.Popen[bytes]) -> None:
    """Wait for its end. If it has failed, the loops are compiled here when they are called."""
    try:
        beside.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        beside.kill()
        beside.wait()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """The compiler makes many objects that live on; to look through them again and again takes an eighth
    of the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


if __name__ == "__main__":
    gc.disable()
    _compile(ROW_LOOPS[sys.argv[1]])
