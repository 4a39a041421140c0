"""Small studies of rated faces with known truth, as datasets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Coded, Dataset, Face, FacePair, from_table
from analysis.intervals import Resampling, resample
from analysis.protocol import Cell

SIDES = Coded("ai_right", {0: "left", 1: "right"})


def pair_table(
    n_people: int = 20,
    n_pairs: int = 12,
    *,
    difference: float = -0.5,
    belief: float = 0.0,
    label: float = 0.0,
    noise: float = 1.0,
    cells: dict[str, float] | None = None,
    exposures_ms: tuple[float, ...] = (100.0, 400.0),
    seed: int = 1,
) -> pd.DataFrame:
    """participant, pair, ai_right, exposure_ms, cell, trust_real, trust_ai (1-7), competent_real and _ai,
    detect (side taken for AI, .7 correct), label_right (what the right face was labelled).

    ``belief`` and ``label`` are added to whatever is believed or labelled AI, ``cells`` to the difference.
    """
    rng = np.random.default_rng(seed)
    names = list(cells or {"all": 0.0})
    who, pair = (each.ravel() for each in np.meshgrid(range(n_people), range(n_pairs), indexing="ij"))
    n = len(who)
    cell = np.array(names)[who % len(names)]
    ai_right = rng.integers(0, 2, n)
    correct = rng.random(n) < 0.7
    said_right = np.where(correct, ai_right, 1 - ai_right)
    label_right_ai = rng.integers(0, 2, n)
    level = 4 + 0.5 * rng.standard_normal(n_people)[who] + 0.4 * rng.standard_normal(n_pairs)[pair]
    own = 0.3 * rng.standard_normal(n_people)[who] + 0.2 * rng.standard_normal(n_pairs)[pair]
    gap = difference + own + np.array([(cells or {"all": 0.0})[name] for name in cell])

    def rating(made: bool) -> Any:
        right = ai_right == 1 if made else ai_right == 0
        believed = (said_right == 1) == right
        labelled = (label_right_ai == 1) == right
        latent = level + (gap if made else 0.0) + belief * believed + label * labelled
        return np.clip(np.rint(latent + noise * rng.standard_normal(n)), 1, 7)

    return pd.DataFrame(
        {
            "participant": [f"p{each:03d}" for each in who],
            "pair": [f"q{each:03d}" for each in pair],
            "ai_right": ai_right,
            "exposure_ms": np.array(exposures_ms)[(who + pair) % len(exposures_ms)],
            "cell": cell,
            "trust_real": rating(False),
            "trust_ai": rating(True),
            "competent_real": rating(False),
            "competent_ai": rating(True),
            "detect": np.where(said_right == 1, "right", "left"),
            "label_right": np.where(label_right_ai == 1, "ai", "real"),
        }
    )


def pair_study(table: pd.DataFrame, *, questions: tuple[str, ...] = ("trust",), **more: Any) -> Dataset:
    """The dataset of a ``pair_table``; labels and cells are in it where ``cells`` are given as ``Cell``."""
    cells: tuple[Cell, ...] = more.pop("cells", ())
    dataset = from_table(
        table.assign(exposure_ms=table["exposure_ms"].replace(np.inf, np.nan)),
        name="rated.csv",
        participant="participant",
        shown=FacePair("pair", made_side=SIDES),
        exposure_ms="exposure_ms",
        cell="cell",
        detect="detect" if "detect" in table else None,
        ratings={name: {"real": f"{name}_real", "ai": f"{name}_ai"} for name in questions},
        **more,
    )
    if not cells:
        return dataset
    right = table["label_right"]
    trials = dataset.trials.assign(
        right_label=right.to_numpy(), left_label=right.map({"ai": "real", "real": "ai"}).to_numpy()
    )
    return replace(dataset, trials=trials, protocol=replace(dataset.protocol, cells=cells))


def single_study(table: pd.DataFrame, *, seed: int = 1) -> Dataset:
    """The same people, who see one face of each pair alone, and say whether it is real."""
    made = np.random.default_rng(seed).integers(0, 2, len(table)) == 1
    said_made = np.where((table["detect"] == "right") == (table["ai_right"] == 1), made, ~made)
    faces = table.assign(
        stimulus=table["pair"] + np.where(made, "-ai", "-real"),
        origin=np.where(made, "ai", "real"),
        exposure_ms=table["exposure_ms"].replace(np.inf, np.nan),
        trust=table["trust_ai"].where(made, table["trust_real"]),
        detect=np.where(said_made, "ai", "real"),
    )
    return from_table(
        faces,
        name="single.csv",
        participant="participant",
        shown=Face("stimulus", origin="origin", pair="pair"),
        exposure_ms="exposure_ms",
        detect="detect",
        ratings={"trust": "trust"},
    )


def weights(table: pd.DataFrame, n_resamples: int = 300) -> Resampling:
    return resample(table["participant"], table["pair"], seed=1, n_resamples=n_resamples)
