"""What simulated participants answer: a signal detection model for choices, a latent scale for ratings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.simulated_trials import Truth

CUES = ("skin", "background", "body", "expression", "other")
NO_CUE = "none_named"
_CONFIDENCE_CUTS = (0.35, 0.8, 1.4)
_SCALE = (1, 7)

Floats = NDArray[np.float64]


def simulated_answers(
    trials: pd.DataFrame,
    people: pd.DataFrame,
    truth: Truth,
    n_pairs: int,
    seed: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Ratings of every answered trial, by an equal-variance signal detection model.

    Questions that only some studies ask draw from a generator of their own, so that asking them changes no
    other answer.
    """
    pair_d = truth.stimulus_sd * rng.standard_normal(n_pairs + 1)
    pair_trust = truth.stimulus_sd * rng.standard_normal(n_pairs + 1)
    pair_level = 0.5 * rng.standard_normal(n_pairs + 1)
    item, person = trials["item"].to_numpy(), people.iloc[trials["who"]].reset_index(drop=True)
    ai_left = (trials["left_origin"] != "real").to_numpy()
    base = person["trust_level"].to_numpy() + pair_level[item]
    shifts = person["trust_shift"].to_numpy() + pair_trust[item]
    trust = _both_faces(base, truth.trust_difference + shifts, ai_left, rng)
    d = _sensitivity(trials, truth) + person["d_shift"].to_numpy() + pair_d[item]
    strength = np.where(ai_left, d, -d) / np.sqrt(2) + rng.standard_normal(len(d)) - truth.side_bias
    careless = person["careless"].to_numpy()
    rt_ms = _response_times(careless, rng)
    more = np.random.default_rng([seed, 1])
    asked = trials["status"] == "answered"
    detecting, rating = asked & (trials["block"] == "detect"), asked & (trials["block"] != "detect")
    said = np.where((strength > 0) | careless, "left", "right")
    confidence = np.where(careless, 1, _confidence(strength, truth.confidence_noise, more))
    rows = [
        _rows(trials, rating, "trust", side, np.where(careless, 4, trust[side]), rt_ms, order)
        for order, side in ((1, "left"), (2, "right"))
    ]
    rows += [
        _rows(trials, detecting, "detect", "pair", said, rt_ms, 1),
        _rows(trials, detecting, "confidence", "pair", confidence, rt_ms, 2),
    ]
    if truth.hiring_difference is not None:
        hiring = _both_faces(base, truth.hiring_difference + shifts, ai_left, more)
        rows += [
            _rows(trials, rating, "hireable", side, np.where(careless, 4, hiring[side]), rt_ms, order)
            for order, side in ((3, "left"), (4, "right"))
        ]
    if truth.share_cues_named is not None:
        cues = _cues(len(trials), np.where(careless, 0.0, truth.share_cues_named), more)
        rows.append(_rows(trials, detecting, "cues", "pair", cues, rt_ms, 3))
    ratings = pd.concat(rows).sort_values(["participant", "position", "order"], kind="stable")
    return ratings.reset_index(drop=True)


def _both_faces(
    base: Floats, gap: Floats, ai_left: NDArray[np.bool_], rng: np.random.Generator
) -> dict[str, Floats]:
    noise = rng.standard_normal((len(base), 2))
    return {
        side: np.clip(np.rint(base + np.where(is_ai, gap, 0.0) + noise[:, column]), *_SCALE)
        for column, (side, is_ai) in enumerate((("left", ai_left), ("right", ~ai_left)))
    }


def _sensitivity(trials: pd.DataFrame, truth: Truth) -> Floats:
    """d' of the average person for this pair at this exposure."""
    # An exposure in the plan that is NaN is the unlimited one, which the truth files under None.
    level = trials["exposure_ms"].map(lambda ms: truth.d_prime[None if np.isnan(ms) else ms]).to_numpy()
    gains = np.zeros(len(trials))
    for artifact, gain in truth.artifact_gains.items():
        tagged = {item for item in set(trials["item"]) if artifact in truth.artifacts_of(item)}
        gains += gain * trials["item"].isin(tagged).to_numpy()
    return np.asarray(level + gains, dtype=float)


def _confidence(strength: Floats, noise: float, rng: np.random.Generator) -> NDArray[Any]:
    """1-4 by the distance of the evidence from the criterion, as it is remembered.

    Remembered evidence that speaks for the other choice is the least confident there is.
    """
    remembered = strength + noise * rng.standard_normal(len(strength)) if noise else strength
    distance = np.maximum(np.sign(strength) * remembered, 0.0)
    return np.asarray(1 + np.digitize(distance, _CONFIDENCE_CUTS))


def _cues(n: int, share: Floats, rng: np.random.Generator) -> NDArray[Any]:
    named = rng.random(n) < share
    return np.where(named, rng.choice(CUES, size=n), NO_CUE)


def _response_times(careless: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    n = len(careless)
    return np.where(careless, 150 + 200 * rng.random(n), 400 + np.exp(6.6 + 0.5 * rng.standard_normal(n)))


def _rows(
    trials: pd.DataFrame,
    asked: pd.Series[bool],
    question: str,
    target: str,
    answers: NDArray[Any],
    rt_ms: NDArray[Any],
    order: int,
) -> pd.DataFrame:
    columns = ["participant", "session", "namespace", "position", "block", "practice", "pair"]
    rows = trials.loc[asked, columns].copy()
    answer = pd.Series(answers, index=trials.index)[asked]
    numeric = question not in ("detect", "cues")
    asked_rt = pd.Series(rt_ms, index=trials.index)[asked] + 700 * (order - 1)
    return rows.assign(
        target=target,
        stimulus=trials.loc[asked, target] if target != "pair" else None,
        question=question,
        value=answer.astype(int).astype(str) if numeric else answer,
        value_number=answer.astype(float) if numeric else np.nan,
        rt_ms=asked_rt.round(1),
        release_ms=(asked_rt + 80).round(1),
        input="simulated",
        order=order,
        received_at=trials.loc[asked, "received_at"],
    )
