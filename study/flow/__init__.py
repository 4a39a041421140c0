"""The only writer: how a person moves through a study, and how each answer is kept.

Every function takes an open writing session and the time; none opens a connection or reads a clock.
"""

from study.flow.amending import Amendment, amend, propose_amendment
from study.flow.answers import MessageOutcome, finish_task, record_messages, record_questionnaire
from study.flow.ending import finish, withdraw, withdraw_by_code
from study.flow.enrolment import (
    FlowError,
    Visitor,
    decline,
    enrol,
    finish_instructions,
    record_device,
    session_by_id,
)
from study.flow.opening import NotReadyError, close_study, may_enter, open_study, open_unchecked
from study.flow.places import keep_place, return_place
from study.flow.publishing import copy_study, open_link, publish, use_link

__all__ = [
    "Amendment",
    "FlowError",
    "MessageOutcome",
    "NotReadyError",
    "Visitor",
    "amend",
    "close_study",
    "copy_study",
    "decline",
    "enrol",
    "finish",
    "finish_instructions",
    "finish_task",
    "keep_place",
    "may_enter",
    "open_link",
    "open_study",
    "open_unchecked",
    "propose_amendment",
    "publish",
    "record_device",
    "record_messages",
    "record_questionnaire",
    "return_place",
    "session_by_id",
    "use_link",
    "withdraw",
    "withdraw_by_code",
]
