"""Whether stated attributes are spread alike over real and AI pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import random_table

from stimuli.manifest import Stimulus, StimulusSet
from stimuli.problem import Problem

ATTRIBUTES = ("gender", "age_band", "ethnicity")
CHANCE = 0.05
"""How seldom chance alone may make any attribute of a set a warning."""

_N_TABLES = 4999
_NOT_STATED = "not stated"


def attribute_problems(listed: StimulusSet) -> Iterator[Problem]:
    """Attributes that go with origin beyond chance, or with the generator; pairs that differ in gender.

    Edited pictures are left out: they have the attributes of their originals.
    """
    stimuli = [s for s in listed.stimuli if s.origin != "edited"]
    yield from _unbalanced(stimuli, [s.origin for s in stimuli], "origin")
    ai = [s for s in stimuli if s.origin == "ai" and s.generator]
    yield from _unbalanced(ai, [s.generator for s in ai], "generator")
    yield from _unlike_pairs(listed)


def _unbalanced(stimuli: Sequence[Stimulus], groups: Sequence[str], name: str) -> Iterator[Problem]:
    if len(set(groups)) < 2:
        return
    tests = {}
    for attribute in ATTRIBUTES:
        values = [getattr(s, attribute) or _NOT_STATED for s in stimuli]
        if len(set(values)) > 1:
            tests[attribute] = (independence_p(values, groups), values)
    # Holm (1979) over the attributes of the set.
    ordered = sorted(tests.items(), key=lambda item: item[1][0])
    for rank, (attribute, (p, values)) in enumerate(ordered):
        if p * (len(ordered) - rank) > CHANCE:
            return
        level, shares = _most_uneven(values, groups)
        told = ", ".join(f"{group} {share:.0%}" for group, share in shares.items())
        sentence = f"{attribute} goes with {name}: {level} is {told} (p = {_p(p)})"
        remedy = (
            f"leave pictures out or add some, or make pairs equal in it (pair --match {attribute}=exact)"
            if name == "origin"
            else "leave pictures out or add some, or analyse the generators apart"
        )
        yield Problem("warning", "", sentence, remedy, "attributes")


def independence_p(values: Sequence[str], groups: Sequence[str]) -> float:
    """How seldom tables with the same totals are as uneven, by chi-squared, among 4,999 by lot.

    Exact but for the number drawn: it holds where cells are too small for the chi-squared
    distribution (Agresti 1992).
    """
    rows = {value: i for i, value in enumerate(sorted(set(values)))}
    columns = {group: i for i, group in enumerate(sorted(set(groups)))}
    table = np.zeros((len(rows), len(columns)))
    for value, group in zip(values, groups, strict=True):
        table[rows[value], columns[group]] += 1
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    drawn = random_table(table.sum(axis=1), table.sum(axis=0)).rvs(_N_TABLES, random_state=4)
    uneven = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    found = ((table - expected) ** 2 / expected).sum()
    return float((1 + (uneven >= found - 1e-9).sum()) / (1 + _N_TABLES))


def _most_uneven(values: Sequence[str], groups: Sequence[str]) -> tuple[str, dict[str, float]]:
    """The value whose shares in the groups lie furthest apart, and these shares."""
    in_group = Counter(groups)
    both = Counter(zip(values, groups, strict=True))
    shares = {
        value: {group: both[value, group] / in_group[group] for group in sorted(in_group)}
        for value in sorted(set(values))
    }
    level = max(shares, key=lambda value: max(shares[value].values()) - min(shares[value].values()))
    return level, shares[level]


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.4f}"


def _unlike_pairs(listed: StimulusSet) -> Iterator[Problem]:
    by_id = {s.stimulus: s for s in listed.stimuli}
    shown = [(pair.pair, by_id[pair.first], by_id[pair.second]) for pair in listed.pairs if not pair.practice]
    unlike = [name for name, a, b in shown if a.gender and b.gender and a.gender != b.gender]
    if unlike:
        some = ", ".join(unlike[:3]) + (", …" if len(unlike) > 3 else "")
        sentence = f"{len(unlike)} pairs show different genders ({some})"
        yield Problem("warning", "", sentence, "pair anew with --match gender=exact", "attributes")
