"""Which questions of a study rate faces, on which scale, and what effect on it was declared to matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.dataset import Dataset
from analysis.protocol import Block, Protocol, Question
from analysis.rating_differences import rating_pairs, single_ratings

TRUST = "trust"
#: Where a study does not ask for trust, the margin is of a scale from 1 to 7.
_TRUST_RANGE = 6.0
#: Adjectives that studies ask for → what was rated
_NOUNS = {
    "approachable": "approachability",
    "attractive": "attractiveness",
    "competent": "competence",
    "eerie": "eeriness",
    "friendly": "friendliness",
    "hireable": "hireability",
    "likeable": "likeability",
    "lifelike": "lifelikeness",
    "natural": "naturalness",
    "professional": "professionalism",
    "realistic": "realism",
    "trustworthy": "trustworthiness",
    "warm": "warmth",
}


@dataclass(frozen=True)
class RatedQuestion:
    """A question answered on a scale for each face; ``layout`` as in the blocks that ask it.

    ``smallest_effect`` is in points of this very scale; ``scaled`` says that it was declared for trust and
    brought over in proportion to the range of the two scales.
    """

    id: str
    text: str
    layout: Literal["pair", "single"]
    minimum: float
    maximum: float
    smallest_effect: float
    scaled: bool

    @property
    def words(self) -> str:
        """What is rated, as one would write it: a noun where the id is a common adjective."""
        return _NOUNS.get(self.id, self.id.replace("_", " ").replace("-", " "))

    def rated(self, dataset: Dataset) -> pd.DataFrame:
        """The answers, as ``rating_difference`` takes them."""
        return rating_pairs(dataset, self.id) if self.layout == "pair" else single_ratings(dataset, self.id)


def rated_questions(protocol: Protocol) -> tuple[RatedQuestion, ...]:
    """Trust first, then the others as they are asked; a question of pairs and of single faces comes twice.

    Of single faces every scale rates the face, confidence excepted, which is about an answer.
    """
    found: dict[tuple[str, str], RatedQuestion] = {}
    for block in protocol.blocks:
        for question in block.questions:
            if not block.practice and _rates_faces(block, question):
                found.setdefault((question.id, block.layout), _rated(block, question, protocol))
    return tuple(sorted(found.values(), key=lambda one: one.id != TRUST))


def _rates_faces(block: Block, question: Question) -> bool:
    if question.kind != "scale" or question.id == "confidence":
        return False
    return block.layout == "single" or question.target == "each"


def _rated(block: Block, question: Question, protocol: Protocol) -> RatedQuestion:
    trust = protocol.questions().get(TRUST)
    declared_range = _range(trust) if trust is not None and trust.kind == "scale" else _TRUST_RANGE
    share = 1.0 if question.id == TRUST else _range(question) / declared_range
    return RatedQuestion(
        id=question.id,
        text=question.text,
        layout="single" if block.layout == "single" else "pair",
        minimum=_minimum(question),
        maximum=_minimum(question) + _range(question),
        smallest_effect=protocol.analysis.smallest_effect * share,
        scaled=question.id != TRUST,
    )


def _minimum(question: Question) -> float:
    return 1.0 if question.minimum is None else question.minimum


def _range(question: Question) -> float:
    return (7.0 if question.maximum is None else question.maximum) - _minimum(question)
