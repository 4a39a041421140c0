"""A check as people read it on a terminal: problems by kind, then a table of confounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stimuli.check.report import CheckReport
from stimuli.confounds import Confounds, Separation
from stimuli.leaks.told import CHANCE, TELLING_SHARE, pairs_together, together
from stimuli.problem import Problem

SHOWN_OF_A_KIND = 3

_HEADINGS = {"error": "Errors: the set is not fit for a study", "warning": "Warnings: weigh them"}


def printed(report: CheckReport, *, all_problems: bool = False) -> Iterator[str]:
    """Lines of text: errors, warnings, tables. Of problems alike, the first few unless all are wanted."""
    at_most = len(report.problems) if all_problems else SHOWN_OF_A_KIND
    for severity, heading in _HEADINGS.items():
        of_severity = [p for p in report.problems if p.severity == severity]
        if of_severity:
            yield from ("", heading)
            for alike in _alike(of_severity):
                yield from _group(alike, at_most)
    for confounds in report.confounds:
        yield ""
        yield from _table(confounds)


def _alike(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Problems of one kind with one remedy, in the order in which they first occur."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.kind, problem.remedy), []).append(problem)
    return list(groups.values())


def _group(alike: Sequence[Problem], at_most: int) -> Iterator[str]:
    kind, remedy = alike[0].kind or "other", alike[0].remedy
    yield f"  {kind}{f' ({len(alike)})' if len(alike) > 1 else ''}: {remedy}"
    for problem in alike[:at_most]:
        yield f"    - {problem.file}{': ' if problem.file else ''}{problem.sentence}"
    if len(alike) > at_most:
        yield f"    … and {len(alike) - at_most} more (--all lists them)"


def _table(confounds: Confounds) -> Iterator[str]:
    yield (
        f"What tells {confounds.other} from real without looking at the face: "
        f"{confounds.n_real} real, {confounds.n_other} {confounds.other}"
    )
    yield "AUC .5 tells nothing, 1 everything; * beyond chance, allowing for the number of measures"
    in_pairs = {tally.measure: tally for tally in confounds.pairs}
    head = ("", "AUC", "95 %", "", f"{confounds.other} is", f"median {confounds.other}", "median real")
    rows = [head + (("in pairs",) if in_pairs else ())]
    for found in _varying(confounds):
        tally = in_pairs.get(found.measure)
        row = _row(found)
        rows.append((*row, f"{tally.n_told:g} of {tally.n_pairs}" if tally else "") if in_pairs else row)
    yield from _aligned(rows)
    if same := [found.measure for found in confounds.separations if not found.varies]:
        yield f"  the same in all pictures: {', '.join(same)}"
    yield ""
    yield from _sentences(confounds)


def _varying(confounds: Confounds) -> list[Separation]:
    return [found for found in confounds.separations if found.varies]


def _row(found: Separation) -> tuple[str, ...]:
    low, high = found.tells_between
    star = "*" if found.p_adjusted <= CHANCE else ""
    medians = f"{found.median_other:.3g}", f"{found.median_real:.3g}"
    return found.measure, _auc(found.tells), f"{_auc(low)}-{_auc(high)}", star, found.direction, *medians


def _auc(share: float) -> str:
    return f"{share:.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if i in (0, 4) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(["", first, *rest]).rstrip()


def _sentences(confounds: Confounds) -> Iterator[str]:
    """What a reader should take away: the best single measure, all of them, and pairs."""
    varying = _varying(confounds)
    if varying:
        best = varying[0]
        low, high = best.tells_between
        yield (
            f"A script tells {confounds.other} from real with AUC {_auc(best.tells)} [{_auc(low)}, "
            f"{_auc(high)}] from {best.measure} alone."
        )
    else:
        yield "No measure differs between pictures."
    if confounds.together:
        yield _sentence(together(confounds))
    if confounds.pairs:
        tally = confounds.pairs[0]
        yield (
            f"Within pairs it is right in {tally.n_told:g} of {tally.n_pairs} by taking the picture with the "
            f"{tally.direction} {tally.measure}."
        )
    if confounds.pairs_together:
        yield _sentence(pairs_together(confounds))
    n_telling = sum(s.tells >= TELLING_SHARE and s.p_adjusted <= CHANCE for s in varying)
    if n_telling:
        yield (
            f"{n_telling} of {len(varying)} measures tell from AUC {_auc(TELLING_SHARE)} on: "
            "what a study finds about real and other pictures may be about these."
        )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
