"""Questionnaires: the page a session is at, and what is kept of the answers to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session as DatabaseSession

from study.conditions import asked_items, next_questionnaire
from study.flow.ledger import add_link
from study.frozen import protocol_of
from study.language import Sentence, plural_sentence, sentence
from study.models import QuestionnaireAnswer, Session
from study.protocol import Item, Questionnaire, StudyProtocol
from study.records import PAGE, page_content

if TYPE_CHECKING:
    # Places lead to questionnaires, and what is seen of a session to places.
    from study.flow.seeing import SeenSession


def first_step(protocol: StudyProtocol) -> str:
    """Where a session goes once it has a place."""
    return "before" if protocol.questionnaires_at("before") else "instructions"


def step_after_task(protocol: StudyProtocol) -> str:
    return "after" if protocol.questionnaires_at("after") else "debrief"


def questionnaire_answers(db: DatabaseSession | Connection, session: Session | SeenSession) -> dict[str, str]:
    """What a session has answered so far, by item."""
    rows = db.execute(
        select(QuestionnaireAnswer.item, QuestionnaireAnswer.value).where(
            QuestionnaireAnswer.session_id == session.id
        )
    )
    return {row.item: row.value for row in rows}


def current_questionnaire(
    db: DatabaseSession | Connection, session: Session | SeenSession
) -> Questionnaire | None:
    """The page a session is at; None when it is at no questionnaire."""
    if session.step not in ("before", "after"):
        return None
    protocol = protocol_of(session.version)
    stored = questionnaire_answers(db, session)
    return next_questionnaire(protocol, "before" if session.step == "before" else "after", stored)


def record_questionnaire(
    db: DatabaseSession, session: Session, page: str, answers: Mapping[str, str], *, now: datetime
) -> dict[str, Sentence]:
    """Store the answers to one page and move on; returns what is wrong by item, and then stores nothing.

    ``page`` is the questionnaire's name: one that was sent before, or is not the next, changes nothing.
    Several options of one item come joined by semicolons.
    """
    session.last_seen_at = now
    questionnaire = current_questionnaire(db, session)
    if questionnaire is None or questionnaire.name != page:
        return {}
    stored = questionnaire_answers(db, session)
    # No database keeps null characters, and no keyboard makes them.
    entered = {item.id: answers.get(item.id, "").replace("\0", "").strip() for item in questionnaire.items}
    asked = list(asked_items(questionnaire, {**stored, **entered}))
    faults = {item.id: fault for item in asked if (fault := item_fault(entered[item.id], item))}
    if faults:
        return faults
    rows = [{"item": item.id, "value": entered[item.id], "received_at": now} for item in asked]
    sequence = add_link(db, session, PAGE, page_content(rows), at=now, name=page)
    db.execute(
        insert(QuestionnaireAnswer),
        [{"session_id": session.id, "sequence": sequence, **row} for row in rows],
    )
    if current_questionnaire(db, session) is None:
        session.step = "instructions" if session.step == "before" else "debrief"
    return {}


def item_fault(value: str, item: Item) -> Sentence | None:
    """What is wrong with an answer, as one sentence to the person who gave it; None if nothing is."""
    if value == "":
        return None if item.optional else sentence("Please answer this question.")
    if item.is_whole_number:
        return _number_fault(value, item)
    if item.options:
        return _options_fault(value, item)
    if len(value) > item.max_length:
        return plural_sentence(
            "Please use at most %(n)s character; there are %(found)s now.",
            "Please use at most %(n)s characters; there are %(found)s now.",
            item.max_length,
            found=len(value),
        )
    return None


def _options_fault(value: str, item: Item) -> Sentence | None:
    codes = {option.code for option in item.options}
    if item.kind == "choice":
        return None if value in codes else sentence("Please choose one of the options.")
    chosen = value.split(";")
    fits = set(chosen) <= codes and len(set(chosen)) == len(chosen)
    return None if fits else sentence("Please choose from the options.")


def _number_fault(value: str, item: Item) -> Sentence | None:
    low, high = item.limits
    fits = value.isascii() and value.removeprefix("-").isdigit() and len(value) < 10
    if fits:
        number = int(value)
        fits = (low is None or number >= low) and (high is None or number <= high)
    return None if fits else _number_wanted(low, high)


def _number_wanted(low: int | None, high: int | None) -> Sentence:
    if low is not None and high is not None:
        return sentence("Please enter a whole number from %(low)s to %(high)s.", low=low, high=high)
    if low is not None:
        return sentence("Please enter a whole number, at least %(low)s.", low=low)
    if high is not None:
        return sentence("Please enter a whole number, at most %(high)s.", high=high)
    return sentence("Please enter a whole number.")
