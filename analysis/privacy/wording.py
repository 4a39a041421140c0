"""The privacy check as a page of text that a lab can keep."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.privacy.check import PrivacyCheck
from analysis.privacy.finding import Finding, counted, people

WIDTH = 100
_LABEL = 9


def privacy_text(check: PrivacyCheck, export: Path) -> str:
    """What was found, the gravest first; each with where, why, what to do and the command."""
    return "\n".join(_lines(check, export)) + "\n"


def _lines(check: PrivacyCheck, export: Path) -> Iterator[str]:
    who = counted(check.n_people, "robot") if check.only_robots else people(check.n_people)
    yield f"Before publishing {export}: {check.title}, {who}"
    yield f"{check.count('stop')} to stop for, {check.count('look')} to look at, {check.count('fine')} fine."
    if check.only_robots:
        yield from _wrapped(
            "There are only robots in it: this shows what the same answers of people would mean.", ""
        )
    for finding in check.findings:
        if finding.severity != "fine":
            yield ""
            yield from _finding(finding, export)
    yield ""
    for finding in check.findings:
        if finding.severity == "fine":
            yield f"FINE   {finding.about}: {finding.found}"
            yield from (f"       {line}" for line in finding.lines)
    yield ""
    yield from _closing(check, export)


def _finding(finding: Finding, export: Path) -> Iterator[str]:
    yield from _wrapped(finding.found, f"{finding.severity.upper():<7}{finding.about}: ", indent=7)
    for label, text in (("where", finding.where), ("why", finding.why), ("do", finding.remedy)):
        if text:
            yield from _wrapped(text, f"       {label:<{_LABEL - 3}}", indent=7 + _LABEL - 3)
    if finding.options:
        command = f"facevalue analysis deidentify {export} NEW {' '.join(finding.options)}"
        yield f"       {'with':<{_LABEL - 3}}{command}"
    yield from (f"         {line}" for line in finding.lines)


def _closing(check: PrivacyCheck, export: Path) -> Iterator[str]:
    options = list(dict.fromkeys(option for finding in check.findings for option in finding.options))
    texts = [name for name in ("--blank-text", "--redact-text") if name in options]
    chosen = [
        option for option in options if option not in texts[1:] and not option.startswith("--drop stimuli")
    ]
    groups = check.together.groups
    if groups.columns:
        yield from _wrapped(
            f"Demographics and device together: {people(groups.n_alone)} alone, {people(groups.n_below)} of "
            f"{groups.n_people} in a group smaller than {groups.k}.",
            "",
        )
    if chosen:
        yield "All of it at once (look at each first):"
        yield from _command(export, chosen)
    yield from _wrapped(
        f"A group smaller than {check.k} people is too small to hide in (--k). No check finds everything: it "
        "cannot know what others know. Ratings and response times themselves are as individual as "
        "handwriting to somebody who holds the original.",
        "",
    )


def _command(export: Path, options: Sequence[str]) -> Iterator[str]:
    """The command over several lines, as a shell takes it; an option and its value stay together."""
    line = f"  facevalue analysis deidentify {export} NEW"
    for option in options:
        if len(line) + len(option) + 3 > WIDTH:
            yield f"{line} \\"
            line = "   "
        line = f"{line} {option}"
    yield line


def _wrapped(text: str, first: str, *, indent: int = 0) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
