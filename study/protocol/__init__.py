"""The study as its file describes it: typed, checked, frozen, hashed. Pure: no database, no clock."""

from study.protocol.blocks import Block, Question, Target
from study.protocol.freezing import FrozenProtocol, freeze, thaw
from study.protocol.part import Option, Part
from study.protocol.people import (
    Cell,
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
from study.protocol.reading import ProtocolError, StudyFile, read_study
from study.protocol.study_protocol import StudyProtocol, Texts

__all__ = [
    "Analysis",
    "Block",
    "Cell",
    "Condition",
    "Device",
    "Eligibility",
    "Exclusions",
    "FrozenProtocol",
    "Hypothesis",
    "Item",
    "Option",
    "Outcome",
    "OutcomeCodes",
    "Part",
    "Power",
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
    "freeze",
    "read_study",
    "thaw",
]
