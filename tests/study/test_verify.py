"""What is stored is what was stored: what the chain of every session finds, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.chain import FIRST, Entry, link
from study.cli import facevalue
from study.database import reading, writing
from study.erasures import digest
from study.export import export_study
from study.models import (
    Event,
    LedgerEntry,
    QuestionnaireAnswer,
    Rating,
    RegisterEntry,
    Session,
    Study,
    Trial,
    UtcDateTime,
)
from study.records import moment
from study.verify import Count, _batches, _entry, _read, verify_study
from tests.conftest import MOMENT, sqlite_alone
from tests.study.test_export import table
from tests.study.test_flow import SMALL_DEVICE, complete, send, start, the_study, trial_message


def findings(db):
    return [found for study in db.scalars(select(Study)) for found in verify_study(db, study, Count())]


def named(db):
    """What is found, as kind and record."""
    return [(found.fault.kind, found.fault.record) for found in findings(db)]


@pytest.fixture
def people(published, engine):
    """One completed, one midway with an event and a second answer, one not let in, one erased."""
    complete(engine, start(engine))
    half = start(engine)
    event = {"number": 4, "kind": "event", "event": "hidden", "at_ms": 12, "detail": {"é": 0.1, "a": None}}
    send(engine, half, [trial_message(1, 1), trial_message(2, 2, status="interrupted")])
    send(engine, half, [trial_message(1, 1), trial_message(3, 1, value="1"), event])
    with writing(engine) as db:
        flow.fail_technically(db, flow.session_by_id(db, half, for_update=True), now=MOMENT)
    start(engine, device=SMALL_DEVICE)
    gone = start(engine)
    with writing(engine) as db:
        flow.withdraw(db, flow.session_by_id(db, gone), erasures=published.settings.erasures, now=MOMENT)


@pytest.fixture
def trying(people, engine):
    """A transaction in which anything may be planted, and which is thrown away."""
    with (
        engine.execution_options(writes=True).connect() as connection,
        connection.begin() as transaction,
        DatabaseSession(connection, join_transaction_mode="create_savepoint") as db,
    ):
        yield db
        transaction.rollback()


def test_whatever_happened_to_people_their_chains_are_whole(people, engine):
    count = Count()
    with reading(engine) as db:
        assert [str(found) for found in verify_study(db, the_study(db), count)] == []
        lengths = sorted(db.scalars(select(Session.chain_length)))
        kinds = db.scalars(select(RegisterEntry.kind).order_by(RegisterEntry.sequence)).all()
    assert (count.sessions, count.migrated) == (3, 0)
    assert lengths == [3, 3 + 4 + 2, 3 + 26 + 1 + 2]
    assert count.links == sum(lengths)
    assert kinds == ["begun"] * 4 + ["withdrawn"]


finite = st.floats(-1e12, 1e12)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
details = st.dictionaries(
    words, st.none() | st.booleans() | st.integers(-(2**62), 2**62) | finite | words, max_size=3
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shown=st.fixed_dictionaries(
        {}, optional={"onset_ms": finite, "offset_ms": finite, "shown_ms": finite, "hidden": st.booleans()}
    ),
    rt_ms=st.none() | finite,
    cue=st.sampled_from(["skin", "eyes;skin"]),
    detail=details,
    microseconds=st.integers(0, 10**12),
)
def test_the_digest_is_of_the_record_as_the_database_gives_it_back(
    published, engine, shown, rt_ms, cue, detail, microseconds
):
    session = start(engine)
    at = MOMENT + timedelta(microseconds=microseconds % (45 * 60 * 10**6))
    detect = trial_message(1, 15, questions=("detect",)) | {"presentation": shown}
    for rating in detect["ratings"]:
        rating["rt_ms"] = rt_ms
    detect["ratings"][-1]["value"] = cue
    event = {"number": 2, "kind": "event", "event": "hidden", "at_ms": rt_ms, "detail": detail}
    assert send(engine, session, [detect, event], at=at).acknowledged == (1, 2)
    with reading(engine) as db:
        assert named(db) == []


# ---- planted manipulations ----

NOT_CHAINED = {
    Session: {"id", "study_id", "version_id", "step", "last_seen_at", "lab"},
    Trial: {"id"},
    Rating: {"id"},
    Event: {"id"},
    QuestionnaireAnswer: {"id"},
    LedgerEntry: set(),
    RegisterEntry: {"study_id"},
}
CHAINED = [
    (model, column.name)
    for model, free in NOT_CHAINED.items()
    for column in model.__table__.columns
    if column.name not in free
]
OTHER = {
    "namespace": "pilot",
    "target": "face",
    ("trials", "status"): "timed_out",
    ("sessions", "status"): "lapsed",
}


def another(model, column, value, db):
    """A value of the same column that is allowed but is not the one stored."""
    if column.name in ("session_id", "trial_id"):
        owner = Session.id if column.name == "session_id" else Trial.id
        return db.scalars(select(owner).where(owner != value).order_by(owner.desc())).first()
    if (fixed := OTHER.get((model.__tablename__, column.name), OTHER.get(column.name))) is not None:
        return fixed if value != fixed else {"pilot": "live", "face": "pair"}[fixed]
    if isinstance(column.type, UtcDateTime):
        return (value or MOMENT) + timedelta(microseconds=1)
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, JSON):
        return {**value, "x": 1}
    if column.type.python_type in (int, float):
        return 12345 if value is None else value + 1000
    return "x" if value is None else (value[:-1] + ("y" if value[-1:] == "x" else "x"))


@sqlite_alone
def test_any_changed_value_of_any_column_is_found(trying):
    overlooked, refused = [], set()
    for model, name in CHAINED:
        table = model.__table__
        row = trying.execute(select(table).order_by(*table.primary_key.columns).limit(1)).mappings().one()
        own = [column == row[column.name] for column in table.primary_key.columns]
        point = trying.begin_nested()
        value = another(model, table.columns[name], row[name], trying)
        assert value != row[name], name
        try:
            trying.execute(update(table).where(*own).values({name: value}))
            trying.expire_all()
            if not findings(trying):
                overlooked.append((table.name, name))
        except IntegrityError:
            refused.add(f"{table.name}.{name}")
        point.rollback()
        trying.expire_all()
    assert overlooked == []
    assert refused <= {"ledger.session_id", "trials.session_id"}, (
        "the database itself lets no more of them be"
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_planted_where_it_is_found(trying, data):
    model, name = data.draw(st.sampled_from(CHAINED))
    table = model.__table__
    rows = trying.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
    row = data.draw(st.sampled_from(rows))
    own = [column == row[column.name] for column in table.primary_key.columns]
    point = trying.begin_nested()
    try:
        if data.draw(st.booleans()):
            value = another(model, table.columns[name], row[name], trying)
            trying.execute(update(table).where(*own).values({name: value}))
        else:
            trying.execute(delete(table).where(*own))
        trying.expire_all()
        assert findings(trying)
    except IntegrityError:
        pass  # The database itself did not let it happen.
    finally:
        if point.is_active:
            point.rollback()
        trying.expire_all()


def completed(db):
    return db.scalars(select(Session).where(Session.status == "completed")).one()


def half_way(db):
    return db.scalars(select(Session).where(Session.status == "technical_failure")).one()


def change_a_rating(db):
    trial = select(Trial.id).where(Trial.session_id == completed(db).id, Trial.position == 3)
    db.execute(update(Rating).where(Rating.trial_id == trial.scalar_subquery()).values(value="1"))


def remove_a_rating(db):
    trial = select(Trial.id).where(Trial.session_id == completed(db).id, Trial.position == 3)
    one = select(Rating.id).where(Rating.trial_id == trial.scalar_subquery()).limit(1)
    db.execute(delete(Rating).where(Rating.id == one.scalar_subquery()))


def forget_an_answer(db):
    own = (Trial.session_id == completed(db).id, Trial.position == 3)
    db.execute(update(Trial).where(*own).values(status="planned"))


def remove_a_trial(db):
    db.execute(delete(Trial).where(Trial.session_id == completed(db).id, Trial.position == 3))


def remove_a_planned_trial(db):
    db.execute(delete(Trial).where(Trial.session_id == half_way(db).id, Trial.position == 20))


def answer_a_trial_behind_the_back(db):
    own = (Trial.session_id == half_way(db).id, Trial.position == 20)
    db.execute(update(Trial).where(*own).values(status="answered"))


def remove_an_event(db):
    db.execute(delete(Event).where(Event.kind == "hidden"))


def add_an_event(db):
    values = {"session_id": half_way(db).id, "sequence": 77, "kind": "blurred", "detail": {}}
    db.execute(insert(Event).values(**values, received_at=MOMENT))


def swap_two_links(db):
    own = LedgerEntry.session_id == completed(db).id
    for here, there in ((6, 999), (9, 6), (999, 9)):
        db.execute(update(LedgerEntry).where(own, LedgerEntry.sequence == here).values(sequence=there))


def remove_a_link(db):
    own = LedgerEntry.session_id == completed(db).id
    db.execute(delete(LedgerEntry).where(own, LedgerEntry.sequence == 6))


def cut_off_the_end(db):
    session = completed(db)
    own = LedgerEntry.session_id == session.id
    db.execute(delete(LedgerEntry).where(own, LedgerEntry.kind.in_(("end", "code"))))
    before = db.scalars(
        select(LedgerEntry.link).where(own, LedgerEntry.sequence == session.chain_length - 2)
    ).one()
    db.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(chain_length=session.chain_length - 2, chain_head=before)
    )


def call_it_completed(db):
    db.execute(update(Session).where(Session.id == half_way(db).id).values(status="completed"))


def let_other_words_be_agreed_to(db):
    db.execute(update(Session).where(Session.id == completed(db).id).values(consent_hash="f" * 64))


def change_a_questionnaire(db):
    db.execute(update(QuestionnaireAnswer).where(QuestionnaireAnswer.item == "ai_use").values(value="1"))


def remove_a_session(db):
    db.execute(delete(Session).where(Session.id == completed(db).id))


def remove_a_session_and_its_entry(db):
    first = RegisterEntry.sequence == 1
    db.execute(delete(RegisterEntry).where(first))
    remove_a_session(db)


MANIPULATIONS = {
    change_a_rating: [("changed", "trial 3")],
    remove_a_rating: [("changed", "trial 3")],
    forget_an_answer: [("missing", "trial 3")],
    remove_a_trial: [("changed", "plan"), ("missing", "trial 3")],
    remove_a_planned_trial: [("changed", "plan")],
    answer_a_trial_behind_the_back: [("added", "trial 20")],
    remove_an_event: [("missing", "event hidden")],
    add_an_event: [("added", "event blurred")],
    swap_two_links: [("moved", "trial 6"), ("moved", "trial 3")],
    remove_a_link: [("missing", ""), ("added", "trial 3")],
    cut_off_the_end: [("added", "end"), ("added", "code")],
    call_it_completed: [("changed", "end")],
    let_other_words_be_agreed_to: [("changed", "consent")],
    change_a_questionnaire: [("changed", "questionnaire about_you")],
    remove_a_session: [("missing", "begun")],
    remove_a_session_and_its_entry: [("missing", "")],
}


def test_what_was_planted_is_found_and_named(trying):
    for plant, expected in MANIPULATIONS.items():
        point = trying.begin_nested()
        plant(trying)
        trying.expire_all()
        found = named(trying)
        point.rollback()
        trying.expire_all()
        assert found[: len(expected)] == expected, plant.__name__


# ---- the command ----


def run(published, *arguments):
    where = ["--data", str(published.settings.data), "--database", published.settings.database]
    return CliRunner().invoke(facevalue, ["study", *arguments, *where])


@sqlite_alone
def test_the_command_says_that_everything_is_as_it_was_stored(people, published):
    done = run(published, "verify")
    assert done.exit_code == 0, done.output
    assert done.output == "headshots-demo: 3 sessions, 44 records: everything is as it was stored\n"


@sqlite_alone
def test_the_command_names_every_fault_and_fails(people, published, engine):
    with writing(engine) as db:
        name = completed(db).session
        change_a_rating(db)
        remove_an_event(db)
    done = run(published, "verify", published.slug)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"headshots-demo, session {name}, link 6 (trial 3): changed: expected link ")
    assert lines[0].endswith(
        "; a stored value is not what it was; look at it in the newest backup that passes"
    )
    assert "(event hidden): missing: expected the record of this link, found none" in lines[1]
    assert lines[2] == "headshots-demo: 3 sessions, 44 records: 2 faults"
    facts = json.loads(run(published, "verify", "--json").output)
    assert facts["ok"] is False
    assert [(one["fault"], one["record"]) for one in facts["studies"][0]["faults"]] == [
        ("changed", "trial 3"),
        ("missing", "event hidden"),
    ]


def test_an_earlier_export_finds_even_a_chain_that_was_computed_anew(people, published, engine, tmp_path):
    export_study(engine, published.slug, tmp_path / "export", now=MOMENT)
    participants = table(tmp_path / "export", "participants")
    with reading(engine) as db:
        heads = dict(db.execute(select(Session.session, Session.chain_head)).all())
        lengths = dict(db.execute(select(Session.session, Session.chain_length)).all())
    assert {row["session"]: row["chain_head"] for row in participants} == heads
    assert {row["session"]: int(row["chain_length"]) for row in participants} == lengths
    compared = ["verify", "--export", str(tmp_path / "export")]
    start(engine)
    with writing(engine) as db:
        flow.withdraw(db, half_way(db), erasures=published.settings.erasures, now=MOMENT)
    done = run(published, *compared)
    assert done.exit_code == 0, done.output
    assert f"{tmp_path / 'export'}: compared with the database: everything is as it was stored" in done.output
    with writing(engine) as db:
        name = completed(db).session
        change_a_rating(db)
        compute_the_chain_anew(db)
        remove_without_a_trace(db)
    done = run(published, *compared)
    assert done.exit_code == 1
    assert "headshots-demo: 2 sessions, 35 records: everything is as it was stored" in done.output
    assert (
        f"session {name}, link 32 (chain up to the export): changed: expected head {heads[name][:12]}"
        in done.output
    )
    assert "(session): missing: expected the session of the export, found none" in done.output
    assert "headshots-demo, register, link 5 (register up to the export): changed" in done.output


@sqlite_alone
def test_a_folder_that_is_no_export_is_refused(people, published, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run(published, "verify", "--export", str(tmp_path / "empty"))
    assert done.exit_code == 1
    assert "expected the folder of an export, found no datapackage.json" in done.output


def compute_the_chain_anew(db):
    """What somebody would do who knows how a chain is made."""
    session = completed(db)
    records = next(
        one
        for batch in _batches(db, session.study)
        for one in _read(db, batch)
        if one.session["id"] == session.id
    )
    head = FIRST
    for row in records.entries:
        head = link(head, _entry(row), records._content(_entry(row)))
        own = (LedgerEntry.session_id == session.id, LedgerEntry.sequence == row["sequence"])
        db.execute(update(LedgerEntry).where(*own).values(link=head))
    db.execute(update(Session).where(Session.id == session.id).values(chain_head=head))


def remove_without_a_trace(db):
    """A session with its entry in the register, and the register computed anew."""
    gone = db.scalars(select(Session).where(Session.status == "screened_out")).one()
    study = gone.study
    entries = db.execute(select(*RegisterEntry.__table__.columns).order_by(RegisterEntry.sequence)).mappings()
    kept = [dict(row) for row in entries if row["name"] != digest(gone.session)]
    db.execute(delete(Session).where(Session.id == gone.id))
    db.execute(delete(RegisterEntry))
    head = FIRST
    for sequence, row in enumerate(kept, start=1):
        head = link(head, Entry(sequence, row["kind"], row["name"], None, moment(row["at"])), {})
        db.execute(insert(RegisterEntry).values({**row, "sequence": sequence, "link": head}))
    values = {"register_head": head, "register_length": len(kept)}
    db.execute(update(Study).where(Study.id == study.id).values(values))
