"""The study as its file describes it: typed, checked, frozen, hashed. Pure: no database, no clock."""

from study.protocol.blocks import Block, Question, Target
from study.protocol.finding import Finding, Problem
from study.protocol.freezing import FrozenProtocol, freeze, thaw
from study.protocol.part import Option, Part
from study.protocol.people import (
    Cell,
    CellStopping,
    Device,
    Eligibility,
    Outcome,
    OutcomeCodes,
    Recruitment,
    Retention,
    Stopping,
)
from study.protocol.plan_of_analysis import Analysis, Exclusions, Hypothesis, Power
from study.protocol.questionnaires import Condition, Item, Questionnaire
from study.protocol.reading import (
    CheckedStudy,
    ProtocolError,
    StudyFile,
    check_study,
    problem_at,
    read_study,
)
from study.protocol.study_protocol import StudyProtocol, Texts
from study.protocol.translations import in_language, text_in

__all__ = [
    "Analysis",
    "Block",
    "Cell",
    "CellStopping",
    "CheckedStudy",
    "Condition",
    "Device",
    "Eligibility",
    "Exclusions",
    "Finding",
    "FrozenProtocol",
    "Hypothesis",
    "Item",
    "Option",
    "Outcome",
    "OutcomeCodes",
    "Part",
    "Power",
    "Problem",
    "ProtocolError",
    "Question",
    "Questionnaire",
    "Recruitment",
    "Retention",
    "Stopping",
    "StudyFile",
    "StudyProtocol",
    "Target",
    "Texts",
    "check_study",
    "freeze",
    "in_language",
    "problem_at",
    "read_study",
    "text_in",
    "thaw",
]
