"""Why a claim cannot be tested, in sentences that say what would be needed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.protocol import Protocol

NOTHING_LEFT = "No answers to the questions it needs are left after exclusions."

_QUESTIONS = {
    "trust": "trust in each face",
    "detect": "the made face of a pair",
    "confidence": "confidence",
}
# Whether an effect differs between fewer people, or pictures, than these is hardly to be told.
_FEWEST = 5


def not_asked(protocol: Protocol, *questions: str) -> str:
    """The first of the questions that are needed and not asked outside practice; empty where all are."""
    asked = protocol.questions()
    missing = [name for name in questions if name not in asked and not _asked_otherwise(protocol, name)]
    return (
        f"The study does not ask for {' or '.join(_QUESTIONS[name] for name in missing)}." if missing else ""
    )


def too_few(table: pd.DataFrame, unit: str) -> str:
    """Why there are too few people or pictures for both to be a sample; empty where there are enough."""
    if not len(table):
        return NOTHING_LEFT
    n_people, n_units = int(table["participant"].nunique()), int(table[unit].nunique())
    if min(n_people, n_units) >= _FEWEST and len(table) > n_people + n_units:
        return ""
    word = "pair" if unit == "pair" else "picture"
    return (
        f"Answers of {_counted(n_people, 'participant')} to {_counted(n_units, word)} are left "
        f"({_counted(len(table), 'answer')}); people and pictures are samples, so it needs {_FEWEST} of each "
        "at least, and more answers than there are people and pictures."
    )


def no_variation(values: pd.Series[float], what: str) -> str:
    """Why answers that are all alike say nothing; empty where they differ."""
    return "" if values.nunique() > 1 else f"{what} are all the same; it needs answers that differ."


def first(*reasons: str) -> str:
    return next((reason for reason in reasons if reason), "")


def listed(names: Sequence[str]) -> str:
    """
    >>> listed(["skin", "body", "hair"])
    'skin, body or hair'
    """
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _asked_otherwise(protocol: Protocol, name: str) -> bool:
    """Single faces are judged by the first question of the kind origin, whatever its name."""
    return name == "detect" and any(
        question.kind == "origin"
        for block in protocol.blocks
        if block.layout == "single" and not block.practice
        for question in block.questions
    )


def _counted(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
