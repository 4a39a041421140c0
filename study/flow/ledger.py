"""Link every stored record to the chain of its session, and every session to the register of its study."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm.attributes import set_committed_value

from study.chain import Entry, link
from study.database import add_rows
from study.erasures import digest
from study.models import Event, LedgerEntry, RegisterEntry, Session, Study
from study.prepared import Prepared
from study.records import CODE, END, EVENT, code_content, end_content, event_content, moment


def add_link(
    db: DatabaseSession,
    session: Session,
    kind: str,
    content: Mapping[str, Any],
    *,
    at: datetime,
    name: str = "",
    number: int | None = None,
) -> int:
    """Put a record at the end of the session's chain; returns its place there, from 1.

    It belongs into the transaction that stores the record. ``session`` is locked by the caller; if it were
    not, two writers would want the same place, and the database refuses the second one.
    """
    sequence = session.chain_length + 1
    head = link(session.chain_head, Entry(sequence, kind, name, number, moment(at)), content)
    row = {"session_id": session.id, "sequence": sequence, "number": number, "kind": kind, "name": name}
    add_rows(db, LedgerEntry, [{**row, "link": head, "at": at}])
    session.chain_head, session.chain_length = head, sequence
    return sequence


def add_event(
    db: DatabaseSession,
    session: Session,
    kind: str,
    *,
    now: datetime,
    number: int | None = None,
    position: int | None = None,
    at_ms: float | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Keep something that happened; ``number`` None: the server noticed it by itself."""
    event = {
        "number": number,
        "kind": kind,
        "position": position,
        "at_ms": at_ms,
        "received_at": now,
        "detail": dict(detail or {}),
    }
    sequence = add_link(db, session, EVENT, event_content(event), at=now, name=kind, number=number)
    add_rows(db, Event, [{**event, "session_id": session.id, "sequence": sequence}])


def add_end(db: DatabaseSession, session: Session, *, now: datetime) -> None:
    """Keep how a session ended; its status has been set."""
    ended = {"status": session.status, "completed_at": session.completed_at}
    add_link(db, session, END, end_content(ended), at=now)


def add_code(db: DatabaseSession, session: Session, *, now: datetime) -> None:
    """Keep that a withdrawal code was given; its digest has been set."""
    given = {"withdrawal_code_hash": session.withdrawal_code_hash}
    add_link(db, session, CODE, code_content(given), at=now)


_REGISTER = Prepared(
    select(Study.register_head, Study.register_length)
    .where(Study.id == bindparam("of_study"))
    .with_for_update(key_share=True)
)
_REGISTERED = Prepared(
    update(cast(Table, Study.__table__))
    .where(Study.id == bindparam("of_study"))
    .values(register_head=bindparam("head"), register_length=bindparam("length"))
)


def lock_register(db: DatabaseSession, study: Study) -> None:
    """Let nobody else begin or erase a session of the study until the transaction ends.

    Before anything else that others may wait for: whoever holds a place or has begun a session already, and
    then waits here, could wait for ever.
    """
    db.flush()
    row = _REGISTER.first(db.connection(), {"of_study": study.id})
    set_committed_value(study, "register_head", row.register_head)
    set_committed_value(study, "register_length", row.register_length)


def register(db: DatabaseSession, study: Study, kind: str, session: str, *, at: datetime) -> None:
    """Note in the study's register that a session was begun or erased; lock_register was called.

    Only the sha256 of its random identifier is kept, as in the erasure log.
    """
    sequence, name = study.register_length + 1, digest(session)
    head = link(study.register_head, Entry(sequence, kind, name, None, moment(at)), {})
    row = {"study_id": study.id, "sequence": sequence, "kind": kind, "name": name, "link": head, "at": at}
    add_rows(db, RegisterEntry, [row])
    _REGISTERED.change(db.connection(), {"of_study": study.id, "head": head, "length": sequence})
    set_committed_value(study, "register_head", head)
    set_committed_value(study, "register_length", sequence)
