"""What a power table says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.power.study import TRUST_CLAIMS, PlannedStudy

#: Where more people would add less than this, pictures are the limit.
_NEARLY = 0.05
ENOUGH = 0.9


def percent(share: float) -> str:
    """A share in percent; the space before the sign does not break.

    >>> percent(0.905).replace("\u00a0", " ")
    '90 %'
    """
    return f"{100 * share:.0f}\u00a0%"


def effect_words(claim: str, effect: float) -> str:
    """An effect with its unit.

    >>> effect_words("distrust", 0.2), effect_words("closer-look", 0.3)
    ('a difference of 0.2 points', "a gain of 0.3 in d'")
    """
    if claim in TRUST_CLAIMS:
        return f"a difference of {effect:g} points"
    return f"a gain of {effect:g} in d'" if claim == "closer-look" else f"a d' of {effect:g}"


def findings(table: pd.DataFrame) -> Iterator[str]:
    """One sentence or two for every claim, effect and number of pairs: how many people are enough, if any."""
    key: Any
    for key, rows in table.groupby(["claim", "effect", "n_pairs"], sort=True):
        claim, effect, n_pairs = key
        ordered = rows.sort_values("n_participants")
        yield f"{claim}, {effect_words(claim, effect)}, {n_pairs} pairs: {_enough(ordered)}{_limit(ordered)}"


def _enough(rows: pd.DataFrame) -> str:
    enough = rows[rows["power"] >= ENOUGH]
    if len(enough):
        return f"{_power_of(enough.iloc[0])}."
    best = rows.iloc[-1]
    return f"no number of people tried reaches {percent(ENOUGH)}; {_power_of(best)}."


def _power_of(row: pd.Series[float]) -> str:
    interval = f"[{percent(row['power_low'])}, {percent(row['power_high'])}]"
    return f"{row['n_participants']:.0f} people have a power of {percent(row['power'])} {interval}"


def _limit(rows: pd.DataFrame) -> str:
    last, ceiling = rows.iloc[-1], float(rows["ceiling"].iloc[-1])
    if ceiling < ENOUGH:
        return (
            f" With any number of people it stays at {percent(ceiling)}: only more pictures, or pictures "
            "that are more alike, help."
        )
    if ceiling - last["power"] < _NEARLY and len(rows) > 1:
        return f" More people hardly help any more ({percent(ceiling)} with any number)."
    return ""


def study_file_lines(table: pd.DataFrame, study: PlannedStudy, *, seed: int, version: str) -> str:
    """The ``[analysis.power]`` of the study file, for the design nearest to the study's own.

    The hardest primary claim is the one that is stated.
    """
    primary = table[table["claim"].isin(study.plan.primary)]
    rows = primary if len(primary) else table
    nearest = (rows["n_participants"] - study.target).abs()
    own = rows[nearest == nearest.min()]
    if study.n_pairs in set(own["n_pairs"]):
        own = own[own["n_pairs"] == study.n_pairs]
    row = own.sort_values("power").iloc[0]
    method = (
        f"Simulated with facevalue {version}: {row['n_simulations']:.0f} studies of "
        f"{row['n_participants']:.0f} people, {row['n_pairs']:.0f} pairs and {row['n_trials']:.0f} trials "
        f"each for the claim {row['claim']}, crossed mixed model, alpha {row['alpha']:g}, with the study's "
        f"exclusions; Monte Carlo interval [{row['power_low']:.2f}, {row['power_high']:.2f}]; seed {seed}."
    )
    power = min(max(float(row["power"]), 0.001), 0.999)
    return f'[analysis.power]\neffect = {row["effect"]:g}\npower = {power:.3g}\nmethod = "{method}"\n'
