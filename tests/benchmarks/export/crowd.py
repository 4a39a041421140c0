"""Many people, made from one: the rows of a person who went through the flow, multiplied in the database."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import Event, QuestionnaireAnswer, Rating, Session, Trial
from study.protocol import read_study
from tests.conftest import MOMENT, ROOT, write_stimulus_set
from tests.study.own_study import edit
from tests.study.test_flow import send, start, trial_message

N_PAIRS = 64
SLUG = "headshots-demo"


def prepare(database: str, folder: Path, *, n_trials: int) -> int:
    """An installation with at least so many trials; returns how many."""
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder / "study")
    for _ in range(2):
        edit(folder / "study" / "study.toml", "pairs = 12", f"pairs = {N_PAIRS}")
    write_stimulus_set(folder / "study" / "stimuli", n_pairs=2 * N_PAIRS)
    engine = open_engine(database)
    migrate(engine)
    with writing(engine) as db:
        definition = read_study(folder / "study" / "study.toml")
        study = flow.publish(db, definition, pictures=folder / "pictures", now=MOMENT)
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    one = start(engine, browser="Firefox 140")
    hidden = {
        "number": 900,
        "kind": "event",
        "event": "hidden",
        "position": 4,
        "at_ms": 12.5,
        "detail": {"b": 1},
    }
    send(engine, one, [hidden])
    _answer_everything(engine, one)
    with reading(engine) as db:
        of_one = db.scalar(select(func.count()).select_from(Trial)) or 0
    n_people = -(-n_trials // of_one)
    _multiply(engine, n_people)
    engine.dispose()
    return n_people * of_one


def _answer_everything(engine: Engine, session: str) -> None:
    with reading(engine) as db:
        trials = db.execute(
            select(Trial.position, Trial.block).join(Session).where(Session.session == session)
        ).all()
    messages = [
        trial_message(position, position, questions=("detect" if block == "detect" else "trust",))
        for position, block in trials
    ]
    send(engine, session, messages)
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.finish_task(db, current, now=MOMENT)
        flow.record_questionnaire(db, current, "about_you", {"ai_use": "3"}, now=MOMENT)
        flow.finish(db, current, now=MOMENT)


def _multiply(engine: Engine, n_people: int) -> None:
    with writing(engine) as db:
        connection = db.connection()
        template = connection.scalar(select(Session.id)) or 0
        _add_sessions(connection, template, n_people - 1)
        _add_trials(connection, template)
        _add_ratings(connection, template)
        for model in (Event, QuestionnaireAnswer):
            _add_rows(connection, model.__table__, template)
        # No two people answer alike, and no two times are: numbers get their digits.
        connection.execute(
            update(Trial).where(Trial.onset_ms.is_not(None)).values(onset_ms=Trial.onset_ms + Trial.id * 0.1)
        )
        connection.execute(update(Rating).values(rt_ms=Rating.rt_ms + Rating.id % 1999 * 0.5))
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def _columns(table: Table, *without: str) -> list[str]:
    return [column.name for column in table.columns if column.name not in without]


def _add_sessions(connection: Connection, template: int, n: int) -> None:
    table = Session.__table__
    own = connection.execute(select(table).where(Session.id == template)).mappings().one()
    rows = []
    for number in range(n):
        row = {name: own[name] for name in _columns(table, "id")}
        seconds = timedelta(seconds=number)
        row |= {"session": f"{number:032x}", "participant": f"{number:031x}p", "place": number + 1}
        row |= {"withdrawal_code_hash": None, "consented_at": own["consented_at"] + seconds}
        rows.append(row)
    connection.execute(insert(table), rows)


def _add_rows(connection: Connection, table: Table, template: int) -> None:
    names = _columns(table, "id", "session_id")
    source = (
        select(Session.id, *(table.c[name] for name in names))
        .join(table, literal(True))
        .where(table.c.session_id == template, Session.id != template)
        .order_by(Session.id, table.c.id)
    )
    connection.execute(insert(table).from_select(["session_id", *names], source))


def _add_trials(connection: Connection, template: int) -> None:
    _add_rows(connection, Trial.__table__, template)


def _add_ratings(connection: Connection, template: int) -> None:
    table = Rating.__table__
    names = _columns(table, "id", "trial_id")
    first, own = aliased(Trial), aliased(Trial)
    source = (
        select(own.id, *(table.c[name] for name in names))
        .join(first, (first.position == own.position) & (first.session_id == template))
        .join(table, table.c.trial_id == first.id)
        .where(own.session_id != template)
        .order_by(own.id, table.c.id)
    )
    connection.execute(insert(table).from_select(["trial_id", *names], source))
