"""Chain what is stored of each session, and register the sessions of each study

Sessions of earlier releases get their chain from what is stored of them now; its first link says so. The
numbers of messages move from their own table into the ledger.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from study.chain import FIRST, Entry, link
from study.erasures import digest
from study.records import (
    CODE,
    CONSENT,
    DEVICE,
    END,
    EVENT,
    MESSAGE,
    MIGRATION,
    PAGE,
    PLAN,
    TRIAL,
    code_content,
    consent_content,
    device_content,
    end_content,
    event_content,
    moment,
    page_content,
    plan_content,
    trial_content,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ONCE = sa.text("kind NOT IN ('event', 'message')")


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _Chains(op.get_bind()).compute()
    with op.batch_alter_table("events") as events:
        events.alter_column("sequence", existing_type=sa.Integer(), nullable=False)
        events.create_unique_constraint(op.f("uq_events_session_id_sequence"), ["session_id", "sequence"])
        events.drop_index(op.f("ix_events_session_id"))
    with op.batch_alter_table("questionnaire_answers") as answers:
        answers.alter_column("sequence", existing_type=sa.Integer(), nullable=False)
    op.drop_table("messages")


def _make_tables() -> None:
    op.create_table(
        "ledger",
        sa.Column("session_id", sa.Integer(), nullable=False),
        _sequence("Place in the chain, from 1."),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=True,
            comment="Message that brought it, as the participant's browser counts; empty: the server's own.",
        ),
        sa.Column("kind", sa.String(16), nullable=False, comment="What was stored (study.records)."),
        sa.Column(
            "name",
            sa.String(40),
            nullable=False,
            comment="Which one: position of the trial, name of the page, kind of the event.",
        ),
        sa.Column(
            "link", sa.String(64), nullable=False, comment="sha256 of the link before it and the record."
        ),
        _at(),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_ledger_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "sequence", name=op.f("pk_ledger")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_ledger_session_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_ledger_session_id_kind_name",
        "ledger",
        ["session_id", "kind", "name"],
        unique=True,
        sqlite_where=_ONCE,
        postgresql_where=_ONCE,
    )
    op.create_table(
        "register",
        sa.Column("study_id", sa.Integer(), nullable=False),
        _sequence("Place in the register, from 1."),
        sa.Column(
            "kind",
            sa.String(16),
            nullable=False,
            comment="begun, withdrawn, purged, or migration: older than the register.",
        ),
        sa.Column(
            "name", sa.String(64), nullable=False, comment="sha256 of the session's random identifier."
        ),
        sa.Column(
            "link", sa.String(64), nullable=False, comment="sha256 of the link before it and this entry."
        ),
        _at(),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_register_study_id")),
        sa.PrimaryKeyConstraint("study_id", "sequence", name=op.f("pk_register")),
    )


def _sequence(comment: str) -> "sa.Column[int]":
    return sa.Column("sequence", sa.Integer(), nullable=False, autoincrement=False, comment=comment)


def _at() -> "sa.Column[datetime]":
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When it was stored, UTC.")


def _add_columns() -> None:
    _add_head(
        "sessions",
        "chain",
        "Last link of the chain over everything stored of the session, sha256.",
        "Links of that chain: records stored.",
    )
    _add_head(
        "studies",
        "register",
        "Last link of the register of sessions.",
        "Entries in the register of sessions.",
    )
    for table, words in (
        ("events", "Link of the session's chain that holds it."),
        ("questionnaire_answers", "Link of the session's chain that holds its page."),
    ):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("sequence", sa.Integer(), nullable=True, comment=words))


def _add_head(table: str, name: str, head: str, length: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.add_column(
            sa.Column(f"{name}_head", sa.String(64), nullable=False, server_default=FIRST, comment=head)
        )
        batch.add_column(
            sa.Column(f"{name}_length", sa.Integer(), nullable=False, server_default="0", comment=length)
        )


Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Record:
    kind: str
    content: dict[str, Any]
    at: datetime
    name: str = ""
    number: int | None = None
    #: Rows that say which link holds them: table and ids.
    holds: tuple[str, tuple[int, ...]] | None = None


class _Chains:
    """The tables as they are at this revision, and the chain of every session in them."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.now = datetime.now(UTC)
        metadata = sa.MetaData()
        self.tables = {
            name: sa.Table(name, metadata, autoload_with=connection)
            for name in (
                "studies",
                "protocol_versions",
                "sessions",
                "trials",
                "ratings",
                "events",
                "questionnaire_answers",
                "messages",
                "ledger",
                "register",
            )
        }
        versions = self.tables["protocol_versions"]
        self.versions = {row["id"]: row for row in self._rows(sa.select(versions))}

    def _rows(self, query: sa.Select[Any]) -> list[Row]:
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def compute(self) -> None:
        sessions = self.tables["sessions"]
        for study in self._rows(sa.select(self.tables["studies"])):
            # Only the identifiers of all sessions are in memory at once.
            of_study = sa.select(sessions.c.id).where(sessions.c.study_id == study["id"])
            ids = list(self.connection.scalars(of_study.order_by(sessions.c.id)))
            head, length = FIRST, 0
            for kind, name, at in self._begun(ids):
                length += 1
                head = link(head, Entry(length, kind, name, None, moment(at)), {})
                self._insert(
                    "register",
                    study_id=study["id"],
                    sequence=length,
                    kind=kind,
                    name=name,
                    link=head,
                    at=_aware(at),
                )
            self._update("studies", study["id"], register_head=head, register_length=length)

    def _begun(self, ids: list[int]) -> Iterator[tuple[str, str, datetime]]:
        sessions = self.tables["sessions"]
        if ids:
            yield MIGRATION, "", self.now
        for one in ids:
            session = self._rows(sa.select(sessions).where(sessions.c.id == one))[0]
            self._chain(session)
            yield "begun", digest(session["session"]), session["consented_at"]

    def _chain(self, session: Row) -> None:
        head, links = FIRST, []
        for length, record in enumerate(self._records(session), start=1):
            entry = Entry(length, record.kind, record.name, record.number, moment(record.at))
            head = link(head, entry, record.content)
            links.append(
                {
                    "session_id": session["id"],
                    "sequence": length,
                    "number": record.number,
                    "kind": record.kind,
                    "name": record.name,
                    "link": head,
                    "at": _aware(record.at),
                }
            )
            if record.holds:
                table = self.tables[record.holds[0]]
                held = sa.update(table).where(table.c.id.in_(record.holds[1]))
                self.connection.execute(held.values(sequence=length))
        self.connection.execute(sa.insert(self.tables["ledger"]), links)
        self._update("sessions", session["id"], chain_head=head, chain_length=len(links))

    def _insert(self, table: str, **values: Any) -> None:
        self.connection.execute(sa.insert(self.tables[table]), values)

    def _update(self, table: str, row: int, **values: Any) -> None:
        changed = self.tables[table]
        self.connection.execute(sa.update(changed).where(changed.c.id == row).values(values))

    def _records(self, session: Row) -> Iterator[_Record]:
        version = self.versions[session["version_id"]]
        yield _Record(MIGRATION, {}, self.now)
        agreed = consent_content(session, protocol_hash=version["protocol_hash"])
        yield _Record(CONSENT, agreed, session["consented_at"])
        begun = session["started_at"] or session["consented_at"]
        if session["device"]:
            yield _Record(DEVICE, device_content(session), begun)
        trials = self._of(session, "trials", "position")
        if session["place"] is not None:
            yield _Record(PLAN, plan_content(session, trials), begun)
        yield from sorted((*self._brought(session, trials), *self._pages(session, version)), key=_order)
        over = session["completed_at"] or session["last_seen_at"]
        if session["status"] not in ("consented", "in_progress"):
            yield _Record(END, end_content(session), over)
        if session["withdrawal_code_hash"]:
            yield _Record(CODE, code_content(session), over)

    def _of(self, session: Row, table: str, order: str) -> list[Row]:
        rows = self.tables[table]
        query = sa.select(rows).where(rows.c.session_id == session["id"])
        return self._rows(query.order_by(rows.c[order]))

    def _brought(self, session: Row, trials: list[Row]) -> Iterator[_Record]:
        """Events and answers with the numbers of the messages that brought them."""
        events = self._of(session, "events", "id")
        for event in events:
            yield _Record(
                EVENT,
                event_content(event),
                event["received_at"],
                name=event["kind"],
                number=event["number"],
                holds=("events", (event["id"],)),
            )
        known = {event["number"] for event in events}
        # It was not kept which message brought which answer. A browser sends them in the order of the
        # trials, and those of one delivery have one time.
        numbers: dict[datetime, list[int]] = {}
        for message in self._of(session, "messages", "number"):
            if message["number"] not in known:
                numbers.setdefault(message["received_at"], []).append(message["number"])
        ratings = self._ratings(session)
        for trial in trials:
            if trial["status"] != "planned":
                waiting = numbers.get(trial["received_at"], [])
                yield _Record(
                    TRIAL,
                    trial_content(trial, ratings.get(trial["id"], [])),
                    trial["received_at"] or self.now,
                    name=str(trial["position"]),
                    number=waiting.pop(0) if waiting else None,
                )
        for at, left in numbers.items():
            yield from (_Record(MESSAGE, {}, at, number=number) for number in left)

    def _ratings(self, session: Row) -> dict[int, list[Row]]:
        trials, ratings = self.tables["trials"], self.tables["ratings"]
        query = (
            sa.select(ratings)
            .join(trials, trials.c.id == ratings.c.trial_id)
            .where(trials.c.session_id == session["id"])
            .order_by(ratings.c.order)
        )
        found: dict[int, list[Row]] = {}
        for row in self._rows(query):
            found.setdefault(row["trial_id"], []).append(row)
        return found

    def _pages(self, session: Row, version: Row) -> Iterator[_Record]:
        frozen = json.loads(version["protocol"])
        # Earlier releases had one page without a name.
        first = [{"name": "questionnaire", "items": frozen.get("questionnaire", [])}]
        named = frozen.get("questionnaires", first)
        pages = {item["id"]: page["name"] for page in named for item in page["items"]}
        together: dict[str, list[Row]] = {}
        for answer in self._of(session, "questionnaire_answers", "id"):
            together.setdefault(pages.get(answer["item"], ""), []).append(answer)
        for name, answers in together.items():
            yield _Record(
                PAGE,
                page_content(answers),
                answers[0]["received_at"],
                name=name,
                holds=("questionnaire_answers", tuple(answer["id"] for answer in answers)),
            )


def _order(record: _Record) -> tuple[datetime, int]:
    return _aware(record.at), record.number or 0


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
