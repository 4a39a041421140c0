"""The only writer: how a person moves through a study, and how each answer is kept.

Every function takes an open writing session and the time; none opens a connection or reads a clock.
"""

from study.flow.amending import Amendment, amend, propose_amendment
from study.flow.answers import Delivery, MessageOutcome, finish_task, record_deliveries, record_messages
from study.flow.bringing_back import add_imported, add_imported_rows
from study.flow.consent import ConsentWords, consent_words
from study.flow.ending import UNDER_WAY, code_after_lapse, fail_technically, finish
from study.flow.enrolment import (
    Visitor,
    belongs_to,
    decline,
    enrol,
    finish_instructions,
    is_invited,
    known_session,
    link_parameters,
    may_begin_again,
    record_device,
    refusal,
    session_by_id,
    turn_away,
    was_unfit,
)
from study.flow.erasing import erase_again, purge, retention_due, withdraw, withdraw_by_code
from study.flow.inviting import invite
from study.flow.opening import NotReadyError, close_study, may_enter, open_study, open_unchecked
from study.flow.places import keep_place, return_place
from study.flow.publishing import copy_study, open_link, publish, store_pictures, use_link
from study.flow.questionnaires import current_questionnaire, questionnaire_answers, record_questionnaire
from study.flow.refusing import FlowError, refuse_imported, why_not
from study.flow.resuming import practice_again, resume
from study.flow.seeing import SeenSession, is_at_rest, seen_session

__all__ = [
    "UNDER_WAY",
    "Amendment",
    "ConsentWords",
    "Delivery",
    "FlowError",
    "MessageOutcome",
    "NotReadyError",
    "SeenSession",
    "Visitor",
    "add_imported",
    "add_imported_rows",
    "amend",
    "belongs_to",
    "close_study",
    "code_after_lapse",
    "consent_words",
    "copy_study",
    "current_questionnaire",
    "decline",
    "enrol",
    "erase_again",
    "fail_technically",
    "finish",
    "finish_instructions",
    "finish_task",
    "invite",
    "is_at_rest",
    "is_invited",
    "keep_place",
    "known_session",
    "link_parameters",
    "may_begin_again",
    "may_enter",
    "open_link",
    "open_study",
    "open_unchecked",
    "practice_again",
    "propose_amendment",
    "publish",
    "purge",
    "questionnaire_answers",
    "record_deliveries",
    "record_device",
    "record_messages",
    "record_questionnaire",
    "refusal",
    "refuse_imported",
    "resume",
    "retention_due",
    "return_place",
    "seen_session",
    "session_by_id",
    "store_pictures",
    "turn_away",
    "use_link",
    "was_unfit",
    "why_not",
    "withdraw",
    "withdraw_by_code",
]
