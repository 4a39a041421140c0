"""What a report is made of: sections of paragraphs, tables, figures and models, in no format yet.

Whoever builds a section says what stands in it; rounding and formatting are done by whoever writes it as a
page, a Word document, tables or JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from analysis.estimate import Estimate
from analysis.fitted import FittedModel

Format = Literal["words", "code", "count", "number", "signed", "percent", "p", "exposure", "yes"]
Tone = Literal["plain", "lead", "note"]


@dataclass(frozen=True)
class Column:
    """One column of a printed table.

    ``name`` is the column of the data; ``heading`` carries the unit. With ``interval`` the number is
    followed by ``[low, high]``, taken from the columns of these two names in the same format. ``percent``
    is of a share (0-1); ``exposure`` is in ms, infinite where unlimited, NaN for all exposures together.
    """

    name: str
    heading: str
    format: Format = "words"
    digits: int = 2
    interval: tuple[str, str] | None = None


@dataclass(frozen=True)
class Paragraph:
    """Sentences, with ``*emphasis*`` and ``**strong**`` as in Markdown.

    Texts from the data go through ``quoted`` first.
    """

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Table:
    """A table with its unrounded data, all of which can be downloaded, also columns that are not printed.

    ``name`` is its file name without ending, unique among the tables of a report. Caption and note are
    written like paragraphs. ``folded``: long, shown on demand and left out in print. ``last_is_total`` sets
    the last row apart.
    """

    name: str
    caption: str
    data: pd.DataFrame
    columns: tuple[Column, ...]
    note: str = ""
    folded: bool = False
    last_is_total: bool = False

    def __post_init__(self) -> None:
        wanted = [name for column in self.columns for name in (column.name, *(column.interval or ()))]
        if missing := [name for name in wanted if name not in self.data]:
            raise ValueError(f"table {self.name}: no column {', '.join(missing)} in its data")


@dataclass(frozen=True)
class Figure:
    """A drawn figure (SVG of ``analysis.drawing``) and the numbers it shows, which can be downloaded.

    ``folded``: secondary, shown on demand and left out in print. ``wide``: has small marks and needs the
    whole width of the page.
    """

    name: str
    caption: str
    svg: str = field(repr=False)
    data: pd.DataFrame = field(repr=False)
    folded: bool = False
    wide: bool = False


Part = Paragraph | Table | Figure | FittedModel


@dataclass(frozen=True)
class Section:
    """One chapter of the report.

    ``results`` are sentences in the style of the APA, with their numbers, for the results paragraph of a
    paper; ``references`` are keys of ``analysis.report.references``.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    results: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


#: The columns of ``estimate_table`` behind its labels, in this order.
ESTIMATE_COLUMNS = (
    "estimate",
    "low",
    "high",
    "level",
    "p",
    "unit",
    "n_participants",
    "n_pairs",
    "n_stimuli",
    "n_trials",
    "method",
)


def estimate_table(rows: Iterable[tuple[Mapping[str, Any], Estimate]]) -> pd.DataFrame:
    """A line for each estimate: its labels, then ``ESTIMATE_COLUMNS``; p is of the null 0."""
    lines = [
        dict(labels)
        | {name: getattr(one, name) if name != "p" else one.p_value() for name in ESTIMATE_COLUMNS}
        for labels, one in rows
    ]
    return pd.DataFrame(lines)


def quoted(text: str) -> str:
    """A text from the data as it stands, without meaning anything in Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|&~" else sign for sign in text)
