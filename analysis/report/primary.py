"""The claims declared primary, in words, and which of them a report does not test."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.claims.wording import CLAIM_TEXTS
from analysis.protocol import Protocol
from analysis.report.content import Section, Table
from analysis.wording import made_faces


def primary_claims(protocol: Protocol) -> tuple[str, ...]:
    """What the primary claims say, in the order in which they were declared."""
    made = made_faces(protocol.stimulus_kind)
    return tuple(
        CLAIM_TEXTS[claim].format(made=made) for claim in protocol.analysis.primary if claim in CLAIM_TEXTS
    )


def untested_primary(sections: Iterable[Section]) -> tuple[str, ...]:
    """Claim and reason of every primary claim in the table of those not tested."""
    tables = [part for section in sections for part in section.parts if isinstance(part, Table)]
    rows = [
        row for table in tables if table.name == "claims-not-tested" for row in table.data.to_dict("records")
    ]
    return tuple(f"{row['claim']}. {row['reason']}" for row in rows if row["primary"])
