"""What may be amended while there are data, and what asks for a new study.

Data of one study must mean the same from the first session to the last. So what decides which trials
people get and what their answers mean cannot be amended once anybody has taken part, not even in a
rehearsal; and what is decided before the data cannot be changed after the first of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import IntEnum

from study.amendment.comparison import Change
from study.protocol import StudyProtocol


class Stage(IntEnum):
    """How far a study has come."""

    NOBODY = 0
    REHEARSED = 1
    LIVE = 2


# Neither the plan nor an answer hangs on these: they may be amended at any time.
_ALWAYS = (
    "title",
    "languages",
    "texts.information",
    "texts.consent",
    "texts.instructions",
    "texts.debrief",
    "recruitment",
    "eligibility",
    "stopping",
    "device",
)
# Decided before the data; a change after the first participant would be a decision made with them in hand.
_BEFORE_LIVE = ("hypotheses", "analysis", "exclusions", "order of hypotheses")

_REASONS = (
    ("stimulus_set", "the pictures are part of every answer"),
    ("stimulus_kind", "the pictures are part of every answer"),
    ("seed", "every session's plan of trials follows from it"),
    ("cells", "people are assigned to the cells, and the plan follows from them"),
    ("order of cells", "the plan follows from it"),
    ("blocks", "it decides which trials people get, or what their answers mean"),
    ("order of blocks", "it decides which trials people get"),
    ("questionnaires", "it decides what the answers to the questionnaire mean"),
    ("order of questionnaires", "it decides in which order the items are asked"),
    ("text", "people in told and labelled cells were given the words that were there before"),
    ("retention", "people were promised that their data are kept no longer"),
    ("hypotheses", "hypotheses are stated before the data"),
    ("order of hypotheses", "hypotheses are stated before the data"),
    ("analysis", "the analysis is declared before the data"),
    ("exclusions", "exclusions are declared before the data"),
)
_NEW_SLUG = "give the changed study a new slug and publish it as another study"


def refusals(changes: Iterable[Change], new: StudyProtocol, *, stage: Stage) -> tuple[str, ...]:
    """One sentence for each change that may not be made now, with the reason and what to do."""
    told = _texts_of_manipulation(new)
    return tuple(
        f"{_short(change)}: {_reason(change.path, told)}; {_NEW_SLUG}"
        for change in changes
        if not _may_change(change, told, stage)
    )


def _may_change(change: Change, told: Sequence[str], stage: Stage) -> bool:
    path = change.path
    if _within(path, ("stimulus_set", "slug")):
        return False
    if path == "languages":
        # The study file itself is in the first language, and so are all answers' codes and labels.
        return stage is Stage.NOBODY or json.loads(change.before)[0] == json.loads(change.after)[0]
    if stage is Stage.NOBODY or _within(path, _ALWAYS):
        return True
    if _within(path, ("retention",)):
        return stage is Stage.REHEARSED or _shorter(change)
    if path.startswith("text "):
        return path.removeprefix("text ") not in told
    if path.startswith("blocks.") and path.endswith(".intro") and path.count(".") == 2:
        return True
    if path.startswith("translations."):
        return not change.before
    return stage is Stage.REHEARSED and _within(path, _BEFORE_LIVE)


def _shorter(change: Change) -> bool:
    """Whether data are kept for a shorter time than before; none is without end."""
    before, after = (
        float("inf") if days == "none" else float(days) for days in (change.before, change.after)
    )
    return after <= before


def _within(path: str, settings: Sequence[str]) -> bool:
    return any(path == setting or path.startswith(f"{setting}.") for setting in settings)


def _texts_of_manipulation(protocol: StudyProtocol) -> tuple[str, ...]:
    """Paths of what tells people about AI, in every language: those words are what the cells compare."""
    told = protocol.texts.told
    if told is None:
        return ()
    stem, _, ending = told.rpartition(".")
    return (told, *(f"{stem}.{language}.{ending}" for language in protocol.languages[1:]))


def _short(change: Change) -> str:
    return change.path if change.diff else str(change)


def _reason(path: str, told: Sequence[str]) -> str:
    if path.removeprefix("text ") in told:
        return dict(_REASONS)["text"]
    if path == "languages":
        return "the study file is in its first language, and so are its answers"
    known = next((reason for setting, reason in _REASONS if _within(path, (setting,))), None)
    return known or "it is not known to leave the plan and the answers as they are"
