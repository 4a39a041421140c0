"""A set in a few sentences, for people who will not read the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stimuli.check import CheckReport
from stimuli.contact_sheet.content import ORIGIN_NAMES, ShownPair, origins_of
from stimuli.manifest import Stimulus


def summary(
    stimuli: Sequence[Stimulus],
    pairs: Sequence[ShownPair],
    fillers: Sequence[ShownPair],
    left: Sequence[Stimulus],
    report: CheckReport,
) -> tuple[str, ...]:
    """One sentence for each matter: pictures, pairs, problems, what tells origin, rights."""
    return tuple(
        sentence
        for part in (
            _pictures(stimuli),
            _pairs(pairs, fillers, left),
            _problems(report),
            _telling(report),
            _rights(stimuli),
        )
        for sentence in part
    )


def n_of(n: int, noun: str, plural: str = "") -> str:
    """``1 picture``, ``2 pictures``."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def _pictures(stimuli: Sequence[Stimulus]) -> Iterator[str]:
    parts = [
        f"{sum(s.origin == origin for s in stimuli)} {ORIGIN_NAMES[origin]}" for origin in origins_of(stimuli)
    ]
    yield f"The set has {n_of(len(stimuli), 'picture')}: {_and(parts)}."


def _pairs(
    pairs: Sequence[ShownPair], fillers: Sequence[ShownPair], left: Sequence[Stimulus]
) -> Iterator[str]:
    if not pairs:
        yield "No pairs are made yet."
        return
    n_practice = sum(pair.kind == "practice pair" for pair in pairs)
    practice = f", {n_practice} of them for practice" if n_practice else ""
    more = f" and {n_of(len(fillers), 'filler')}" if fillers else ""
    rest = f"{n_of(len(left), 'picture')} {'is' if len(left) == 1 else 'are'} in none" if left else ""
    yield f"They make {n_of(len(pairs), 'pair')}{practice}{more}; {rest or 'no picture is left over'}."


def _problems(report: CheckReport) -> Iterator[str]:
    n_errors = sum(problem.severity == "error" for problem in report.problems)
    n_warnings = len(report.problems) - n_errors
    if n_errors:
        yield (
            f"The check finds {n_of(n_errors, 'error')}: the set should not be shown to anybody "
            "before they are put right."
        )
    elif n_warnings:
        yield f"The check finds no error and {n_of(n_warnings, 'warning')}, listed below."
    else:
        yield "The check finds nothing wrong."


def _telling(report: CheckReport) -> Iterator[str]:
    if report.separations:
        most = report.separations[0]
        yield (
            f"Of all measures {most.measure} tells most: of a real and another picture drawn at random, a "
            f"script that looks at nothing else picks the right one in {100 * most.tells:.0f} of 100 cases "
            f"(AUC {most.tells:.2f}; 50 of 100 is guessing)."
        )


def _rights(stimuli: Sequence[Stimulus]) -> Iterator[str]:
    unlicensed = sum(not s.licence for s in stimuli)
    people = [s for s in stimuli if s.origin != "ai"]
    silent = sum(not s.consent for s in people)
    licence = (
        "Every picture states a licence" if not unlicensed else f"{unlicensed} pictures state no licence"
    )
    if not people:
        yield f"{licence}."
    elif silent:
        yield f"{licence}; {silent} of {n_of(len(people), 'picture')} of real people state no consent."
    else:
        yield f"{licence}; every picture of a real person states on what ground it may be shown."


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
