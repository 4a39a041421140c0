"""Where the study as it went differs from the study as it was declared; said also where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.report.apa import counted, listed
from analysis.report.content import Column, Paragraph, Part, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.primary import primary_claims, untested_primary
from analysis.report.rounding import count, percent
from analysis.timing import presented_as_planned

_COLUMNS = ["subject", "declared", "found", "deviation"]


def section_after(inputs: Inputs, sections: Sequence[Section]) -> Section:
    """``sections`` are all others, for what they say of primary claims."""
    if inputs.dataset.provenance.collected_elsewhere:
        words = "Nothing was declared with this platform: the data were read from a table."
        return Section("deviations", "Deviations from the protocol", (Paragraph(words),))
    data = pd.DataFrame(list(_lines(inputs, sections)), columns=_COLUMNS)
    deviating = [str(subject) for subject in data.loc[data["deviation"], "subject"]]
    summary = (
        f"**Deviations: {listed([one.lower() for one in deviating])}.** The table says what was declared and "
        "what was found."
        if deviating
        else "**None.** Everything listed here went as it was declared."
    )
    columns = (
        Column("subject", "Subject"),
        Column("declared", "Declared"),
        Column("found", "Found"),
        Column("deviation", "Deviation", "yes"),
    )
    parts: list[Part] = [
        Paragraph(summary),
        Table("deviations", "The protocol against what happened.", data, columns),
    ]
    if len(inputs.dataset.provenance.versions) > 1:
        parts.append(_amendments(inputs))
    return Section("deviations", "Deviations from the protocol", tuple(parts))


def _lines(inputs: Inputs, sections: Sequence[Section]) -> Iterator[tuple[str, str, str, bool]]:
    yield _amended(inputs)
    yield from _sample_size(inputs)
    yield from _stopping(inputs)
    yield _completed(inputs)
    yield _shown(inputs)
    yield from _cells(inputs)
    yield _primary(inputs, sections)
    yield _settings(inputs)


def _amended(inputs: Inputs) -> tuple[str, str, str, bool]:
    versions = inputs.dataset.provenance.versions
    hashes = inputs.everything.participants["protocol_hash"].nunique()
    if len(versions) < 2:
        found = "no amendment"
    else:
        amendments, held = counted(len(versions) - 1, "amendment"), counted(hashes, "version")
        found = f"{amendments}; this report holds sessions under {held}"
    return "Amendments", "one protocol, frozen before the data", found, len(versions) > 1


def _sample_size(inputs: Inputs) -> Iterator[tuple[str, str, str, bool]]:
    target = inputs.protocol.declared.target
    if target is None:
        return
    completed = int((inputs.everything.participants["status"] == "completed").sum())
    found = f"{counted(completed, 'completed session')}, {len(inputs.kept.participants)} after exclusions"
    yield "Number of participants", f"{target} completed sessions", found, completed != target


def _stopping(inputs: Inputs) -> Iterator[tuple[str, str, str, bool]]:
    declared, people = inputs.protocol.declared, inputs.everything.participants
    if declared.most_started is not None:
        began = int(people["started_at"].notna().sum())
        most = declared.most_started
        yield "Most people who begin", f"at most {most}", f"{began} began", began > most
    if declared.last_day:
        last = people["consented_at"].max()
        day = "nobody began" if pd.isna(last) else f"{last:%Y-%m-%d}"
        yield "Last day to begin", declared.last_day, day, not pd.isna(last) and day > declared.last_day


def _completed(inputs: Inputs) -> tuple[str, str, str, bool]:
    trials = inputs.everything.trials
    before = _planned_trials(inputs)
    share = len(trials) / before if before else 0.0
    found = f"{count(len(trials))} of {count(before)} ({percent(share)}\u00a0%) were shown"
    return "Trials planned for these sessions", "all shown", found, len(trials) != before


def _planned_trials(inputs: Inputs) -> int:
    """Target trials of the sessions in this report, those never shown among them."""
    trials = inputs.dataset.trials
    people = set(inputs.everything.participants["participant"])
    mine = trials["participant"].isin(people) & (trials["trial_kind"] == "target")
    return int((mine & ~trials["practice"].astype(bool)).sum())


def _shown(inputs: Inputs) -> tuple[str, str, str, bool]:
    verdict = presented_as_planned(inputs.everything.trials)
    wrong, unknown = int((~verdict).fillna(False).sum()), int(verdict.isna().sum())
    found = f"{counted(wrong, 'trial')} not as planned, {count(unknown)} without evidence"
    return "Presentation", "every picture shown for the planned frames", found, wrong > 0


def _cells(inputs: Inputs) -> Iterator[tuple[str, str, str, bool]]:
    declared = inputs.protocol.cells
    if not declared:
        return
    counts = inputs.everything.participants["cell"].value_counts()
    weights = listed([f"{cell.name} {cell.weight}" for cell in declared])
    found = listed([f"{cell.name} {int(counts.get(cell.name, 0))}" for cell in declared])
    unknown = set(counts.index.dropna()) - {cell.name for cell in declared} - {""}
    missing = any(cell.name not in counts for cell in declared)
    yield "Cells", f"places in the ratio {weights}", f"{found} participants", missing or bool(unknown)


def _primary(inputs: Inputs, sections: Sequence[Section]) -> tuple[str, str, str, bool]:
    names, untested = primary_claims(inputs.protocol), untested_primary(sections)
    if not any(section.name == "claims" for section in sections):
        return "Primary claims", "; ".join(names) or "none", "the claims could not be judged", True
    found = "; ".join(f"not tested: {one}" for one in untested) or "all of them tested"
    return "Primary claims", "; ".join(names) or "none", found, bool(untested)


def _settings(inputs: Inputs) -> tuple[str, str, str, bool]:
    rules = inputs.exclusions.rules == inputs.protocol.exclusions
    frozen = inputs.protocol.seed
    found = f"rules {'as declared' if rules else 'changed'}, seed {inputs.seed}"
    declared = "exclusion rules of the protocol" + (f", seed {frozen}" if frozen is not None else "")
    return "Settings of the analysis", declared, found, not rules or frozen not in (None, inputs.seed)


def _amendments(inputs: Inputs) -> Table:
    followed = inputs.everything.participants["protocol_hash"].value_counts()
    rows = [
        {
            "version": version.number,
            "frozen_at": version.frozen_at,
            "reason": version.reason or "the first version",
            "changed": "; ".join(version.changed) or "nothing, or not in the export",
            "n_participants": int(followed.get(version.protocol_hash, 0)),
        }
        for version in inputs.dataset.provenance.versions
    ]
    columns = (
        Column("version", "Version", "count"),
        Column("frozen_at", "Frozen (UTC)"),
        Column("reason", "Reason"),
        Column("changed", "Changed: key, before → after"),
        Column("n_participants", "Participants of this report", "count"),
    )
    return Table(
        "amendments", "Every version of the protocol, and who followed it.", pd.DataFrame(rows), columns
    )
