"""Make one export of those of several labs that ran the same protocol."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session as DatabaseSession

from study.amendment import Snapshot, compare
from study.database import migrate, open_engine, writing
from study.export import Selection, export_study
from study.importing.bringing_back import read_checked
from study.importing.checking import Checked
from study.importing.facts import NO_REGISTER, Facts, as_json
from study.importing.problems import ImportRefused, Problem, Problems
from study.importing.writing import (
    Standing,
    add_departures,
    add_sessions,
    add_stimuli,
    add_study,
    version_row,
)
from study.models import NAMESPACES, ProtocolVersion

#: Differences of two protocols that are told.
MOST_CHANGES = 5

#: Sessions that are named when they are in two exports.
MOST_SESSIONS = 10

#: How little was checked before a study was opened; what several labs did is as good as the least of it.
_OPENED_AS = ("demo", "test", "unchecked", "study")


@dataclass(frozen=True)
class Lab:
    """One export to be merged, and the name of the lab it is from."""

    name: str
    folder: Path
    checked: Checked

    @property
    def facts(self) -> Facts:
        return self.checked.source.facts

    @property
    def hashes(self) -> list[str]:
        return [version.protocol_hash for version in self.facts.protocol_versions]


@dataclass(frozen=True)
class Merged:
    """What was written: the folder, rows per table, and people by lab."""

    folder: Path
    study: str
    protocol_hash: str
    counts: Mapping[str, int]
    people: Mapping[str, int]


def merge_exports(
    folders: Sequence[Path], target: Path, *, now: datetime, labs: Sequence[str] = ()
) -> Merged:
    """Write one export folder of several exports of the same protocol, in the order in which they are given.

    ``labs`` names them; without it they are named after their folders. An export that is itself a merged
    one keeps the names it has. Raises ImportRefused with every problem: in each of the folders, protocols
    that differ by more than amendments which one of them has and the other has not yet, a session that is
    in two of them, names that are not one each.
    """
    sources = _read(folders, labs)
    problems = [*_alike(sources), *_same_pictures(sources)]
    problems += list(_twice(sources)) or list(_names(sources))
    if problems:
        raise ImportRefused(problems)
    with tempfile.TemporaryDirectory(prefix="facevalue-merge-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'merged.sqlite'}")
        try:
            migrate(engine)
            with writing(engine) as db:
                _write(db, sources, now)
            namespaces = {name for lab in sources for name in lab.facts.namespaces}
            summary = export_study(
                engine,
                sources[0].facts.study,
                target,
                now=now,
                selection=Selection(tuple(name for name in NAMESPACES if name in namespaces)),
            )
        finally:
            engine.dispose()
    people = Counter(lab for one in sources for lab in _labs_of_people(one))
    return Merged(summary.folder, summary.study, summary.protocol_hash, summary.counts, people)


def _labs_of_people(lab: Lab) -> Iterator[str]:
    yield from (row["lab"] or lab.name for _, row in lab.checked.people.values())


def _read(folders: Sequence[Path], labs: Sequence[str]) -> list[Lab]:
    if len(folders) < 2:
        raise ImportRefused([f"expected at least two exports to merge, found {len(folders)}"])
    if labs and len(labs) != len(folders):
        raise ImportRefused([f"--lab: expected {len(folders)} names, one for each export, found {len(labs)}"])
    found: list[Problem] = []
    sources = []
    for name, folder in zip(labs or [_name(folder) for folder in folders], folders, strict=True):
        problems = Problems()
        checked = read_checked(folder, problems)
        found += [replace(one, file=str(folder / one.file)) for one in problems.found]
        if checked is not None:
            sources.append(Lab(name, folder, checked))
    if found:
        raise ImportRefused(found)
    return sources


def _name(folder: Path) -> str:
    return folder.resolve().name


# ---- may they be merged? ----


def _alike(sources: Sequence[Lab]) -> Iterator[str]:
    """Every export that is of another study or protocol than the first with the most versions."""
    longest = _longest(sources)
    for lab in sources:
        if lab.facts.study != longest.facts.study:
            yield (
                f"{lab.folder}: expected the study {longest.facts.study} as in {longest.folder}, found "
                f"{lab.facts.study}; merge exports of one study only"
            )
        elif lab.hashes != longest.hashes[: len(lab.hashes)]:
            yield _other_protocol(lab, longest)


def _longest(sources: Sequence[Lab]) -> Lab:
    return max(sources, key=lambda lab: len(lab.hashes))


def _other_protocol(lab: Lab, longest: Lab) -> str:
    both = zip(lab.checked.source.versions, longest.checked.source.versions, strict=False)
    one, other = next((a, b) for a, b in both if a.facts.protocol_hash != b.facts.protocol_hash)
    changes = compare(Snapshot(other.canonical, other.texts), Snapshot(one.canonical, one.texts))
    told = [change.path if change.diff else str(change) for change in changes[:MOST_CHANGES]]
    more = len(changes) - len(told)
    differences = "; ".join(told) + (f"; and {more} more" if more > 0 else "")
    return (
        f"{lab.folder}: expected the protocol {other.facts.protocol_hash} of {longest.folder} as version "
        f"{one.facts.number}, found {one.facts.protocol_hash} ({differences}); only exports of one protocol, "
        "or of one that an amendment made of it, can be merged"
    )


def _same_pictures(sources: Sequence[Lab]) -> Iterator[str]:
    """The protocol names the pictures by the hash of their set, so only a hand can have changed the table."""
    first = sources[0]
    known = {row["stimulus"]: _told(row) for row in first.checked.stimuli}
    for lab in sources[1:]:
        if lab.facts.study != first.facts.study:
            continue
        for row in lab.checked.stimuli:
            expected = known.get(row["stimulus"])
            if _told(row) != expected:
                columns = [name for name, value in _told(row).items() if (expected or {}).get(name) != value]
                yield (
                    f"{lab.folder}: expected the stimulus {row['stimulus']} as in {first.folder}, found "
                    f"another {', '.join(columns)}; export the study again"
                )


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "protocol_hash"}


def _names(sources: Sequence[Lab]) -> Iterator[str]:
    folders: dict[str, Path] = {}
    for lab in sources:
        for name in [one.lab for one in lab.facts.merged_from or ()] or [lab.name]:
            if not name.strip() or len(name) > 80:
                expected = "a name of 1 to 80 characters for the lab"
                yield f"{lab.folder}: expected {expected}, found {name!r}; name it with --lab"
            elif name in folders:
                yield (
                    f"{lab.folder}: expected a name of its own for the lab, found {name!r} as for "
                    f"{folders[name]}; name each export with --lab"
                )
            folders[name] = lab.folder


def _twice(sources: Sequence[Lab]) -> Iterator[str]:
    """Exports that are there twice, and sessions that are in two of them."""
    folders: dict[str, Path] = {}
    people: dict[str, Path] = {}
    for lab in sources:
        digest = lab.facts.sha256sums
        if digest in folders:
            yield f"{lab.folder}: expected another export, found the one of {folders[digest]}; give each once"
            continue
        folders[digest] = lab.folder
        shared: dict[Path, list[str]] = {}
        for session in lab.checked.people:
            if session in people:
                shared.setdefault(people[session], []).append(session)
        for folder, sessions in shared.items():
            named = ", ".join(sessions[:MOST_SESSIONS])
            more = f" and {len(sessions) - MOST_SESSIONS} more" if len(sessions) > MOST_SESSIONS else ""
            yield (
                f"{lab.folder}: expected sessions of its own, found {named}{more}, which are in {folder} too;"
                " leave one of the two exports out"
            )
        people |= dict.fromkeys(lab.checked.people, lab.folder)


# ---- the merged study ----


def _write(db: DatabaseSession, sources: Sequence[Lab], now: datetime) -> None:
    came_from = {
        "register": NO_REGISTER.model_dump(),
        "merged_from": [source for lab in sources for source in _came_from(lab)],
    }
    study = add_study(
        db,
        list(_versions(sources)),
        _standing([lab.facts for lab in sources]),
        slug=sources[0].facts.study,
        came_from=came_from,
        now=now,
    )
    add_stimuli(db, study, _with_all_practice(sources))
    for lab in sources:
        add_departures(db, study, lab.checked)
        add_sessions(db, study, lab.checked, lab=lab.name)


def _with_all_practice(sources: Sequence[Lab]) -> Checked:
    practice = {pair for lab in sources for pair in lab.checked.practice}
    return replace(sources[0].checked, practice=practice)


def _came_from(lab: Lab) -> list[dict[str, Any]]:
    if lab.facts.merged_from:
        return [as_json(one) for one in lab.facts.merged_from]
    return [as_json(lab.facts, lab=lab.name)]


def _versions(sources: Sequence[Lab]) -> Iterator[ProtocolVersion]:
    """Every version as the first lab that has it froze it, and when the earliest did."""
    for place in range(len(_longest(sources).hashes)):
        there = [lab.checked.source.versions[place] for lab in sources if len(lab.hashes) > place]
        frozen_at = min(version.facts.frozen_at for version in there)
        reason = next((version.facts.reason for version in there if version.facts.reason), "")
        yield version_row(there[0], frozen_at=frozen_at, reason=reason)


def _standing(facts: Sequence[Facts]) -> Standing:
    """From the first opening to the last closing; readiness is each lab's own, and with its source."""
    opened = [one for one in facts if one.opened_at is not None]
    closed = [one.closed_at for one in opened if one.closed_at is not None]
    opened_as = [one.opened_as for one in opened if one.opened_as]
    return Standing(
        published_at=min(one.published_at for one in facts),
        opened_at=min((one.opened_at for one in opened if one.opened_at), default=None),
        closed_at=max(closed) if closed and len(closed) == len(opened) else None,
        opened_as=min(opened_as, key=_OPENED_AS.index, default=""),
        readiness=[],
    )
