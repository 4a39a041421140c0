"""What the study says, in a few lines before anything else: the verdicts on its primary claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.report.apa import counted, listed
from analysis.report.assemble import Report
from analysis.report.content import Table, quoted
from analysis.report.primary import untested_primary
from analysis.report.rounding import level_words, number, p_words, signed


@dataclass(frozen=True)
class Finding:
    """A primary claim: its verdict, the finding in a sentence, and the number it stands on."""

    verdict: str
    sentence: str
    numbers: str


@dataclass(frozen=True)
class Summary:
    """Findings on the primary claims, and what is to be said of all other claims."""

    findings: tuple[Finding, ...]
    others: str


def summary_of(report: Report) -> Summary:
    """From the table of claims; primary claims that could not be tested say so."""
    rows = [
        row
        for table in report.parts(Table)
        if table.name == "claims"
        for row in table.data.to_dict("records")
    ]
    primary = [_finding(row) for row in rows if row["primary"]]
    primary += [Finding("not tested", quoted(words), "") for words in untested_primary(report.sections)]
    return Summary(tuple(primary), _others([row for row in rows if not row["primary"]], bool(primary)))


def _finding(row: Mapping[Any, Any]) -> Finding:
    unit = "" if row["unit"] == "z" else f" {row['unit']}"
    name = "Δd′ = " if row["unit"] == "z" else ""
    p = row["p"] if row["p_holm"] is None or row["p_holm"] != row["p_holm"] else row["p_holm"]
    interval = f"{level_words(row['level'])} CI [{number(row['low'])}, {number(row['high'])}]"
    known = row["low"] == row["low"]
    parts = [f"{name}{signed(row['estimate'])}{unit}", *([interval, p_words(p)] if known else [])]
    return Finding(row["verdict"], _first(row["sentence"]), ", ".join(parts))


def _first(sentences: str) -> str:
    """The finding itself, without what an ordinal model says of it."""
    return sentences.partition(". ")[0].rstrip(".") + "."


def _others(rows: Iterable[Mapping[Any, Any]], any_primary: bool) -> str:
    verdicts = Counter(row["verdict"] for row in rows)
    if not verdicts:
        return "" if any_primary else "No claim could be tested."
    n = counted(verdicts.total(), "further claim" if any_primary else "claim")
    told = listed([f"{many} {verdict}" for verdict, many in verdicts.items()])
    start = "" if any_primary else "No claim was declared as primary. "
    return f"{start}{n} tested as exploratory, without correction: {told}."
