"""What one person gets: balanced, without long runs, no picture twice."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.plan import Design, plan_trials
from study.plan.runs import LONGEST_RUN
from study.protocol import Question
from tests.study.plan.designs import (
    block,
    design,
    designs,
    faces,
    longest_run,
    plans,
    real_left,
    runs_can_be_short,
    use,
)
from tests.thorough import examples

PLACES = st.integers(0, 40)


def plan(made, number=0, seed=0):
    return plan_trials(made, number=number, seed=seed)


def pictures(trials):
    return [face for trial in trials for face in (trial.left, trial.right) if face is not None]


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_no_picture_comes_twice_unless_its_trial_is_repeated(made, number):
    trials = plan(made, number)
    once = [trial for trial in trials if trial.repeat_of is None]
    assert len(set(pictures(once))) == len(pictures(once))
    by_position = {trial.position: trial for trial in trials}
    for trial in trials:
        assert (trial.repeat_of is not None) == (trial.trial_kind == "repeat")
        if trial.repeat_of is not None:
            assert set(pictures([trial])) == set(pictures([by_position[trial.repeat_of]]))


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_the_two_faces_of_a_pair_are_never_apart_in_one_session(made, number):
    """They may be of one person: apart, each would tell of the other."""
    together = {frozenset((p.first, p.second)) for p in (*made.pairs, *made.practice_pairs)}
    trials = plan(made, number)
    shown = set(pictures(trials))
    side_by_side = {frozenset((trial.left, trial.right)) for trial in trials}
    assert all(not pair <= shown or pair in side_by_side for pair in together)


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_a_session_holds_what_its_blocks_say_in_their_order(made, number):
    trials = plan(made, number)
    assert [t.position for t in trials] == list(range(1, len(trials) + 1))
    assert [t.block for t in trials] == [b.name for b in made.blocks for _ in range(b.n_trials)]
    for b in made.blocks:
        mine = [t for t in trials if t.block == b.name]
        assert [t.block_position for t in mine] == list(range(1, b.n_trials + 1))
        kinds = Counter(t.trial_kind for t in mine)
        wanted = {"target": b.pairs, "filler": b.fillers, "repeat": b.repeats, "check": b.checks}
        assert kinds == Counter({kind: n for kind, n in wanted.items() if n})
        assert {t.practice for t in mine} == {b.practice}
        assert {t.layout for t in mine} == {b.layout}
        assert {t.exposure_ms for t in mine} <= set(b.planned_exposures)


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_sides_differ_by_one_trial_at_most_at_every_exposure_of_a_block(made, number):
    trials = [trial for trial in plan(made, number) if trial.trial_kind == "target"]
    for b in made.blocks:
        counts = Counter(use(t) for t in trials if t.block == b.name)
        for exposure in b.planned_exposures:
            assert abs(counts[exposure, True] - counts[exposure, False]) <= 1
        sides = [real_left(t) for t in trials if t.block == b.name]
        assert abs(sides.count(True) - sides.count(False)) <= 1
        per_exposure = [
            sum(t.exposure_ms == e and t.block == b.name for t in trials) for e in b.planned_exposures
        ]
        assert max(per_exposure) - min(per_exposure) <= 2


@settings(max_examples=examples(150), deadline=None)
@given(designs(), PLACES)
def test_nothing_comes_more_than_three_times_in_a_row_where_it_need_not(made, number):
    trials = plan(made, number)
    for b in made.blocks:
        mine = [t for t in trials if t.block == b.name]
        for values in ([real_left(t) for t in mine], [t.exposure_ms for t in mine]):
            if len(set(values)) > 1 and runs_can_be_short(values):
                assert longest_run(values) <= LONGEST_RUN


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_a_repeat_comes_a_third_of_the_block_later_as_it_was_or_swapped(made, number):
    trials = {trial.position: trial for trial in plan(made, number)}
    for trial in (trial for trial in trials.values() if trial.repeat_of):
        first = trials[trial.repeat_of]
        b = next(b for b in made.blocks if b.name == trial.block)
        assert first.trial_kind == "target"
        assert first.block == trial.block
        assert 3 * (trial.position - first.position) >= b.n_trials
        assert (first.pair, first.exposure_ms) == (trial.pair, trial.exposure_ms)
        swapped = b.layout == "pair" and b.repeat_side == "swapped"
        assert (first.left == trial.left) is not swapped
        said = {trial.left: trial.left_label, trial.right: trial.right_label}
        assert said == {first.left: first.left_label, first.right: first.right_label}


@settings(max_examples=examples(100), deadline=None)
@given(designs(), PLACES)
def test_labels_say_the_truth_or_nothing_or_are_right_half_of_the_time(made, number):
    trials = plan(made, number)
    said = [
        (face.endswith("_real"), label)
        for t in trials
        for face, label in ((t.left, t.left_label), (t.right, t.right_label))
        if face is not None
    ]
    if made.labels == "none":
        assert {label for _, label in said} == {None}
    elif made.labels == "true":
        assert all(label == ("real" if real else "ai") for real, label in said)
    else:
        assert {label for _, label in said} <= {"real", "ai"}
        for b in made.blocks:
            targets = [t for t in trials if t.block == b.name and t.trial_kind == "target"]
            right = [(t.left_label == "real") == t.left.endswith("_real") for t in targets]
            assert abs(right.count(True) - right.count(False)) <= 2
            assert all({t.left_label, t.right_label} == {"real", "ai"} for t in targets if t.right)


def test_random_labels_tell_nothing_of_the_origin():
    made = design(block("a", 16), labels="random")
    targets = [trial for plan in plans(made, 16) for trial in plan]
    counts = Counter((t.left.endswith("_real"), t.left_label) for t in targets)
    assert set(counts.values()) == {64}


def test_with_fillers_exactly_one_made_face_is_not_a_safe_guess():
    made = design(block("a", 8, fillers=4))
    for plan_of_place in plans(made, 16):
        made_faces = Counter(sum(face.endswith("_ai") for face in (t.left, t.right)) for t in plan_of_place)
        assert made_faces == {1: 8, 0: 2, 2: 2}


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ({"id": "detect", "kind": "side", "text": "Which?"}, {"left", "right"}),
        ({"id": "trust", "kind": "scale", "text": "Trust?", "maximum": 3}, {"1", "2", "3"}),
    ],
)
def test_a_check_asks_for_an_answer_of_the_first_question_that_has_answers(question, answers):
    free = Question(id="why", kind="text", text="Why?")
    checked = block("a", 4, checks=2).model_copy(update={"questions": (free, Question(**question))})
    made = design(checked)
    asked = {t.asked_answer for seed in range(20) for t in plan(made, 0, seed) if t.trial_kind == "check"}
    assert asked == answers
    assert {t.asked_answer for t in plan(made) if t.trial_kind != "check"} == {None}


def test_practice_uses_practice_pairs_only():
    trials = plan(design(block("practice", 2, practice=True), block("trust", 4)))
    assert {t.pair for t in trials if t.practice} == {"practice0", "practice1"}
    assert not any(t.pair.startswith("practice") for t in trials if not t.practice)


def test_too_few_practice_pairs_is_an_error_that_says_how_many_are_needed():
    made = Design((block("practice", 4, practice=True),), (), faces(3, "practice"), "none", 1)
    with pytest.raises(ValueError, match="the blocks use 4 pairs, the stimulus set has 3"):
        plan(made)


def test_unlimited_exposure_is_planned_as_none():
    assert {t.exposure_ms for t in plan(design(block("trust", 2, ("unlimited",))))} == {None}
