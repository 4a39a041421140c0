"""Where the numbers come from: hashes, versions of protocol and software, seed, checksums of every file."""

from __future__ import annotations

import hashlib

import pandas as pd

from analysis.provenance import Provenance
from analysis.report.apa import listed
from analysis.report.content import Column, Paragraph, Part, Section, Table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rounding import count
from analysis.software import software_versions
from analysis.wording import OPENED_WORDS


def section(inputs: Inputs) -> Section:
    provenance = inputs.dataset.provenance
    parts: list[Part] = [_facts(inputs)]
    if len(provenance.versions) > 1:
        parts.append(versions_table(inputs))
    parts += [Paragraph(_software_words(provenance)), _software(provenance)]
    if provenance.file_sha256:
        parts.append(_checksums(provenance))
    parts.append(
        Paragraph(
            "`facevalue analysis verify EXPORT REPORT` compares these hashes and versions, computes every "
            "number again and names each one that differs.",
            tone="note",
        )
    )
    return Section("provenance", "Where this comes from", tuple(parts), references=("owen2007",))


def _facts(inputs: Inputs) -> Table:
    provenance, protocol = inputs.dataset.provenance, inputs.protocol
    sessions = inputs.dataset.participants["namespace"].value_counts()
    counts = listed([f"{name} {count(n)}" for name, n in sessions.items()])
    rows = [
        ("Study", provenance.study),
        ("Exported", provenance.exported_at or "read from a table, not from an export"),
        ("Protocol, sha256", provenance.protocol_hash or "none: no protocol was frozen"),
        ("Stimulus set, sha256", protocol.set_sha256 or "not stated"),
        ("Sessions in the export", f"{counts}; this report is about {inputs.exclusions.namespace} sessions"),
        (
            "Bootstrap",
            f"{count(inputs.n_resamples)} resamples of participants and pairs, seed {inputs.seed}; "
            "percentile intervals, on the careful side",
        ),
    ]
    if opened := OPENED_WORDS.get(provenance.opened_as):
        rows.insert(2, ("Opened", opened))
    if inputs.measures is not None:
        digest = hashlib.sha256(inputs.measures.read_bytes()).hexdigest()
        rows.append(("Measures of the pictures, sha256", digest))
    data = pd.DataFrame(rows, columns=["fact", "value"])
    columns = (Column("fact", "Fact"), Column("value", "Value"))
    return Table("provenance", "Data and settings.", data, columns)


def versions_table(inputs: Inputs) -> Table:
    """Every version of the protocol, and how many of the sessions in this report began under it."""
    followed = inputs.everything.participants["protocol_hash"].value_counts()
    rows = [
        {
            "version": version.number,
            "frozen_at": version.frozen_at,
            "n_participants": version.n_participants,
            "n_in_report": int(followed.get(version.protocol_hash, 0)),
            "reason": version.reason,
            "changed": "; ".join(version.changed),
            "protocol_hash": version.protocol_hash,
        }
        for version in inputs.dataset.provenance.versions
    ]
    columns = (
        Column("version", "Version", "count"),
        Column("frozen_at", "Frozen (UTC)"),
        Column("n_participants", "Participants in the study", "count"),
        Column("n_in_report", "In this report", "count"),
        Column("reason", "Reason of the amendment"),
        Column("protocol_hash", "sha256", "code"),
    )
    return Table("protocol-versions", "Versions of the protocol, oldest first.", pd.DataFrame(rows), columns)


def _software_words(provenance: Provenance) -> str:
    collected = [f"{name} {quoted(version)}" for name, version in provenance.software.items()]
    analysed = [f"{name} {quoted(version)}" for name, version in software_versions().items()]
    tools = listed(collected) if collected else "other software"
    return f"Collected with {tools}. Analysed with {listed(analysed)}."


def _software(provenance: Provenance) -> Table:
    rows = [("collected with", name, version) for name, version in provenance.software.items()]
    rows += [("analysed with", name, version) for name, version in software_versions().items()]
    data = pd.DataFrame(rows, columns=["step", "software", "version"])
    columns = (Column("step", "Step"), Column("software", "Software"), Column("version", "Version"))
    return Table("software", "Versions of the software.", data, columns, folded=True)


def _checksums(provenance: Provenance) -> Table:
    data = pd.DataFrame(list(provenance.file_sha256.items()), columns=["file", "sha256"])
    columns = (Column("file", "File", "code"), Column("sha256", "sha256", "code"))
    return Table("checksums", "Checksums of the export.", data, columns, folded=True)
