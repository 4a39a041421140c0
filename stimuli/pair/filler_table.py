"""fillers.csv: pairs of two real or two AI pictures, for studies that are run elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stimuli.manifest import StimulusError
from stimuli.pair.matching import DISTANCE_PREFIX, Filler, distance_columns
from stimuli.tables import csv_bytes, number_text, read_table, write_atomically

FILLERS_FILE = "fillers.csv"
FILLER_COLUMNS = ("filler", "origin", "first", "second", "distance")


def write_fillers(folder: Path, fillers: Sequence[Filler]) -> None:
    """Replace the folder's fillers.csv; without fillers there is none."""
    path = folder / FILLERS_FILE
    if not fillers:
        path.unlink(missing_ok=True)
        return
    rows = [
        {
            "filler": f.filler,
            "origin": f.origin,
            "first": f.first,
            "second": f.second,
            "distance": number_text(f.distance),
            **distance_columns(f.by_column),
        }
        for f in fillers
    ]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    write_atomically(path, csv_bytes(columns, rows))


def read_fillers(folder: Path) -> tuple[Filler, ...]:
    """The fillers of a set, none without a table; ``StimulusError`` lists all that is wrong with it."""
    if not (folder / FILLERS_FILE).exists():
        return ()
    problems: list[str] = []
    rows = read_table(folder / FILLERS_FILE, required=FILLER_COLUMNS, problems=problems)
    found = []
    for line, row in rows:
        try:
            parts = {
                name.removeprefix(DISTANCE_PREFIX): float(text)
                for name, text in row.items()
                if name.startswith(DISTANCE_PREFIX) and text
            }
            distance = float(row["distance"])
        except ValueError as error:
            problems.append(f"{FILLERS_FILE} line {line}: expected distances as numbers; {error}")
        else:
            found.append(Filler(row["filler"], row["origin"], row["first"], row["second"], distance, parts))
    if problems:
        raise StimulusError(problems)
    return tuple(found)
