"""Which attention checks count as failed."""

from __future__ import annotations

import pytest

from study.attention_checks import CheckTrial, n_failed_checks
from study.protocol import Block, Question


def block(*questions):
    return Block(name="trust", pairs=4, checks=2, exposures_ms=(500,), intro="x.md", questions=questions)


TRUST = Question(id="trust", kind="scale", target="each", text="How trustworthy?")
WORDS = Question(id="words", kind="text", text="Why?")
SIDE = Question(id="detect", kind="side", text="Which?")


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ({("trust", "left"): "7", ("trust", "right"): "7"}, 0),
        ({("trust", "left"): "7", ("trust", "right"): "6"}, 1),
        ({("trust", "left"): "1", ("trust", "right"): "1"}, 1),
        ({}, 0),
    ],
    ids=["as asked", "one face otherwise", "both otherwise, one check", "never answered"],
)
def test_a_check_fails_once_when_any_face_got_another_answer(answers, failed):
    assert n_failed_checks([CheckTrial("trust", "7", answers)], [block(TRUST)]) == failed


def test_only_the_question_that_was_asked_for_counts():
    answers = {("words", "pair"): "left", ("detect", "pair"): "left", ("trust", "left"): "2"}
    assert n_failed_checks([CheckTrial("trust", "left", answers)], [block(WORDS, SIDE, TRUST)]) == 0


def test_checks_are_counted_over_all_blocks():
    other = block(SIDE).model_copy(update={"name": "detect"})
    checks = [
        CheckTrial("trust", "7", {("trust", "left"): "1"}),
        CheckTrial("detect", "left", {("detect", "pair"): "right"}),
        CheckTrial("detect", "left", {("detect", "pair"): "left"}),
    ]
    assert n_failed_checks(checks, [block(TRUST), other]) == 2
