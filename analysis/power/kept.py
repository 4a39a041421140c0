"""Keep what was simulated in a file, so that a simulation can be stopped, gone on with, and extended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from analysis.power.assumptions import Assumptions
from analysis.power.grid import Cell
from analysis.power.models import Outcome
from analysis.power.study import PlannedStudy

#: Which simulation of which cell: outcomes do not depend on which others there are.
Place: TypeAlias = tuple[Cell, int]

_FORMAT = 1


def conditions(study: PlannedStudy, assumptions: Assumptions, seed: int) -> str:
    """A fingerprint of everything besides the cell that an outcome depends on."""
    facts = {
        "claims": {claim: asdict(asked) for claim, asked in study.claims.items()},
        "exclusions": asdict(study.exclusions),
        "replaces_careless": study.replaces_careless,
        "assumptions": asdict(assumptions),
        "seed": seed,
        "format": _FORMAT,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class KeptOutcomes:
    """Outcomes in a file of JSON lines; the first says under which conditions they were simulated.

    A line that was cut off by a crash is left out and simulated again. Raises ``ValueError`` if the file
    belongs to another study, other assumptions or another seed, and leaves it as it is.
    """

    def __init__(self, path: Path, under: str) -> None:
        self._path = Path(path)
        self.found: dict[Place, Outcome] = {}
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        if lines:
            self._read(lines, under)
        else:
            self._append([{"conditions": under}])

    def _read(self, lines: list[str], under: str) -> None:
        head = _line(lines[0])
        if head is None or head.get("conditions") != under:
            raise ValueError(
                f"{self._path}: expected simulations of this study with these assumptions and this seed, "
                "found others; name another file, or delete this one"
            )
        for text in lines[1:]:
            row = _line(text)
            if row is not None:
                self.found[(Cell(*row["cell"]), row["number"])] = Outcome(*row["outcome"])

    def add(self, outcomes: Iterable[tuple[Place, Outcome]]) -> None:
        """Write outcomes down before they are counted."""
        fresh = list(outcomes)
        self.found.update(fresh)
        self._append(
            {"cell": list(asdict(cell).values()), "number": number, "outcome": list(asdict(found).values())}
            for (cell, number), found in fresh
        )

    def _append(self, rows: Iterable[dict[str, object]]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        # What a crash cut off must not swallow the line after it.
        cut_off = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * (cut_off and self._path.stat().st_size > 0) + text)


def _line(text: str) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
