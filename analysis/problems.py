"""What is wrong with an export or a table: one record per problem, all of them in one exception."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that keeps an export or a table from being read, and what to do about it.

    ``row`` counts as a spreadsheet does: the header is row 1, the first record row 2.
    ``n_more`` says how many further rows of the same column fail in the same way.
    """

    file: str
    expected: str
    found: str
    remedy: str
    column: str | None = None
    row: int | None = None
    n_more: int = 0

    def __str__(self) -> str:
        where = [self.file]
        if self.column is not None:
            where.append(f"column {self.column}")
        if self.row is not None:
            where.append(f"row {self.row}")
        more = f" (and {self.n_more} more rows alike)" if self.n_more > 1 else ""
        more = " (and 1 more row alike)" if self.n_more == 1 else more
        return f"{', '.join(where)}: expected {self.expected}, found {self.found}{more}; {self.remedy}"


class ExportError(ValueError):
    """An export that cannot be analysed as it is. ``problems`` lists everything that was found."""

    def __init__(self, folder: str, problems: tuple[Problem, ...]) -> None:
        self.folder = folder
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(f"{folder} has {count} and was not read:\n{lines}")


class TableError(ExportError):
    """A table collected elsewhere that cannot be analysed as it is; ``problems`` as for an export."""
