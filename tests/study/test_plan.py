"""Plans are balanced across participants, whatever the design."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.plan import LONGEST_RUN, PairOfFaces, n_lists, plan_trials
from study.protocol import Block, Question

TRUST = Question(id="trust", kind="scale", target="each", text="How trustworthy?")


def block(
    name: str, pairs: int, exposures: tuple[object, ...] = (100, 500), *, practice: bool = False
) -> Block:
    return Block(
        name=name,
        practice=practice,
        pairs=pairs,
        exposures_ms=exposures,
        intro="intro.md",
        questions=(TRUST,),
    )


def pairs_of_faces(n: int, prefix: str = "pair") -> list[PairOfFaces]:
    return [PairOfFaces(f"{prefix}{k}", f"{prefix}{k}_real", f"{prefix}{k}_ai") for k in range(n)]


@st.composite
def designs(draw: st.DrawFn) -> tuple[list[Block], int]:
    blocks = []
    for number in range(draw(st.integers(1, 3))):
        exposures = draw(
            st.lists(st.sampled_from([17, 100, 500, 2000, "unlimited"]), min_size=1, max_size=4, unique=True)
        )
        repeats = draw(st.integers(1, 3))
        blocks.append(block(f"block{number}", len(exposures) * 2 * repeats, tuple(exposures)))
    spare = draw(st.integers(0, 5))
    return blocks, sum(b.pairs for b in blocks) + spare


def plan(blocks, n_pairs, list_number, session_seed=3):
    n_practice = sum(b.pairs for b in blocks if b.practice)
    return plan_trials(
        blocks,
        pairs_of_faces(n_pairs),
        pairs_of_faces(n_practice, "practice"),
        list_number=list_number,
        study_seed=11,
        session_seed=session_seed,
    )


@settings(max_examples=150, deadline=None)
@given(designs())
def test_over_all_lists_each_pair_is_equally_often_in_every_block_exposure_and_side(design):
    blocks, n_pairs = design
    uses = Counter(
        (trial.pair, trial.block, trial.exposure_ms, trial.left.endswith("real"))
        for number in range(n_lists(blocks, n_pairs))
        for trial in plan(blocks, n_pairs, number)
    )
    wanted = {
        (pair.pair, b.name, exposure, left)
        for pair in pairs_of_faces(n_pairs)
        for b in blocks
        for exposure in b.planned_exposures
        for left in (True, False)
    }
    assert set(uses) == wanted
    by_use: dict[tuple[object, ...], set[int]] = {}
    for (_, *use), times in uses.items():
        by_use.setdefault(tuple(use), set()).add(times)
    assert all(len(times) == 1 for times in by_use.values())


@settings(max_examples=100, deadline=None)
@given(designs(), st.integers(0, 2**40))
def test_within_a_session_no_pair_comes_twice_and_sides_are_balanced(design, seed):
    blocks, n_pairs = design
    trials = plan(blocks, n_pairs, list_number=seed % n_pairs, session_seed=seed)
    assert len({trial.pair for trial in trials}) == len(trials) == sum(b.pairs for b in blocks)
    assert [trial.position for trial in trials] == list(range(1, len(trials) + 1))
    for b in blocks:
        uses = Counter((t.exposure_ms, t.left.endswith("real")) for t in trials if t.block == b.name)
        assert len(set(uses.values())) == 1


@pytest.mark.parametrize("seed", range(30))
def test_neither_side_nor_exposure_comes_more_than_three_times_in_a_row(seed):
    trials = plan([block("trust", 24, (100, 500, 2000))], 24, list_number=0, session_seed=seed)
    for values in ([t.left.endswith("real") for t in trials], [t.exposure_ms for t in trials]):
        assert max(len(list(run)) for _, run in groupby(values)) <= LONGEST_RUN


def test_the_same_arguments_give_the_same_plan_and_other_seeds_another_order():
    design = [block("practice", 2, practice=True), block("trust", 8)]
    assert plan(design, 8, 0) == plan(design, 8, 0)
    assert [t.pair for t in plan(design, 8, 0)] != [t.pair for t in plan(design, 8, 0, session_seed=4)]


def test_the_plan_of_a_seed_stays_what_it_was_on_every_machine():
    trials = plan([block("trust", 4, (100,))], 4, list_number=1)
    assert [(t.pair, t.left) for t in trials] == [
        ("pair2", "pair2_ai"),
        ("pair1", "pair1_real"),
        ("pair0", "pair0_ai"),
        ("pair3", "pair3_real"),
    ]


def test_practice_uses_practice_pairs_only():
    trials = plan([block("practice", 2, practice=True), block("trust", 4)], 4, list_number=0)
    assert {t.pair for t in trials if t.practice} == {"practice0", "practice1"}
    assert not any(t.pair.startswith("practice") for t in trials if not t.practice)


def test_too_few_pairs_is_an_error_that_says_how_many_are_needed():
    with pytest.raises(ValueError, match="the blocks use 8 pairs, the stimulus set has 6; lower pairs"):
        plan([block("trust", 8)], 6, list_number=0)


def test_unlimited_exposure_is_planned_as_none():
    trials = plan([block("trust", 2, ("unlimited",))], 2, list_number=0)
    assert {t.exposure_ms for t in trials} == {None}
