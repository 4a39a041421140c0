"""The least that saves an answer: Flask, SQLAlchemy Core, one INSERT, one commit.

Same server, same database and same settings as facevalue; no session, no check, no page.
`python -m tests.benchmarks.load.bare_app PORT` with FACEVALUE_DATABASE.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    insert,
)

from study.serving import production_server

metadata = MetaData()
answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("participant", String(32)),
    Column("position", Integer),
    Column("first", String(10)),
    Column("second", String(10)),
    Column("first_rt_ms", Float),
    Column("second_rt_ms", Float),
    Column("shown_ms", Float),
    UniqueConstraint("participant", "position"),
)


def open_engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def create_app() -> Flask:
    app = Flask(__name__)
    engine = open_engine(os.environ["FACEVALUE_DATABASE"])
    metadata.create_all(engine)

    @app.post("/answers")
    def save() -> Response:
        with engine.begin() as connection:
            connection.execute(insert(answers), request.get_json())
        return jsonify(saved=True)

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    return app


if __name__ == "__main__":
    target = "tests.benchmarks.load.bare_app:create_app"
    production_server(target, host="127.0.0.1", port=int(sys.argv[1]), quiet=True).serve()
