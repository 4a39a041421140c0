"""Say which columns of a table collected elsewhere hold what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.foreign_columns import Source


@dataclass(frozen=True)
class Face:
    """Columns that say which picture a row shows: its name, its origin, and the pair it belongs to."""

    stimulus: str
    origin: Source
    pair: str | None = None


@dataclass(frozen=True)
class FacePair:
    """Columns that say which two pictures a row shows.

    Either ``left``, ``right``, ``left_origin`` and ``right_origin``, or ``made_side``: on which side the
    AI picture was, beside a real one.
    """

    pair: str
    left: str | None = None
    right: str | None = None
    left_origin: Source | None = None
    right_origin: Source | None = None
    made_side: Source | None = None

    def __post_init__(self) -> None:
        by_picture = (self.left, self.right, self.left_origin, self.right_origin)
        complete = all(by_picture) if self.made_side is None else not any(by_picture)
        if not complete:
            raise ValueError(
                "FacePair: expected made_side, or all of left, right, left_origin and right_origin; "
                "found neither or both"
            )


@dataclass(frozen=True)
class Asked:
    """Columns with the answers to one row's questions; times are of the answer to ``detect`` if there is one.

    ``ratings`` names, by question, the column of a face's rating; of a pair, the columns by side (``left``,
    ``right``) or by origin (``real``, ``ai``).
    """

    detect: Source | None
    confidence: str | None
    ratings: Mapping[str, str | Mapping[str, str]]
    rt_ms: str | None
    rt_s: str | None

    def __post_init__(self) -> None:
        if self.rt_ms is not None and self.rt_s is not None:
            raise ValueError("rt_ms and rt_s: give one of them, the times are in one unit")
        if self.detect is None and not self.ratings:
            raise ValueError("expected answers to analyse: give detect, ratings, or both")
        clash = {"detect", "confidence"} & set(self.ratings)
        if clash:
            raise ValueError(f"ratings: {', '.join(sorted(clash))} has an argument of its own")


@dataclass(frozen=True)
class Around:
    """Columns with what is known of a row besides: all optional."""

    position: str | None
    cell: str | None
    exposure_ms: str | None
    asked_answer: Source | None
    about_participant: Sequence[str]
    about_stimulus: Sequence[str]
