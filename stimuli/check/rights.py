"""Whether every picture may be shown: licence, attribution, consent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stimuli.manifest import Stimulus
from stimuli.problem import Problem


def rights_problems(stimuli: Sequence[Stimulus]) -> Iterator[Problem]:
    """An error for each picture without a licence; warnings for what else the terms ask for."""
    for stimulus in stimuli:
        if not stimulus.licence:
            remedy = "state under which terms it may be shown to participants"
            yield Problem("error", stimulus.file, "has no licence", remedy, "licence")
    yield from _of_set(
        [s for s in stimuli if _terms(s, "BY") and not s.attribution],
        "pictures under a CC BY licence have no attribution",
        "fill the column attribution with the words the licence asks for",
        "licence",
    )
    yield from _of_set(
        [s for s in stimuli if _terms(s, "ND")],
        "pictures may not be cut: their licence allows no derivatives, ND",
        "ask the owner, or use other pictures",
        "licence",
    )
    yield from _of_set(
        [s for s in stimuli if s.origin in ("real", "edited") and not s.consent],
        "pictures of real people state no consent",
        "fill the column consent: what the person agreed to, or on what other ground they may be shown",
        "consent",
    )
    yield from _of_set(
        [s for s in stimuli if s.origin == "ai" and not s.generator],
        "AI pictures do not say which model made them",
        "fill the column generator with model and version: results hold for these models only",
        "generator",
    )


def _of_set(stimuli: Sequence[Stimulus], what: str, remedy: str, kind: str) -> Iterator[Problem]:
    if stimuli:
        yield Problem("warning", "", f"{len(stimuli)} {what} ({some(stimuli)})", remedy, kind)


def _terms(stimulus: Stimulus, element: str) -> bool:
    """Whether a Creative Commons licence has this element, however it is written."""
    words = re.split(r"[^A-Z]+", stimulus.licence.upper())
    return words[0] in ("CC", "CREATIVE", "CCBY") and element in words


def some(stimuli: Sequence[Stimulus], at_most: int = 3) -> str:
    names = [s.stimulus for s in stimuli[:at_most]]
    return ", ".join(names) + (", …" if len(stimuli) > at_most else "")
