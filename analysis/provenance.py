"""Where the data of an export come from: hashes, versions of the protocol, dates, as it states them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.problems import Problem
from analysis.protocol import PROTOCOL_FILE

PACKAGE = "datapackage.json"
_RESTORE = "restore the file from the original export, or export the study again"


@dataclass(frozen=True)
class ProtocolVersion:
    """One version of the protocol; ``reason`` says why it was amended, empty for the first.

    ``n_participants`` is None where the export does not say how many followed it. ``changed`` lists what
    differs from the version before.
    """

    number: int
    protocol_hash: str
    frozen_at: str
    reason: str
    n_participants: int | None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """What an export says of itself. ``protocol_hash`` is the current one, ``versions`` all, oldest first.

    ``opened_as`` is study where every check before going live had passed; demo, test or unchecked where
    there were none; empty where the export does not say.
    """

    study: str
    title: str
    protocol_hash: str
    exported_at: str
    software: Mapping[str, str]
    file_sha256: Mapping[str, str]
    versions: tuple[ProtocolVersion, ...] = ()
    opened_as: str = ""

    @property
    def collected_elsewhere(self) -> bool:
        """Whether the data come from a table of other software: then no protocol was frozen."""
        return not self.protocol_hash

    @property
    def protocol_hashes(self) -> frozenset[str]:
        """The hashes a row may carry."""
        return frozenset({self.protocol_hash, *(version.protocol_hash for version in self.versions)})


def read_provenance(package: Any, checksums: Mapping[str, str], problems: list[Problem]) -> Provenance:
    """What datapackage.json says under ``facevalue``; what is missing is added to ``problems``."""
    facts = package.get("facevalue") if isinstance(package, Mapping) else None
    if not isinstance(facts, Mapping):
        problems.append(Problem(PACKAGE, "the key facevalue", "no such key", _RESTORE))
        facts = {}
    for key in ("protocol_hash", "study", "title", "exported_at"):
        if facts and not isinstance(facts.get(key), str):
            expected = f"text under facevalue.{key}"
            problems.append(Problem(PACKAGE, expected, repr(facts.get(key)), _RESTORE))
    software = facts.get("software")
    releases = software if isinstance(software, Mapping) else {}
    return Provenance(
        study=str(facts.get("study", "")),
        title=str(facts.get("title", "")),
        protocol_hash=str(facts.get("protocol_hash", "")),
        exported_at=str(facts.get("exported_at", "")),
        software={str(name): str(version) for name, version in releases.items()},
        file_sha256=dict(sorted(checksums.items())),
        versions=_versions(facts.get("protocol_versions"), problems),
        opened_as=str(facts.get("opened_as") or ""),
    )


def _versions(listed: Any, problems: list[Problem]) -> tuple[ProtocolVersion, ...]:
    """Every version; none where an export lists none, as those of earlier releases and simulations do."""
    if listed is None:
        return ()
    if not isinstance(listed, list):
        problems.append(Problem(PACKAGE, "a list under facevalue.protocol_versions", repr(listed), _RESTORE))
        return ()
    found = []
    for place, entry in enumerate(listed, start=1):
        facts = entry if isinstance(entry, Mapping) else {}
        number, digest = facts.get("number"), facts.get("protocol_hash")
        if not isinstance(number, int) or not isinstance(digest, str):
            expected = f"number and protocol_hash in facevalue.protocol_versions[{place}]"
            problems.append(Problem(PACKAGE, expected, repr(entry), _RESTORE))
            continue
        people = facts.get("participants")
        found.append(
            ProtocolVersion(
                number=number,
                protocol_hash=digest,
                frozen_at=str(facts.get("frozen_at", "")),
                reason=str(facts.get("reason", "")),
                n_participants=people if isinstance(people, int) else None,
            )
        )
    return tuple(found)


def other_protocol_files(folder: Path, provenance: Provenance) -> Iterator[Problem]:
    """Frozen protocols in the folder that are not those whose hashes datapackage.json states.

    The protocol hash is the sha256 of the frozen JSON; the current one lies in ``protocol/``, and where
    there were amendments each version lies in a folder of its own besides.
    """
    if (folder / PROTOCOL_FILE).is_file():
        yield from _other_protocol(folder, PROTOCOL_FILE, provenance.protocol_hash)
    if len(provenance.versions) < 2:
        return
    for version in provenance.versions:
        name = f"protocol/versions/{version.number}/protocol.json"
        if (folder / name).is_file():
            yield from _other_protocol(folder, name, version.protocol_hash)
        else:
            yield Problem(name, f"version {version.number} of the protocol", "no such file", _RESTORE)


def _other_protocol(folder: Path, name: str, protocol_hash: str) -> Iterator[Problem]:
    actual = hashlib.sha256((folder / name).read_bytes().strip()).hexdigest()
    if actual != protocol_hash:
        expected = f"the protocol whose sha256 {PACKAGE} states, {protocol_hash[:12]}…"
        yield Problem(name, expected, f"one with {actual[:12]}…", _RESTORE)
