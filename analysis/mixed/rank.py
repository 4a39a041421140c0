"""Columns of a fixed part that say something the columns before them do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: As R's lm: a column is dependent when less than this share of its length is its own.
_OWN_SHARE = 1e-7
_CLEARLY_INDEPENDENT = 1e-5


def independent_columns(x: Floats, names: Sequence[str]) -> tuple[list[int], dict[str, str]]:
    """Places of the columns to keep, and for each column left out what it is made of.

    Earlier columns are kept, as R does.

    >>> independent_columns(np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0.0]]), ["Intercept", "a", "b"])
    ([0, 1], {'b': 'Intercept - a'})
    """
    lengths = np.sqrt((x * x).sum(axis=0))
    scaled = x / np.where(lengths > 0, lengths, 1.0)
    gram = scaled.T @ scaled
    if len(names) == 0 or np.linalg.eigvalsh(gram)[0] > _CLEARLY_INDEPENDENT:
        return list(range(len(names))), {}
    kept: list[int] = []
    basis = np.zeros((len(x), 0))
    described: dict[str, str] = {}
    for place, column in enumerate(scaled.T):
        own = column - basis @ (basis.T @ column)
        own -= basis @ (basis.T @ own)  # twice is enough for orthogonality in floating point
        length = float(np.sqrt(own @ own))
        if length > _OWN_SHARE:
            kept.append(place)
            basis = np.column_stack([basis, own / length])
        else:
            described[names[place]] = _combination(x[:, kept], x[:, place], [names[k] for k in kept])
    return kept, described


def _combination(columns: Floats, column: Floats, names: Sequence[str]) -> str:
    if not column.any():
        return "0"
    weights = np.linalg.lstsq(columns, column, rcond=None)[0]
    parts = []
    for weight, name in zip(weights, names, strict=True):
        if abs(weight) > 1e-6 * np.abs(weights).max():
            size = "" if np.isclose(abs(weight), 1.0) else f"{abs(weight):.4g} "
            parts.append(f"{'-' if weight < 0 else '+'} {size}{name}")
    joined = " ".join(parts)
    return joined.removeprefix("+ ") if joined.startswith("+") else joined.replace("- ", "-", 1)
