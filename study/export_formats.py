"""The further formats an export can have, by name. Pages and commands know them without loading any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from study.export.describing import Contents


@dataclass(frozen=True)
class Format:
    """A further format: what it is, in one line of the README, and the module that writes it."""

    title: str
    words: str
    module: str

    def write(self, folder: Path, contents: Contents) -> None:
        import_module(self.module).write(folder, contents)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "wide": Format(
            "Wide table for SPSS and jamovi",
            "`wide/`: one row per session with a column for every rating, as CSV and as `.sav` for SPSS and "
            "jamovi; `columns.csv` says what each column is.",
            "study.export.formats.wide",
        ),
        "spss": Format(
            "Long tables for SPSS and jamovi",
            "`spss/`: trials, ratings, participants and stimuli as they are above, as `.sav` with labels; "
            "`columns.csv` says which number stands for which code.",
            "study.export.formats.spss",
        ),
        "bids": Format(
            "BIDS",
            "`bids/`: a BIDS dataset of its own, with a file per participant and questionnaires under "
            "`phenotype/`.",
            "study.export.formats.bids",
        ),
    }
)


def known_formats(names: Sequence[str]) -> tuple[str, ...]:
    """The formats asked for, each once, in the order of FORMATS. Raises ValueError for an unknown one."""
    unknown = sorted(set(names) - set(FORMATS))
    if unknown:
        raise ValueError(f"formats: expected some of {', '.join(FORMATS)}, found {', '.join(unknown)}")
    return tuple(name for name in FORMATS if name in names)
