"""Over all lists everything is equally often everywhere, whatever the design."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings

from study.plan import n_lists
from tests.study.plan.designs import block, design, designs, faces, lists_of, plans, real_left, use
from tests.thorough import examples

MOST_LISTS = 250


def equal(counts: Counter, keys) -> bool:
    return len({counts[key] for key in keys}) == 1


def whole_round(made):
    n = lists_of(made)
    assume(n <= MOST_LISTS)
    return [trial for plan in plans(made, n) for trial in plan if not trial.practice]


def labels(made):
    return ("real", "ai") if made.labels == "random" else (None,)


def label(made, trial):
    return trial.left_label if made.labels == "random" else None


@settings(max_examples=examples(100), deadline=None)
@given(designs())
def test_each_pair_is_equally_often_in_every_block_at_every_exposure_on_every_side(made):
    trials = [trial for trial in whole_round(made) if trial.trial_kind == "target"]
    for b in (b for b in made.blocks if not b.practice):
        counts = Counter((t.pair, *use(t), label(made, t)) for t in trials if t.block == b.name)
        keys = [
            (pair.pair, exposure, side, said)
            for pair in made.pairs
            for exposure in b.planned_exposures
            for side in (True, False)
            for said in labels(made)
        ]
        assert equal(counts, keys)
        assert sum(counts.values()) == b.pairs * lists_of(made)


@settings(max_examples=examples(80), deadline=None)
@given(designs(most_blocks=2))
def test_fillers_checks_and_repeats_use_every_pair_equally_often(made):
    trials = whole_round(made)
    pair_of = {face: pair.pair for pair in made.pairs for face in (pair.first, pair.second)}
    for b in (b for b in made.blocks if not b.practice):
        mine = [trial for trial in trials if trial.block == b.name]
        for kind in ("check", "repeat"):
            assert equal(Counter(t.pair for t in mine if t.trial_kind == kind), [p.pair for p in made.pairs])
        shown = [face for t in mine if t.trial_kind == "filler" for face in (t.left, t.right)]
        counts = Counter((pair_of[face], face.endswith("_real")) for face in shown)
        assert equal(counts, [(pair.pair, real) for pair in made.pairs for real in (True, False)])


@settings(max_examples=examples(100), deadline=None)
@given(designs())
def test_after_any_number_of_people_pairs_differ_by_three_at_most(made):
    """Counted within a block, over exposures, sides and random labels; 3 is the worst ever met."""
    counts: dict[str, Counter] = {b.name: Counter() for b in made.blocks}
    for plan in plans(made, 40):
        for t in plan:
            if t.trial_kind == "target":
                counts[t.block][(t.pair, *use(t), label(made, t))] += 1
        for b in (b for b in made.blocks if not b.practice):
            times = [
                counts[b.name][(pair.pair, exposure, side, said)]
                for pair in made.pairs
                for exposure in b.planned_exposures
                for side in (True, False)
                for said in labels(made)
            ]
            assert max(times) - min(times) <= 3


@settings(max_examples=examples(100), deadline=None)
@given(designs(most_blocks=2))
def test_fillers_are_as_often_two_real_faces_as_two_made_ones(made):
    for plan in plans(made, 3):
        for b in made.blocks:
            kinds = [t.left.endswith("_real") for t in plan if t.block == b.name and t.trial_kind == "filler"]
            assert abs(kinds.count(True) - kinds.count(False)) <= 1
            assert all(
                t.left.endswith("_real") == t.right.endswith("_real")
                for t in plan
                if t.trial_kind == "filler"
            )


@pytest.mark.parametrize(
    ("made", "n"),
    [
        (design(block("trust", 12, (100, 500, 2000)), block("detect", 12, (100, 500, 2000))), 12),
        (design(block("a", 8), block("b", 8)), 8),
        (design(block("a", 6, (100,))), 2),
        # 10 pairs are no multiple of 4 uses: two turns of the ring.
        (design(block("a", 10)), 20),
        (design(block("a", 8), labels="random"), 8),
        (design(block("a", 8, fillers=4)), 16),
    ],
)
def test_the_number_of_lists_is_what_a_whole_round_needs(made, n):
    assert lists_of(made) == n


@pytest.mark.parametrize(
    ("made", "n_pairs", "words"),
    [
        (block("a", 8), 6, "the blocks use 8 pairs, the stimulus set has 6; lower pairs"),
        (block("a", 4, repeats=5), 9, "as many repeats as pairs \\(4\\), found 5; lower repeats"),
        (block("a", 4, layout="single", fillers=1), 9, "no fillers with single faces, found 1"),
    ],
)
def test_a_block_that_cannot_be_planned_is_an_error_that_says_what_to_change(made, n_pairs, words):
    with pytest.raises(ValueError, match=words):
        n_lists((made,), n_pairs)


def test_a_check_needs_a_question_with_answers_to_name():
    text = {"id": "why", "kind": "text", "text": "Why?"}
    made = block("a", 4, checks=1).model_copy(update={"questions": ()})
    made = type(made).model_validate(made.model_dump() | {"questions": [text]})
    with pytest.raises(ValueError, match="expected a question whose answer a check can name"):
        n_lists((made,), 9)


def test_faces_of_a_single_layout_are_as_often_real_as_made():
    made = design(block("a", 12, (100, 500, 2000), layout="single"))
    for plan in plans(made, 12):
        assert [real_left(trial) for trial in plan].count(True) == 6
        assert {trial.right for trial in plan} == {None}
        assert {trial.left for trial in plan} <= {f for p in faces(12) for f in (p.first, p.second)}
