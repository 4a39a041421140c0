"""k-anonymity: how many people share each combination of what others may know about them.

A group (an equivalence class) holds the people alike in every column given; k is the size of the smallest
(Samarati & Sweeney 1998; Sweeney 2002). A missing value counts as a value of its own: people who left an
item empty are alike in that. This is the careful choice; other tools let a missing value match every value,
which finds larger groups. Everybody in the table counts, whatever became of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Sizes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """The groups that some columns form. ``n_below`` people are in groups of fewer than ``k``."""

    columns: tuple[str, ...]
    k: int
    n_people: int
    n_groups: int
    smallest: int
    n_below: int
    n_alone: int


@dataclass(frozen=True)
class Combination:
    """Values that occur together, an empty text where there is none, and in how many people."""

    values: tuple[str, ...]
    n_people: int


def group_sizes(table: pd.DataFrame) -> Sizes:
    """For each row the number of rows with the same values in all columns, itself included."""
    if table.empty or not len(table.columns):
        return np.full(len(table), len(table), dtype=np.int64)
    inverse = _group_of(table)
    sizes: Sizes = np.bincount(inverse)[inverse].astype(np.int64)
    return sizes


def count_groups(table: pd.DataFrame, *, k: int) -> Groups:
    """Groups by all columns of ``table``, one row per person. Without columns everybody is alike."""
    sizes = group_sizes(table)
    # A group of n contributes n rows of 1/n.
    n_groups = round(float((1 / sizes).sum())) if len(sizes) else 0
    return Groups(
        columns=tuple(str(name) for name in table.columns),
        k=k,
        n_people=len(sizes),
        n_groups=n_groups,
        smallest=int(sizes.min()) if len(sizes) else 0,
        n_below=int((sizes < k).sum()),
        n_alone=int((sizes == 1).sum()),
    )


def without_each(table: pd.DataFrame, *, k: int) -> list[tuple[str, Groups]]:
    """For each column the groups without it, the one that helps most first."""
    tried = [(str(name), count_groups(table.drop(columns=[name]), k=k)) for name in table.columns]
    return sorted(tried, key=lambda pair: pair[1].n_below)


def rarest(table: pd.DataFrame, *, k: int, limit: int) -> list[Combination]:
    """The combinations that fewer than ``k`` people have, rarest first, at most ``limit`` of them."""
    shown = table.assign(_size=group_sizes(table))
    shown = shown[shown["_size"] < k].sort_values("_size", kind="stable").drop_duplicates()
    return [
        Combination(tuple(as_shown(value) for value in row[:-1]), int(row[-1]))
        for row in shown.head(limit).itertuples(index=False, name=None)
    ]


def as_shown(value: object) -> str:
    """A value as a reader expects it: whole numbers without a point, nothing for a missing one."""
    if value is None or value is pd.NA or value != value:  # NaN is not equal to itself
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def coded(values: Sequence[object] | pd.Series) -> Sizes:
    """Values as numbers from 0, a missing value as one of them."""
    codes, _ = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=False)
    return codes.astype(np.int64)


def _group_of(table: pd.DataFrame) -> Sizes:
    """The number of the group of each row; columns are joined one by one so that numbers stay small."""
    group = np.zeros(len(table), dtype=np.int64)
    for name in table.columns:
        codes = coded(table[name])
        group = np.unique(group * (codes.max() + 1) + codes, return_inverse=True)[1].astype(np.int64)
    return group
