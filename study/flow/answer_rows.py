"""The rows that answers add, with their links in the chains of their sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from study.chain import Entry, link
from study.database import within
from study.flow.known_answers import LockedSession, Stored
from study.flow.replacing import plan_replacement
from study.flow.storing_rows import Rows, store_rows
from study.messages import Process, TrialMessage
from study.models import Trial
from study.protocol import Block
from study.records import (
    EVENT,
    PLANNED,
    REPLACEMENT,
    TRIAL,
    event_content,
    moment,
    replacement_content,
    trial_content,
)

_NOT_KNOWN = dict.fromkeys(Process.model_fields)


@dataclass
class NewRows:
    """Rows to be added at ``now``."""

    now: datetime
    _rows: Rows = field(default_factory=Rows)
    _voided: list[tuple[LockedSession, int, Block]] = field(default_factory=list)

    def add_answer(
        self,
        session: LockedSession,
        trial: Stored,
        message: TrialMessage,
        block: Block,
        *,
        number: int | None,
    ) -> None:
        """What was shown on a trial, and what was answered unless it was interrupted."""
        shown = {
            "status": message.status,
            "received_at": self.now,
            **message.presentation.model_dump(),
            **(message.process.model_dump() if message.process else _NOT_KNOWN),
        }
        given = [rating for rating in message.ratings if rating.value != ""]
        ratings = [
            {**rating.model_dump(), "order": order, "received_at": self.now}
            for order, rating in enumerate(given if message.status != "interrupted" else [], start=1)
        ]
        before = {"position": trial.position, "block_restarts": trial.block_restarts}
        content = trial_content({**before, **shown}, ratings)
        self._add_link(session, TRIAL, str(trial.position), number, content)
        self._rows.trials.append({"id": trial.id, **shown})
        self._rows.ratings += [{"trial_id": trial.id, **rating} for rating in ratings]
        if message.status == "interrupted":
            self._voided.append((session, trial.id, block))

    def add_event(
        self,
        session: LockedSession,
        number: int,
        kind: str,
        *,
        position: int | None,
        at_ms: float | None,
        detail: Mapping[str, Any],
    ) -> None:
        """Something that happened besides the answers."""
        event = {
            "number": number,
            "kind": kind,
            "position": position,
            "at_ms": at_ms,
            "received_at": self.now,
            "detail": dict(detail),
        }
        sequence = self._add_link(session, EVENT, kind, number, event_content(event))
        self._rows.events.append({**event, "session_id": session.id, "sequence": sequence})

    def _add_link(
        self, session: LockedSession, kind: str, name: str, number: int | None, content: Mapping[str, Any]
    ) -> int:
        """Put a record at the end of the session's chain, as study.flow.ledger does; returns its place."""
        sequence = session.chain_length + 1
        head = link(session.chain_head, Entry(sequence, kind, name, number, moment(self.now)), content)
        row = {"session_id": session.id, "sequence": sequence, "number": number, "kind": kind, "name": name}
        self._rows.links.append({**row, "link": head, "at": self.now})
        session.chain_head, session.chain_length = head, sequence
        return sequence

    def write(self, db: Connection, seen: Iterable[LockedSession]) -> None:
        """Write everything, and that these sessions were seen."""
        self._replace_voided(db)
        self._rows.sessions = [
            {
                "id": session.id,
                "last_seen_at": self.now,
                "chain_head": session.chain_head,
                "chain_length": session.chain_length,
            }
            for session in seen
        ]
        store_rows(db, self._rows, now=self.now)

    def _replace_voided(self, db: Connection) -> None:
        """Add the trials that stand in for interrupted ones, where their block asks for it."""
        if not self._voided:
            return
        with within(db) as orm:
            for session, trial, block in self._voided:
                added = plan_replacement(orm, orm.get_one(Trial, trial), block)
                if added is None:
                    continue
                content = replacement_content({name: getattr(added, name) for name in PLANNED})
                self._add_link(session, REPLACEMENT, str(added.position), None, content)
                orm.flush()
