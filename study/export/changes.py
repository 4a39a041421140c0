"""CHANGES.md of an export: when the study was published, opened, amended and closed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from study.amendment import Change
from study.export.tables import as_time
from study.history import PublishedVersion
from study.models import Study

UNCHECKED = {
    "demo": "This is a demonstration: it was opened without the checks before going live, and has neither an "
    "ethics vote nor a power analysis.",
    "test": "This study was opened without the checks before going live, for a test.",
    "unchecked": "This study was opened by a release that had no checks before going live.",
}


def changes(
    study: Study,
    history: Sequence[PublishedVersion],
    *,
    exported_at: datetime,
    n_trials: int,
    n_participants: int,
) -> str:
    """How the data came to be as they are, the latest first."""
    first, *amendments = history
    entries = [(exported_at, f"exported, {n_trials} planned trials of {n_participants} participants.")]
    if study.closed_at is not None:
        entries.append((study.closed_at, "closed to new participants."))
    if study.opened_at is not None:
        how = UNCHECKED.get(study.opened_as, "Every check before going live had passed.")
        entries.append((study.opened_at, f"opened to participants. {how}"))
    entries += [(version.frozen_at, _amended(version)) for version in reversed(amendments)]
    entries.append((first.frozen_at, _published(first, amended=bool(amendments))))
    # Sorting keeps the order of what happened at the same moment.
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return "# Changes\n\n" + "".join(f"- {as_time(moment)}: {words}\n" for moment, words in entries)


def _published(version: PublishedVersion, *, amended: bool) -> str:
    after = f"{_people(version)} followed it" if amended else "not changed since"
    return f"published with the protocol hash `{version.protocol_hash}`; {after}."


def _amended(version: PublishedVersion) -> str:
    """The amendment with reason and every difference, indented below its entry."""
    lines = "".join(f"\n  - {_change(change)}" for change in version.changes)
    return (
        f"amended, version {version.number}, protocol hash `{version.protocol_hash}`; "
        f"{_people(version)} followed it. Reason: {version.reason}{lines}"
    )


def _change(change: Change) -> str:
    if not change.diff:
        return str(change)
    diff = "\n".join(f"    {line}".rstrip() for line in change.diff.splitlines())
    return f"{change.path}:\n\n    ```diff\n{diff}\n    ```\n"


def _people(version: PublishedVersion) -> str:
    return "1 participant" if version.n_participants == 1 else f"{version.n_participants} participants"
