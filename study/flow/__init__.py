"""The only writer: how a person moves through a study, and how each answer is kept.

Every function takes an open writing session and the time; none opens a connection or reads a clock.
"""

from study.flow.answers import MessageOutcome, finish_task, record_messages
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
from study.flow.publishing import open_link, publish, use_link
from study.flow.questionnaires import current_questionnaire, questionnaire_answers, record_questionnaire

__all__ = [
    "FlowError",
    "MessageOutcome",
    "Visitor",
    "current_questionnaire",
    "decline",
    "enrol",
    "finish",
    "finish_instructions",
    "finish_task",
    "open_link",
    "publish",
    "questionnaire_answers",
    "record_device",
    "record_messages",
    "record_questionnaire",
    "session_by_id",
    "use_link",
    "withdraw",
    "withdraw_by_code",
]
