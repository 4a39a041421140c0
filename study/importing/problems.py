"""What is wrong with an export that is to be brought back: file, row, column, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Rows named for one fault of one column; the others are counted.
MOST_ROWS = 10

RESTORE = "take the file from the original export, or export the study again"


@dataclass(frozen=True)
class Problem:
    """One fault. ``row`` counts the rows of a table from 2, its header being 1; ``n_more`` further rows."""

    file: str
    expected: str
    found: str
    remedy: str = RESTORE
    row: int | None = None
    column: str | None = None
    n_more: int = 0

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {self.column}"
        more = f" (and in {self.n_more} more rows)" if self.n_more else ""
        return f"{where}: expected {self.expected}, found {self.found}{more}; {self.remedy}"


class ImportRefused(ValueError):  # noqa: N818 - the sentence reads better
    """Exports that cannot be brought back or merged; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        self.problems = tuple(str(problem) for problem in problems)
        super().__init__("\n".join(self.problems))


class Problems:
    """All faults found so far; of one kind in one column the first rows, with the number of the others."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str | None, str], list[Problem]] = {}
        self._n: Counter[tuple[str, str | None, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def add(
        self,
        file: str,
        expected: str,
        found: str,
        remedy: str = RESTORE,
        *,
        row: int | None = None,
        column: str | None = None,
        kind: str = "",
    ) -> None:
        """Note a fault; with a ``row`` it is one of its ``kind`` (left out: of what was expected)."""
        key = (file, column, kind or expected) if row is not None else (file, column, expected + found)
        self._n[key] += 1
        if self._n[key] <= MOST_ROWS:
            self._kinds.setdefault(key, []).append(Problem(file, expected, found, remedy, row, column))

    @property
    def found(self) -> tuple[Problem, ...]:
        """Every fault, those of one kind together."""
        told: list[Problem] = []
        for key, problems in self._kinds.items():
            told += problems[:-1]
            told.append(replace(problems[-1], n_more=self._n[key] - len(problems)))
        return tuple(told)

    def refuse(self) -> None:
        """ImportRefused with everything that was found; nothing happens when that is nothing."""
        if self:
            raise ImportRefused(self.found)
