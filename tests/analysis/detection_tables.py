"""Answers to pairs and to single faces with known truth, for the tests of detection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.dataset import Dataset, Face, from_table


def simulated_choices(
    *,
    d_prime: float | Sequence[float] = 1.0,
    n_participants: int = 40,
    n_pairs: int = 24,
    exposures_ms: Sequence[float] = (500.0,),
    bias: float = 0.0,
    participant_sd: float = 0.0,
    pair_sd: float = 0.0,
    gain_of_pairs: Sequence[float] | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Columns of ``pair_choices`` and rt_ms; every pair once per person, sides and exposures balanced."""
    rng = np.random.default_rng(seed)
    levels = np.broadcast_to(np.asarray(d_prime, dtype=float), (len(exposures_ms),))
    who, pair = (each.ravel() for each in np.indices((n_participants, n_pairs)))
    exposure = (pair + who) % len(exposures_ms)
    made_left = (pair // len(exposures_ms) + who // len(exposures_ms)) % 2 == 0
    of_pair = np.zeros(n_pairs) if gain_of_pairs is None else np.asarray(gain_of_pairs, dtype=float)
    d = (
        levels[exposure]
        + of_pair[pair]
        + participant_sd * rng.standard_normal(n_participants)[who]
        + pair_sd * rng.standard_normal(n_pairs)[pair]
    )
    strength = np.where(made_left, d, -d) / np.sqrt(2) + rng.standard_normal(len(d)) - bias
    said_left = strength > 0
    names = pd.Series([f"q{each:03d}" for each in pair])
    table = pd.DataFrame(
        {
            "participant": [f"p{each:03d}" for each in who],
            "session": [f"s{each:03d}" for each in who],
            "position": pair + 1,
            "pair": names,
            "left": np.where(made_left, names + "-ai", names + "-real"),
            "right": np.where(made_left, names + "-real", names + "-ai"),
            "exposure_ms": np.asarray(exposures_ms, dtype=float)[exposure],
            "made_left": made_left,
            "said_left": said_left,
        }
    )
    return table.assign(correct=made_left == said_left, strength=strength)


def simulated_faces(
    *,
    d_prime: float = 1.0,
    criterion: float = 0.2,
    n_participants: int = 20,
    n_faces: int = 24,
    exposures_ms: Sequence[float] = (100.0, 500.0),
    all_right: bool = False,
    seed: int = 1,
) -> Dataset:
    """Faces shown alone, half of them AI, judged with confidence."""
    rng = np.random.default_rng(seed)
    who, face = (each.ravel() for each in np.indices((n_participants, n_faces)))
    made = face % 2 == 1
    person = criterion + 0.3 * rng.standard_normal(n_participants)
    strength = d_prime * (made - 0.5) - person[who] + 0.3 * rng.standard_normal(n_faces)[face]
    strength = strength + rng.standard_normal(len(who))
    said_ai = made if all_right else strength > 0
    table = pd.DataFrame(
        {
            "participant": [f"p{each:03d}" for each in who],
            "stimulus": [f"f{each:03d}" for each in face],
            "origin": np.where(made, "ai", "real"),
            "said": np.where(said_ai, "ai", "real"),
            "confidence": np.clip(1 + np.floor(np.abs(strength) / 0.6), 1, 4),
            "rt_ms": np.exp(6.5 + 0.4 * rng.standard_normal(len(who))),
            "exposure_ms": np.asarray(exposures_ms, dtype=float)[(who + face // 2) % len(exposures_ms)],
        }
    )
    return from_table(
        table,
        name="faces",
        participant="participant",
        shown=Face("stimulus", "origin"),
        detect="said",
        confidence="confidence",
        rt_ms="rt_ms",
        exposure_ms="exposure_ms",
    )
