"""The tables. Every column carries a comment; the comments are the codebook of the export."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import MetaData as SchemaMetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from study.chain import FIRST

NAMESPACES = ("live", "pilot", "preview", "robot")

#: The step of a session that came from an export: at which page its participant was is not known.
IMPORTED_STEP = "imported"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone of a time, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected a time with a zone, found {value!r}; pass datetime.now(UTC)")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    metadata = SchemaMetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: Text,
    }


class Study(Table):
    """A published study: its frozen protocol and everything needed to run it."""

    __tablename__ = "studies"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True, comment="Short name of the study.")
    picture_width_px: Mapped[int] = mapped_column(comment="Width of every picture, pixels.")
    picture_height_px: Mapped[int] = mapped_column(comment="Height of every picture, pixels.")
    published_at: Mapped[datetime] = mapped_column(comment="When the study was published.")
    opened_at: Mapped[datetime | None] = mapped_column(
        comment="When the study was first opened to participants, UTC; empty: never."
    )
    closed_at: Mapped[datetime | None] = mapped_column(
        comment="When it was closed to new participants, UTC; empty: not closed."
    )
    opened_as: Mapped[str] = mapped_column(
        String(10),
        default="",
        comment="study: every check passed; demo, test, unchecked: without checks; empty: never opened.",
    )
    readiness: Mapped[list[Any]] = mapped_column(
        default=list, comment="What each check before opening found, as JSON; empty without checks."
    )
    register_head: Mapped[str] = mapped_column(
        String(64), default=FIRST, comment="Last link of the register of sessions."
    )
    register_length: Mapped[int] = mapped_column(default=0, comment="Entries in the register of sessions.")
    imported_at: Mapped[datetime | None] = mapped_column(
        comment="When it was brought back from an export, UTC; empty: published here."
    )
    imported_from: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True),
        comment="The export it came from, as JSON: time, software, register, sha256 of its SHA256SUMS, and "
        "under merged_from the same of each lab's; empty: published here.",
    )
    versions: Mapped[list[ProtocolVersion]] = relationship(order_by="ProtocolVersion.number")

    @property
    def current(self) -> ProtocolVersion:
        """The protocol that new sessions follow."""
        return self.versions[-1]

    @property
    def is_open(self) -> bool:
        """Whether new participants may begin."""
        return self.opened_at is not None and self.closed_at is None and not self.is_imported

    @property
    def is_imported(self) -> bool:
        """Whether it came from an export: then it has no pictures and no seeds, and nobody can take part."""
        return self.imported_at is not None


class ProtocolVersion(Table):
    """A frozen protocol, as published or as amended. A session keeps the one it began with."""

    __tablename__ = "protocol_versions"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    number: Mapped[int] = mapped_column(comment="1 as published; each amendment adds one.")
    title: Mapped[str] = mapped_column(comment="Title of the study.")
    # Long, the same for everybody, and read once in each process (study.frozen).
    protocol: Mapped[str] = mapped_column(deferred_group="frozen", comment="Frozen protocol, canonical JSON.")
    protocol_hash: Mapped[str] = mapped_column(String(64), comment="sha256 of the frozen protocol.")
    study_toml: Mapped[str] = mapped_column(
        deferred_group="frozen", comment="The study file as the researcher wrote it."
    )
    texts: Mapped[dict[str, Any]] = mapped_column(deferred_group="frozen", comment="Markdown texts by path.")
    translations: Mapped[dict[str, Any]] = mapped_column(
        deferred_group="frozen",
        comment="Words of the study file in further languages, by language and by the words in the "
        "first one.",
    )
    reason: Mapped[str] = mapped_column(default="", comment="Why it was amended; empty for the first.")
    frozen_at: Mapped[datetime] = mapped_column(comment="When it was frozen, UTC.")


class StudyStimulus(Table):
    """A picture of a study, with what the stimulus set says of it."""

    __tablename__ = "stimuli"
    __table_args__ = (UniqueConstraint("study_id", "stimulus"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    stimulus: Mapped[str] = mapped_column(String(200), comment="Identifier of the stimulus in its set.")
    picture: Mapped[str] = mapped_column(
        String(40), unique=True, comment="Random name under which participants' browsers load the picture."
    )
    sha256: Mapped[str] = mapped_column(String(64), comment="sha256 of the picture as published.")
    copies: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="sha256 of its copies by width in pixels, as JSON."
    )
    origin: Mapped[str] = mapped_column(
        String(10), comment="real: a photograph; ai: generated; edited: a photograph with a defect added."
    )
    generator: Mapped[str] = mapped_column(default="", comment="Model and version that made an AI picture.")
    identity: Mapped[str] = mapped_column(
        default="", comment="Same value: same person, or same seed person, across pictures."
    )
    edited_from: Mapped[str] = mapped_column(default="", comment="Stimulus an edited picture was made from.")
    defect: Mapped[str] = mapped_column(default="", comment="Defect added to an edited picture.")
    dose: Mapped[float | None] = mapped_column(comment="Strength of the defect, 0 (none) to 1 (full).")
    artifacts: Mapped[str] = mapped_column(
        default="", comment="Artifacts that people tagged, separated by spaces."
    )
    gender: Mapped[str] = mapped_column(default="", comment="Gender as stated by the source, never guessed.")
    age_band: Mapped[str] = mapped_column(default="", comment="Age band as stated by the source, years.")
    ethnicity: Mapped[str] = mapped_column(default="", comment="Ethnicity as stated by the source.")
    licence: Mapped[str] = mapped_column(default="", comment="Licence of the picture.")
    attribution: Mapped[str] = mapped_column(default="", comment="Whom to credit for the picture.")
    source: Mapped[str] = mapped_column(default="", comment="Where the picture comes from.")
    consent: Mapped[str] = mapped_column(
        default="", comment="Consent of the person shown, as the source says."
    )
    extra: Mapped[dict[str, Any]] = mapped_column(comment="Further columns of the manifest.")


class StudyPair(Table):
    """Two stimuli shown together."""

    __tablename__ = "pairs"
    __table_args__ = (UniqueConstraint("study_id", "pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    pair: Mapped[str] = mapped_column(String(200), comment="Identifier of the pair in its set.")
    first: Mapped[str] = mapped_column(String(200), comment="Stimulus with the real face.")
    second: Mapped[str] = mapped_column(String(200), comment="Stimulus with the AI or edited face.")
    distance: Mapped[float | None] = mapped_column(comment="Mismatch of the two on the matched attributes.")
    practice: Mapped[bool] = mapped_column(comment="Whether the pair is used for practice only.")


class Place(Table):
    """One seat of the study with its counterbalancing list; claimed, completed or free."""

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("study_id", "namespace", "ordinal"),
        Index(None, "study_id", "namespace", "status", "ordinal"),
        CheckConstraint("status in ('open', 'claimed', 'completed')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    namespace: Mapped[str] = mapped_column(String(10), comment="live, pilot, preview or robot.")
    ordinal: Mapped[int] = mapped_column(comment="Order in which places are given out, from 0.")
    round: Mapped[int] = mapped_column(comment="Each round holds every list of every cell.")
    cell: Mapped[str] = mapped_column(String(40), default="", comment="Between-subject condition.")
    list_number: Mapped[int] = mapped_column(comment="Counterbalancing list, from 0.")
    status: Mapped[str] = mapped_column(String(10), default="open")
    holder: Mapped[str | None] = mapped_column(String(32), comment="Session that holds the place.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="A claim is stale after this.")


class Session(Table):
    """One participant's way through the study, from consent on."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "study_id", "namespace", "status"),
        CheckConstraint(f"namespace in {NAMESPACES}", name="namespace"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    study: Mapped[Study] = relationship()
    version_id: Mapped[int] = mapped_column(ForeignKey("protocol_versions.id"))
    version: Mapped[ProtocolVersion] = relationship()
    session: Mapped[str] = mapped_column(String(32), unique=True, comment="Random identifier of the session.")
    participant: Mapped[str] = mapped_column(String(32), comment="Random identifier of the participant.")
    namespace: Mapped[str] = mapped_column(
        String(10), comment="live: data; pilot, preview and robot: kept apart from them."
    )
    cell: Mapped[str] = mapped_column(
        String(40), default="", comment="Between-subject condition; empty where the study has none."
    )
    place: Mapped[int | None] = mapped_column(comment="Ordinal of the place taken, from 0.")
    list_number: Mapped[int | None] = mapped_column(comment="Counterbalancing list, from 0.")
    seed: Mapped[int | None] = mapped_column(BigInteger, comment="Seed of the order of trials.")
    status: Mapped[str] = mapped_column(
        String(20),
        comment="consented, in_progress, completed, or ended: screened_out, failed_checks, lapsed, "
        "technical_failure.",
    )
    step: Mapped[str] = mapped_column(
        String(16), comment="Page the participant is at; imported: it came from an export."
    )
    language: Mapped[str] = mapped_column(String(8), comment="Language of the pages, ISO 639-1.")
    consent_hash: Mapped[str] = mapped_column(
        String(64), comment="sha256 of the language and the information and consent texts agreed to."
    )
    consent_action: Mapped[str] = mapped_column(
        String(200), default="", comment="What was ticked and pressed to consent, as name=value."
    )
    consented_at: Mapped[datetime] = mapped_column(comment="When consent was given, UTC.")
    started_at: Mapped[datetime | None] = mapped_column(comment="When a place was taken, UTC.")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Last sign of life, UTC.")
    completed_at: Mapped[datetime | None] = mapped_column(comment="When the last page was sent, UTC.")
    recruiter: Mapped[str] = mapped_column(String(20), default="plain", comment="Where the person came from.")
    lab: Mapped[str | None] = mapped_column(
        String(80), comment="Lab whose export brought the session, where several were merged; else empty."
    )
    withdrawal_code_hash: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="sha256 of the code by which data can be withdrawn later."
    )
    browser: Mapped[str] = mapped_column(String(40), default="", comment="Browser family and major version.")
    operating_system: Mapped[str] = mapped_column(String(40), default="", comment="Operating system family.")
    form: Mapped[str] = mapped_column(String(10), default="", comment="desktop, tablet or phone.")
    device: Mapped[dict[str, Any]] = mapped_column(comment="What the device check found.")
    chain_head: Mapped[str] = mapped_column(
        String(64),
        default=FIRST,
        comment="Last link of the chain over everything stored of the session, sha256.",
    )
    chain_length: Mapped[int] = mapped_column(default=0, comment="Links of that chain: records stored.")


class ConsentText(Table):
    """The words people agreed to, as they were shown; a session points here by its consent_hash."""

    __tablename__ = "consent_texts"

    hash: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="sha256 of language, information and consent."
    )
    language: Mapped[str] = mapped_column(String(8), comment="Language of the words, ISO 639-1.")
    information: Mapped[str] = mapped_column(comment="Information as shown, Markdown.")
    consent: Mapped[str] = mapped_column(comment="Consent as shown, Markdown.")
    first_used_at: Mapped[datetime] = mapped_column(comment="When someone first agreed to it, UTC.")


class Trial(Table):
    """One planned trial and what was really shown on it."""

    __tablename__ = "trials"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        CheckConstraint("status in ('planned', 'answered', 'interrupted', 'timed_out')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(comment="Place of the trial in the session, from 1.")
    block: Mapped[str] = mapped_column(String(40), comment="Block of the study.")
    block_position: Mapped[int] = mapped_column(comment="Place of the trial in its block, from 1.")
    practice: Mapped[bool] = mapped_column(comment="Practice trials are never analysed.")
    trial_kind: Mapped[str] = mapped_column(
        String(10), default="target", comment="target, filler, repeat or check."
    )
    layout: Mapped[str] = mapped_column(String(10), default="pair", comment="pair or single.")
    repeat_of: Mapped[int | None] = mapped_column(comment="Position of the trial that this one repeats.")
    pair: Mapped[str | None] = mapped_column(
        String(200), comment="Pair shown, or pair of the single face; empty for fillers."
    )
    left: Mapped[str] = mapped_column(
        String(200), comment="Stimulus on the left, as the participant sees it, or the single face."
    )
    right: Mapped[str | None] = mapped_column(String(200), comment="Stimulus on the right.")
    left_label: Mapped[str | None] = mapped_column(
        String(10), comment="What the label of the left or single face said: real or ai; empty: no label."
    )
    right_label: Mapped[str | None] = mapped_column(
        String(10), comment="What the label of the right face said."
    )
    asked_answer: Mapped[str | None] = mapped_column(
        String(10), comment="The answer that an attention check asked for."
    )
    exposure_ms: Mapped[float | None] = mapped_column(comment="Planned duration; empty: unlimited.")
    status: Mapped[str] = mapped_column(
        String(12),
        default="planned",
        comment="planned: never answered; answered; interrupted: void; timed_out: not all answered in time.",
    )
    evidence: Mapped[str | None] = mapped_column(
        String(20),
        comment="What the shown time rests on: element_timing (the browser's presentation times of both "
        "edges, or one that was late), frame_clock (an edge was not seen, but a second clock shows that the "
        "display kept its time), simulated (a robot), none (nothing that would prove it).",
    )
    planned_frames: Mapped[int | None] = mapped_column(comment="Frames nearest the planned duration.")
    shown_frames: Mapped[int | None] = mapped_column(
        comment="Frames the pair was shown, by the evidence. If not as planned and edges_seen is below 2, "
        "only that it was not as planned is known."
    )
    onset_ms: Mapped[float | None] = mapped_column(comment="Onset on the page's clock.")
    offset_ms: Mapped[float | None] = mapped_column(comment="Offset on the page's clock.")
    shown_ms: Mapped[float | None] = mapped_column(
        comment="Time shown by the evidence; empty without it, and where one edge's own time is not known."
    )
    callback_ms: Mapped[float | None] = mapped_column(
        comment="Time between the frames that were to bring the edges."
    )
    frame_interval_ms: Mapped[float | None] = mapped_column(
        comment="Typical interval of frames: mean of those within a quarter of the median."
    )
    longest_gap_ms: Mapped[float | None] = mapped_column(
        comment="Longest interval of the second clock's frames during the exposure."
    )
    late_frames: Mapped[int | None] = mapped_column(
        comment="Intervals of the second clock's frames above 1.5 median intervals during the exposure."
    )
    edges_seen: Mapped[int | None] = mapped_column(
        comment="Edges of the exposure whose presentation time the browser gave in time: 0, 1 or 2."
    )
    clock_late_ms: Mapped[float | None] = mapped_column(
        comment="How late the second clock was at the edges: the latest of their frames and the ones after."
    )
    lead_restarts: Mapped[int | None] = mapped_column(
        comment="How often the lead-in was begun anew, unseen, because the display faltered."
    )
    hidden: Mapped[bool | None] = mapped_column(comment="Page hidden during the exposure.")
    blurred: Mapped[bool | None] = mapped_column(comment="Window without focus during the exposure.")
    resized: Mapped[bool | None] = mapped_column(comment="Window resized during the exposure.")
    interruption: Mapped[str | None] = mapped_column(
        String(10),
        comment="Why an exposure is void: hidden (the page), moved (the faces, by resizing, turning or "
        "leaving full screen), slept (the device, or it stood still for a second), reloaded (the page).",
    )
    viewport_width_px: Mapped[float | None] = mapped_column(comment="Width of the window, CSS px.")
    viewport_height_px: Mapped[float | None] = mapped_column(comment="Height of the window, CSS px.")
    device_pixel_ratio: Mapped[float | None] = mapped_column(comment="Screen pixels per CSS px.")
    picture_width_px: Mapped[float | None] = mapped_column(comment="Width of each picture, CSS px.")
    picture_height_px: Mapped[float | None] = mapped_column(comment="Height of each picture, CSS px.")
    picture_file_width_px: Mapped[int | None] = mapped_column(
        comment="Width of the picture files that were loaded for it, pixels."
    )
    trusted: Mapped[bool | None] = mapped_column(
        comment="Whether the browser says that every answer came from an input device, not from a script."
    )
    pointer_moves: Mapped[int | None] = mapped_column(
        comment="Movements of mouse or pen from the onset to the last answer, as the browser counts them."
    )
    pointer_path_px: Mapped[float | None] = mapped_column(comment="Length of their path, CSS px.")
    pointer_straightness: Mapped[float | None] = mapped_column(
        comment="Distance between the ends of that path over its length: 1 is a straight line."
    )
    pointer_first_ms: Mapped[float | None] = mapped_column(
        comment="First movement of mouse or pen, from the onset."
    )
    keys_typed: Mapped[int | None] = mapped_column(comment="Keys pressed in free text.")
    key_gap_ms: Mapped[float | None] = mapped_column(comment="Median time between them.")
    pastes: Mapped[int | None] = mapped_column(
        comment="Times something was pasted or dropped into free text."
    )
    block_restarts: Mapped[int | None] = mapped_column(
        comment="How often the block was begun again, after a long absence, before this trial was shown; "
        "empty: never."
    )
    received_at: Mapped[datetime | None] = mapped_column(comment="When the server stored it, UTC.")


class Rating(Table):
    """One answer to one question on one trial."""

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("trial_id", "question", "target"),
        CheckConstraint("target in ('left', 'right', 'pair', 'face')", name="target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(40), comment="Question of the block.")
    target: Mapped[str] = mapped_column(
        String(5), comment="What was rated: left, right, pair, or the single face."
    )
    value: Mapped[str] = mapped_column(comment="The answer as given; codes of several choices joined by ;.")
    rt_ms: Mapped[float | None] = mapped_column(
        comment="Key or pointer going down, by the event's own time, minus the onset frame."
    )
    release_ms: Mapped[float | None] = mapped_column(comment="Key or pointer going up minus the onset frame.")
    input: Mapped[str] = mapped_column(
        String(10), comment="keyboard, mouse, touch, pen, or simulated for a robot."
    )
    order: Mapped[int] = mapped_column(comment="Order of the answers within the trial, from 1.")
    received_at: Mapped[datetime] = mapped_column(comment="When the server stored it, UTC.")


class QuestionnaireAnswer(Table):
    """One answer to one questionnaire item."""

    __tablename__ = "questionnaire_answers"
    __table_args__ = (UniqueConstraint("session_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(comment="Link of the session's chain that holds its page.")
    item: Mapped[str] = mapped_column(String(40), comment="Item of the questionnaire.")
    value: Mapped[str] = mapped_column(comment="The answer; empty where an optional item was left out.")
    received_at: Mapped[datetime] = mapped_column(comment="When the server stored it, UTC.")


class LedgerEntry(Table):
    """One link of the chain over a session's records, in the order in which they were stored.

    A number of a message can be there once, and so can a trial and a page: what is sent twice is stored once.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index(
            "uq_ledger_session_id_kind_name",
            "session_id",
            "kind",
            "name",
            unique=True,
            sqlite_where=text("kind NOT IN ('event', 'message')"),
            postgresql_where=text("kind NOT IN ('event', 'message')"),
        ),
        {"sqlite_with_rowid": False},
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place in the chain, from 1."
    )
    number: Mapped[int | None] = mapped_column(
        comment="Message that brought it, as the participant's browser counts; empty: the server's own."
    )
    kind: Mapped[str] = mapped_column(String(16), comment="What was stored (study.records).")
    name: Mapped[str] = mapped_column(
        String(40), comment="Which one: position of the trial, name of the page, kind of the event."
    )
    link: Mapped[str] = mapped_column(String(64), comment="sha256 of the link before it and the record.")
    at: Mapped[datetime] = mapped_column(comment="When it was stored, UTC.")


class RegisterEntry(Table):
    """One session begun or erased in a study, chained like its records; it outlives the session."""

    __tablename__ = "register"

    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place in the register, from 1."
    )
    kind: Mapped[str] = mapped_column(
        String(16), comment="begun, withdrawn, purged, or migration: older than the register."
    )
    name: Mapped[str] = mapped_column(String(64), comment="sha256 of the session's random identifier.")
    link: Mapped[str] = mapped_column(String(64), comment="sha256 of the link before it and this entry.")
    at: Mapped[datetime] = mapped_column(comment="When it was stored, UTC.")


class Event(Table):
    """Something that happened besides the answers."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("session_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(comment="Link of the session's chain that holds it.")
    number: Mapped[int | None] = mapped_column(comment="Message that brought it; empty: the server's own.")
    kind: Mapped[str] = mapped_column(String(40), comment="What happened.")
    position: Mapped[int | None] = mapped_column(comment="Trial during which it happened.")
    at_ms: Mapped[float | None] = mapped_column(comment="Time on the page's clock.")
    received_at: Mapped[datetime] = mapped_column(comment="When the server stored it, UTC.")
    detail: Mapped[dict[str, Any]] = mapped_column(comment="Further facts, as JSON.")


class Departure(Table):
    """A counted tombstone: someone refused, withdrew or did not qualify, and nothing else is known."""

    __tablename__ = "departures"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    namespace: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(
        String(20), comment="declined, under_age, took_part_before, withdrawn, or purged by its date."
    )
    cell: Mapped[str] = mapped_column(String(40), default="", comment="Cell of who was erased.")
    status: Mapped[str] = mapped_column(String(20), default="", comment="How far who was erased had come.")
    at: Mapped[datetime] = mapped_column()


class RecruiterIdentifier(Table):
    """Identifiers from the recruiter, kept apart from the answers and never exported with them."""

    __tablename__ = "recruiter_identifiers"
    # Two clicks on one link can arrive at the same moment; this lets one of them begin a session. Empty
    # attempts are never equal, so what does not name a person is not constrained.
    __table_args__ = (
        Index(None, "name", "value"),
        Index(None, "session_id"),
        UniqueConstraint("study_id", "namespace", "name", "value", "attempt"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    namespace: Mapped[str] = mapped_column(String(10))
    attempt: Mapped[int | None] = mapped_column(
        comment="How many times this person has begun, from 1; empty: the identifier names no person."
    )
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(200))


class Invitation(Table):
    """A personal link: lets one person take part, once."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(200), default="", comment="Whom the researcher made it for.")
    created_at: Mapped[datetime] = mapped_column()


class AccessLink(Table):
    """A link that lets a researcher in once."""

    __tablename__ = "access_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()
