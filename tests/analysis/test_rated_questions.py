"""Which questions rate faces, and how a margin declared for trust is brought to other scales."""

from dataclasses import replace

import pytest

from analysis.dataset import Dataset
from analysis.protocol import Question
from analysis.rated_questions import rated_questions


def scale(name: str, target: str = "each", low: float = 1, high: float = 7) -> Question:
    return Question(name, "scale", target, name, low, high, optional=False)


def with_questions(dataset: Dataset, *questions: Question, layout: str = "pair") -> Dataset:
    block = replace(dataset.protocol.blocks[1], questions=questions, layout=layout)
    return replace(dataset, protocol=replace(dataset.protocol, blocks=(block,)))


def test_trust_comes_first_and_questions_about_the_pair_are_none(dataset: Dataset) -> None:
    asked = with_questions(dataset, scale("eerie"), scale("trust"), scale("confidence", "pair"))
    assert [one.id for one in rated_questions(asked.protocol)] == ["trust", "eerie"]


def test_confidence_in_a_single_face_is_about_the_answer(dataset: Dataset) -> None:
    asked = with_questions(dataset, scale("lifelike", "pair"), scale("confidence", "pair"), layout="single")
    (one,) = rated_questions(asked.protocol)
    assert (one.id, one.layout) == ("lifelike", "single")


@pytest.mark.parametrize(("low", "high", "margin"), [(1, 7, 0.2), (1, 4, 0.1), (0, 10, 0.2 * 10 / 6)])
def test_the_margin_is_scaled_to_the_range(dataset: Dataset, low: float, high: float, margin: float) -> None:
    asked = with_questions(dataset, scale("trust"), scale("eerie", low=low, high=high))
    trust, eerie = rated_questions(asked.protocol)
    assert (trust.smallest_effect, trust.scaled) == (0.2, False)
    assert eerie.smallest_effect == pytest.approx(margin)
    assert eerie.scaled
    assert (eerie.minimum, eerie.maximum) == (low, high)
