"""What the running app was given: its engine, its queue, its settings, and the clock that views read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy import Engine

from study.settings import Settings

if TYPE_CHECKING:
    from study.answer_queue import AnswerQueue


def engine() -> Engine:
    return cast(Engine, current_app.extensions["facevalue_engine"])


def settings() -> Settings:
    return cast(Settings, current_app.extensions["facevalue_settings"])


def answers() -> AnswerQueue:
    return cast("AnswerQueue", current_app.extensions["facevalue_answers"])


def now() -> datetime:
    """The moment, UTC."""
    return datetime.now(UTC)
