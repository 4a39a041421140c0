"""Open a study to participants, and close it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session as DatabaseSession

from study.flow.enrolment import Visitor, known_session, may_begin_again
from study.flow.refusing import refuse_imported
from study.models import Study
from study.readiness.check import Check, failed


class NotReadyError(ValueError):
    """A study that may not be opened; ``checks`` holds those that failed."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)
        super().__init__("\n".join(f"{check.name}: {check.found}; {check.remedy}" for check in checks))


def open_study(db: DatabaseSession, study: Study, checks: Sequence[Check], *, now: datetime) -> None:
    """Let participants begin, and keep what the checks found; NotReadyError while one of them fails.

    A closed study is opened again; the time of its first opening stays.
    """
    if not checks:
        raise ValueError("expected the checks of study.readiness, found none; run them first")
    if missed := failed(checks):
        raise NotReadyError(missed)
    _open(db, study, "study", now)
    study.readiness = [check.as_json() for check in checks]


def open_unchecked(
    db: DatabaseSession, study: Study, *, opened_as: Literal["demo", "test"], now: datetime
) -> None:
    """Let people begin without any check: for the demonstration and for tests, and marked as that for ever.

    The mark is on the researcher's page and in every export.
    """
    _open(db, study, opened_as, now)


def _open(db: DatabaseSession, study: Study, opened_as: str, now: datetime) -> None:
    refuse_imported(study, "be opened")
    if study.is_open:
        return
    study.opened_at = study.opened_at or now
    study.closed_at = None
    study.opened_as = opened_as
    db.flush()


def close_study(db: DatabaseSession, study: Study, *, now: datetime) -> None:
    """Let nobody new begin; those under way finish."""
    if study.is_open:
        study.closed_at = now
        db.flush()


def may_enter(db: DatabaseSession, study: Study, visitor: Visitor) -> bool:
    """Whether somebody may begin or go on: rehearsals always, people while the study is open.

    Who began before the study was closed, and is known to the recruiter, is let in to finish, but not to
    begin anew. Nobody enters an imported study.
    """
    if study.is_imported:
        return False
    if visitor.namespace != "live" or study.is_open:
        return True
    known = known_session(db, study, visitor)
    return known is not None and not may_begin_again(known)
