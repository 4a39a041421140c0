"""Random designs, and the ways in which tests look at their plans."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from hypothesis import strategies as st

from study.plan import Design, PairOfFaces, n_lists, plan_trials
from study.protocol import Block, Question

TRUST = Question(id="trust", kind="scale", target="each", text="How trustworthy?")


def block(name: str, pairs: int, exposures: tuple[object, ...] = (100, 500), **options: object) -> Block:
    return Block(
        name=name, pairs=pairs, exposures_ms=exposures, intro="intro.md", questions=(TRUST,), **options
    )


def faces(n: int, prefix: str = "pair") -> tuple[PairOfFaces, ...]:
    return tuple(PairOfFaces(f"{prefix}{k}", f"{prefix}{k}_real", f"{prefix}{k}_ai") for k in range(n))


def design(*blocks: Block, spare: int = 0, labels: str = "none", seed: int = 11, stream: str = "") -> Design:
    """A design with as many pairs as its blocks need, and some to spare."""
    n = sum(b.pairs_used for b in blocks if not b.practice) + spare
    n_practice = sum(b.pairs_used for b in blocks if b.practice)
    return Design(tuple(blocks), faces(n), faces(n_practice, "practice"), labels, seed, stream)


def lists_of(made: Design) -> int:
    return n_lists(made.blocks, len(made.pairs), random_labels=made.labels == "random")


def plans(made: Design, n: int):
    return [plan_trials(made, number=number, seed=number) for number in range(n)]


def real_left(trial) -> bool | None:
    """Whether the real face is on the left, or the single face real; None of a filler."""
    return None if trial.trial_kind == "filler" else trial.left.endswith("_real")


def use(trial):
    return trial.exposure_ms, real_left(trial)


def longest_run(values) -> int:
    return max(len(list(run)) for _, run in groupby(values))


def runs_can_be_short(values) -> bool:
    """Whether the commonest value can be parted by the others into runs of three."""
    most = Counter(values).most_common(1)[0][1]
    return most <= 3 * (len(values) - most + 1)


@st.composite
def blocks(draw: st.DrawFn, name: str, *, repeats: bool = True, most_pairs: int = 10) -> Block:
    exposures = draw(
        st.lists(st.sampled_from([17, 100, 500, 2000, "unlimited"]), min_size=1, max_size=4, unique=True)
    )
    single = draw(st.booleans())
    pairs = draw(st.integers(1, most_pairs))
    return block(
        name,
        pairs,
        tuple(exposures),
        layout="single" if single else "pair",
        fillers=0 if single else draw(st.integers(0, 4)),
        repeats=draw(st.integers(0, pairs)) if repeats else 0,
        repeat_side=draw(st.sampled_from(["same", "swapped"])),
        checks=draw(st.integers(0, 2)),
    )


@st.composite
def designs(draw: st.DrawFn, *, repeats: bool = True, most_blocks: int = 3) -> Design:
    names = [f"block{number}" for number in range(draw(st.integers(1, most_blocks)))]
    made = [draw(blocks(name, repeats=repeats)) for name in names]
    if draw(st.booleans()):
        made.insert(0, block("practice", draw(st.integers(1, 4)), practice=True))
    return design(
        *made,
        spare=draw(st.integers(0, 5)),
        labels=draw(st.sampled_from(["none", "true", "random"])),
        seed=draw(st.integers(0, 2**40)),
    )
