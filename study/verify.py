"""Compare every stored record with the chain of its session, and every session with its study's register.

What is changed, missing, moved or added afterwards is found, as long as whoever did it did not compute all
links anew. Heads in an export made before find even that (study.verify_export).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as DatabaseSession

from study.chain import FIRST, Entry, Fault, StoredLink, broken_links
from study.erasures import digest
from study.models import (
    Event,
    LedgerEntry,
    ProtocolVersion,
    QuestionnaireAnswer,
    Rating,
    RegisterEntry,
    Session,
    Study,
    Table,
    Trial,
)
from study.records import (
    CODE,
    CONSENT,
    DEVICE,
    END,
    EVENT,
    MESSAGE,
    MIGRATION,
    OF_PLACE,
    PAGE,
    PLAN,
    REPLACEMENT,
    TRIAL,
    Row,
    code_content,
    consent_content,
    device_content,
    end_content,
    event_content,
    moment,
    page_content,
    plan_content,
    replacement_content,
    trial_content,
)

#: Sessions whose rows are in memory at once.
BATCH = 50


@dataclass(frozen=True)
class Finding:
    """A fault with the session it is in; ``session`` None: it is in the study's register."""

    study: str
    session: str | None
    fault: Fault

    @property
    def remedy(self) -> str:
        return _REMEDIES[self.fault.kind]

    def __str__(self) -> str:
        where = f"{self.study}, session {self.session}" if self.session else f"{self.study}, register"
        link = f", link {self.fault.sequence}" if self.fault.sequence is not None else ""
        record = f" ({self.fault.record})" if self.fault.record else ""
        said = f"{self.fault.kind}: expected {self.fault.expected}, found {self.fault.found}"
        return f"{where}{link}{record}: {said}; {self.remedy}"


_REMEDIES = {
    "changed": "a stored value is not what it was; look at it in the newest backup that passes",
    "missing": "look for it in the newest backup that passes",
    "moved": "records were put into another order; compare with the newest backup that passes",
    "added": "it came from elsewhere than the study's pages; compare with the newest backup that passes",
}


@dataclass
class Count:
    """How much was looked at: sessions, their links, chains that were computed at a migration, and sessions
    that came from an export without one."""

    sessions: int = 0
    links: int = 0
    migrated: int = 0
    imported: int = 0


def verify_study(db: DatabaseSession, study: Study, count: Count) -> Iterator[Finding]:
    """Every fault of a study, session by session, then those of its register.

    The chains of sessions that came from an export cannot be computed: it leaves out what they cover, such as
    seeds. Only their heads and lengths are there. Adds to ``count``. Some rows of a batch of sessions and the
    digest of every session are in memory.
    """
    seen: dict[str, str] = {}
    for batch in _batches(db, study):
        for records in _read(db, batch):
            identifier = str(records.session["session"])
            seen[digest(identifier)] = identifier
            count.sessions += 1
            if study.is_imported:
                count.imported += 1
                continue
            count.links += len(records.entries)
            count.migrated += any(entry["kind"] == MIGRATION for entry in records.entries)
            for fault in records.faults():
                yield Finding(study.slug, identifier, fault)
    yield from (Finding(study.slug, name, fault) for name, fault in _of_register(db, study, seen))


def _batches(db: DatabaseSession, study: Study) -> Iterator[list[Row]]:
    last = 0
    while True:
        query = (
            select(*_columns(Session), ProtocolVersion.protocol_hash)
            .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
            .where(Session.study_id == study.id, Session.id > last)
            .order_by(Session.id)
            .limit(BATCH)
        )
        rows: list[Row] = [dict(row) for row in db.execute(query).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _columns(model: type[Table]) -> tuple[Any, ...]:
    # Columns, not objects: a hundred thousand rows pass here.
    return tuple(model.__table__.columns)


@dataclass(frozen=True)
class _Records:
    """All that is stored of one session."""

    session: Row
    entries: list[Row]
    trials: list[Row]
    ratings: dict[int, list[Row]]
    events: list[Row]
    answers: list[Row]

    def faults(self) -> Iterator[Fault]:
        links = [StoredLink(_entry(row), row["link"], self._content(_entry(row))) for row in self.entries]
        yield from broken_links(links, head=self.session["chain_head"], length=self.session["chain_length"])
        yield from self._without_link()

    def _content(self, entry: Entry) -> dict[str, Any] | None:
        read: Mapping[str, Callable[[Entry], dict[str, Any] | None]] = {
            MIGRATION: lambda _: {},
            MESSAGE: lambda _: {},
            CONSENT: lambda _: consent_content(
                self.session, protocol_hash=str(self.session["protocol_hash"])
            ),
            DEVICE: lambda _: device_content(self.session),
            PLAN: lambda _: plan_content(self.session, self._planned_at_first()),
            REPLACEMENT: self._replacement,
            END: lambda _: end_content(self.session),
            CODE: lambda _: code_content(self.session),
            TRIAL: self._trial,
            EVENT: self._event,
            PAGE: self._page,
        }
        return read[entry.kind](entry) if entry.kind in read else None

    def _planned_at_first(self) -> list[Row]:
        added = {entry["name"] for entry in self.entries if entry["kind"] == REPLACEMENT}
        return [trial for trial in self.trials if str(trial["position"]) not in added]

    def _replacement(self, entry: Entry) -> dict[str, Any] | None:
        found = next((row for row in self.trials if str(row["position"]) == entry.name), None)
        return None if found is None else replacement_content(found)

    def _trial(self, entry: Entry) -> dict[str, Any] | None:
        found = next((row for row in self.trials if str(row["position"]) == entry.name), None)
        if found is None or found["status"] == "planned":
            return None
        return trial_content(found, self.ratings.get(found["id"], []))

    def _event(self, entry: Entry) -> dict[str, Any] | None:
        found = next((row for row in self.events if row["sequence"] == entry.sequence), None)
        return None if found is None else event_content(found)

    def _page(self, entry: Entry) -> dict[str, Any] | None:
        found = [row for row in self.answers if row["sequence"] == entry.sequence]
        return page_content(found) if found else None

    def _without_link(self) -> Iterator[Fault]:
        """Records that no link stands for."""
        linked: dict[str, set[str]] = {}
        places: dict[str, set[int]] = {}
        for row in self.entries:
            linked.setdefault(row["kind"], set()).add(row["name"])
            places.setdefault(row["kind"], set()).add(row["sequence"])
        for record in self._stored_once():
            if record not in linked:
                yield _added(record)
        for trial in self.trials:
            if self._is_given(trial) and str(trial["position"]) not in linked.get(TRIAL, ()):
                yield _added(f"{TRIAL} {trial['position']}")
            yield from self._restarted(trial)
        for event in self.events:
            if event["sequence"] not in places.get(EVENT, ()):
                yield _added(f"{EVENT} {event['kind']}")
        for answer in self.answers:
            if answer["sequence"] not in places.get(PAGE, ()):
                yield _added(f"answer to {answer['item']}")

    def _restarted(self, trial: Row) -> Iterator[Fault]:
        """Whether a trial to come says that its block began again more often than events do."""
        said = trial.get("block_restarts") or 0
        if trial["status"] != "planned" or said == 0:
            return
        restarts = [
            event["detail"].get("block") for event in self.events if event["kind"] == "block_restarted"
        ]
        noted = restarts.count(trial["block"])
        if said > noted:
            record = f"{TRIAL} {trial['position']}"
            yield Fault("changed", None, record, f"block_restarts of at most {noted}", str(said))

    def _is_given(self, trial: Row) -> bool:
        """Whether anything is stored of a trial besides its plan."""
        content = trial_content(trial, self.ratings.get(trial["id"], []))
        return bool(trial["status"] != "planned" or content["ratings"] or content.keys() - _BARE)

    def _stored_once(self) -> Iterator[str]:
        session = self.session
        yield CONSENT
        if session["device"]:
            yield DEVICE
        if self.trials or any(session[name] not in (None, "") for name in OF_PLACE):
            yield PLAN
        if session["status"] not in ("consented", "in_progress") or session["completed_at"]:
            yield END
        if session["withdrawal_code_hash"]:
            yield CODE


#: What there may be, besides its plan, of a trial that nobody has answered.
_BARE = frozenset({"position", "status", "ratings", "block_restarts"})


def _added(record: str) -> Fault:
    return Fault("added", None, record, "a link for every record", "a record without one")


def _entry(row: Row) -> Entry:
    return Entry(row["sequence"], row["kind"], row["name"], row.get("number"), moment(row["at"]))


def _read(db: DatabaseSession, sessions: Sequence[Row]) -> Iterator[_Records]:
    ids = [session["id"] for session in sessions]

    def of(model: Any, order: Any) -> dict[int, list[Row]]:
        query = select(*_columns(model)).where(model.session_id.in_(ids)).order_by(order)
        return _grouped(db, query, "session_id")

    entries, trials = of(LedgerEntry, LedgerEntry.sequence), of(Trial, Trial.position)
    events, answers = of(Event, Event.id), of(QuestionnaireAnswer, QuestionnaireAnswer.id)
    ratings = _grouped(
        db,
        select(*_columns(Rating))
        .join(Trial, Trial.id == Rating.trial_id)
        .where(Trial.session_id.in_(ids))
        .order_by(Rating.order),
        "trial_id",
    )
    for session in sessions:
        own = trials.get(session["id"], [])
        yield _Records(
            session=session,
            entries=entries.get(session["id"], []),
            trials=own,
            ratings={trial["id"]: ratings[trial["id"]] for trial in own if trial["id"] in ratings},
            events=events.get(session["id"], []),
            answers=answers.get(session["id"], []),
        )


def _grouped(db: DatabaseSession, query: Select[Any], key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in db.execute(query).mappings():
        found.setdefault(row[key], []).append(dict(row))
    return found


# ---- the register ----


def _of_register(
    db: DatabaseSession, study: Study, seen: Mapping[str, str]
) -> Iterator[tuple[str | None, Fault]]:
    query = select(*_columns(RegisterEntry)).where(RegisterEntry.study_id == study.id)
    rows = [dict(row) for row in db.execute(query.order_by(RegisterEntry.sequence)).mappings()]
    yield from ((None, fault) for fault in _register_faults(study, rows))
    begun = {row["name"]: row for row in rows if row["kind"] == "begun"}
    erased = {row["name"] for row in rows if row["kind"] in ("withdrawn", "purged")}
    for name, row in begun.items():
        if name not in erased and name not in seen:
            when = f"the session with the digest {name[:12]}, begun {moment(row['at'])}"
            yield None, Fault("missing", row["sequence"], "begun", when, "no such session")
    for name, identifier in seen.items():
        if name not in begun and not study.is_imported:
            yield identifier, Fault("added", None, "session", "an entry in the register", "none")
        elif name in erased:
            found = "a session that was erased"
            yield identifier, Fault("added", None, "session", "nothing of who was erased", found)


def _register_faults(study: Study, rows: Sequence[Row]) -> Iterator[Fault]:
    """Where the register is broken; that of an imported study begins with the head that the export had."""
    before = (study.imported_from or {}).get("register", {"head": FIRST, "length": 0})
    links = [
        StoredLink(replace(_entry(row), sequence=row["sequence"] - before["length"]), row["link"], {})
        for row in rows
    ]
    length = study.register_length - before["length"]
    for fault in broken_links(links, head=study.register_head, length=length, first=before["head"]):
        place = None if fault.sequence is None else fault.sequence + before["length"]
        yield replace(fault, sequence=place)
