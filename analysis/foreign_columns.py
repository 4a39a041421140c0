"""Read columns of a table that somebody else laid out, and write down everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.problems import Problem

_CORRECT = "correct the table"


@dataclass(frozen=True)
class Coded:
    """A column and what its values mean: ``Coded("is_ai", {0: "real", 1: "ai"})``."""

    column: str
    values: Mapping[Any, str]


#: A column whose values are our words already, or one whose values are told.
Source = str | Coded


class ForeignColumns:
    """Columns of one table. Each reader gives typed values; what could not be read is in ``problems``.

    ``argument`` is how the caller named the column, so that an error says what to change. Rows are counted
    as a spreadsheet does: the header is row 1, the first record row 2.
    """

    def __init__(self, table: pd.DataFrame, name: str) -> None:
        self.table = table.reset_index(drop=True)
        self.name = name
        self.problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self.table)

    def texts(self, argument: str, column: str, *, required: bool = True) -> pd.Series[Any]:
        """Identifiers and names as text; whole numbers without decimals, missing values as NaN."""
        raw = self._raw(argument, column)
        if required:
            self._complain(column, raw, raw.isna(), "a value in every row")
        return raw.map(_as_text, na_action="ignore").astype(object)

    def words(
        self, argument: str, source: Source, allowed: Iterable[str], *, required: bool = True
    ) -> pd.Series[Any]:
        """Values as some of our own words, translated where ``source`` tells what they mean."""
        names = tuple(allowed)
        column = source.column if isinstance(source, Coded) else source
        if isinstance(source, Coded) and not self._means(argument, source, names):
            return self._nothing()
        raw = self._raw(argument, column)
        if required:
            self._complain(column, raw, raw.isna(), "a value in every row")
        if isinstance(source, Coded):
            known = ", ".join(f"{value!r} ({word})" for value, word in source.values.items())
            words, remedy = raw.map(dict(source.values)), f"correct the table or {argument}"
        else:
            known, words = ", ".join(names), raw.where(raw.isin(names))
            remedy = f'correct the table, or tell what its values mean: {argument}=Coded("{column}", {{…}})'
        self._complain(column, raw, raw.notna() & words.isna(), f"one of {known}", remedy=remedy)
        return words.astype(object)

    def numbers(
        self,
        argument: str,
        column: str,
        *,
        minimum: float = -np.inf,
        positive: bool = False,
        required: bool = False,
    ) -> pd.Series[Any]:
        """Values as floats, missing ones as NaN."""
        raw = self._raw(argument, column)
        values = pd.to_numeric(raw, errors="coerce").astype(float)
        self._complain(column, raw, raw.notna() & ~np.isfinite(values), "a number")
        if required:
            self._complain(column, raw, raw.isna(), "a number in every row")
        if positive:
            self._complain(column, raw, values <= 0, "more than 0")
        elif np.isfinite(minimum):
            self._complain(column, raw, values < minimum, f"at least {minimum:g}")
        return values

    def one_each(self, what: str, keys: pd.Series[Any], values: pd.Series[Any], column: str) -> None:
        """Write down where one and the same participant or picture has two different values."""
        known = keys.notna() & values.notna()
        first = values[known].groupby(keys[known], sort=False).transform("first")
        differs = pd.Series(False, index=values.index)
        differs[first.index] = values[known] != first
        self._complain(column, values, differs, f"one value for each {what}")

    def not_twice(self, what: str, keys: pd.DataFrame, column: str) -> None:
        """Write down which rows repeat an earlier one."""
        twice = keys.duplicated() & keys.notna().all(axis=1)
        self._complain(column, keys[keys.columns[-1]], twice, f"each {what} once")

    def _means(self, argument: str, source: Coded, allowed: tuple[str, ...]) -> bool:
        unknown = [word for word in source.values.values() if word not in allowed]
        if unknown:
            expected = f"meanings among {', '.join(allowed)} in {argument}"
            self.problems.append(
                Problem(self.name, expected, repr(unknown[0]), f"correct {argument}", column=source.column)
            )
        return not unknown

    def _raw(self, argument: str, column: str) -> pd.Series[Any]:
        if column in self.table.columns:
            return self.table[column]
        there = ", ".join(map(str, self.table.columns)) or "none"
        problem = Problem(
            self.name,
            f"a column {column} (for {argument})",
            f"the columns {there}",
            f"give {argument} as the column is called",
        )
        if problem not in self.problems:
            self.problems.append(problem)
        return self._nothing()

    def _nothing(self) -> pd.Series[Any]:
        return pd.Series(np.nan, index=self.table.index, dtype=object)

    def _complain(
        self,
        column: str,
        raw: pd.Series[Any],
        wrong: pd.Series[Any],
        expected: str,
        *,
        remedy: str = _CORRECT,
    ) -> None:
        where = np.flatnonzero(wrong.fillna(False).to_numpy(dtype=bool))
        # Of a column that is not there only that is said.
        if not len(where) or column not in self.table.columns:
            return
        found = raw.iloc[int(where[0])]
        shown = "nothing" if pd.isna(found) else repr(_plain(found))
        row, n_more = int(where[0]) + 2, len(where) - 1
        self.problems.append(
            Problem(self.name, expected, shown, remedy, column=column, row=row, n_more=n_more)
        )


def _as_text(value: Any) -> str:
    plain = _plain(value)
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
