"""Simulate a study with known truth: robots who rate pairs of headshots by a signal detection model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.simulated_export import write_simulated_export
from analysis.simulated_trials import (
    EPOCH,
    FRAME_MS,
    PRACTICE_PAIR,
    Truth,
    pair_name,
    planned_trials,
    presented_trials,
    simulated_people,
)

_CONFIDENCE_CUTS = (0.35, 0.8, 1.4)


def simulate_export(
    folder: Path,
    *,
    n_participants: int = 60,
    n_pairs: int = 24,
    exposures_ms: Sequence[float | None] = (100, 500, 2000),
    d_prime: float | Sequence[float] = (0.4, 0.9, 1.4),
    side_bias: float = 0.1,
    trust_difference: float = -0.3,
    participant_sd: float = 0.3,
    stimulus_sd: float = 0.3,
    careless_share: float = 0.0,
    late_frame_share: float = 0.0,
    dropout_share: float = 0.0,
    stimulus_kind: str = "ai",
    namespace: str = "robot",
    seed: int = 1,
) -> Truth:
    """Write the export of a simulated study and return the truth behind it.

    Every robot rates every pair twice: for trust (1-7, each face), then for detection ("which one is
    AI?") with confidence (1-4). Pair by side by exposure is balanced over ``2 * len(exposures_ms)``
    lists. The same arguments always write the same bytes.
    """
    levels = [d_prime] * len(exposures_ms) if isinstance(d_prime, int | float) else list(d_prime)
    if len(levels) != len(exposures_ms):
        raise ValueError(
            f"d_prime needs one value per exposure: expected {len(exposures_ms)}, found {len(levels)}; "
            "give a single number to use it at every exposure"
        )
    if n_participants < 1 or n_pairs < 1:
        raise ValueError(
            f"a study needs at least 1 participant and 1 pair, got {n_participants} and {n_pairs}; "
            "raise n_participants or n_pairs"
        )
    truth = Truth(
        d_prime=dict(zip(exposures_ms, levels, strict=True)),
        side_bias=side_bias,
        trust_difference=trust_difference,
        participant_sd=participant_sd,
        stimulus_sd=stimulus_sd,
        careless_share=careless_share,
        late_frame_share=late_frame_share,
        dropout_share=dropout_share,
    )
    rng = np.random.default_rng(seed)
    people = simulated_people(n_participants, truth, namespace, rng)
    trials = planned_trials(people, n_pairs, list(exposures_ms), stimulus_kind, rng)
    trials = presented_trials(trials, people, truth, namespace, rng)
    ratings = _answer(trials, people, truth, n_pairs, rng)
    participants = _participants(people, trials)
    write_simulated_export(
        Path(folder),
        tables={
            "trials": trials.drop(columns=["who", "item"]),
            "ratings": ratings,
            "participants": participants,
            "stimuli": _stimuli(n_pairs, stimulus_kind),
            "events": _events(trials),
        },
        exposures_ms=list(exposures_ms),
        n_pairs=n_pairs,
        stimulus_kind=stimulus_kind,
        seed=seed,
    )
    return truth


def _answer(
    trials: pd.DataFrame, people: pd.DataFrame, truth: Truth, n_pairs: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Ratings of every answered trial, by an equal-variance signal detection model."""
    pair_d = truth.stimulus_sd * rng.standard_normal(n_pairs + 1)
    pair_trust = truth.stimulus_sd * rng.standard_normal(n_pairs + 1)
    pair_level = 0.5 * rng.standard_normal(n_pairs + 1)
    n = len(trials)
    item, person = trials["item"].to_numpy(), people.iloc[trials["who"]].reset_index(drop=True)
    ai_left = (trials["left_origin"] != "real").to_numpy()
    base = person["trust_level"].to_numpy() + pair_level[item]
    gap = truth.trust_difference + person["trust_shift"].to_numpy() + pair_trust[item]
    noise = rng.standard_normal((n, 2))
    trust = {
        side: np.clip(np.rint(base + np.where(is_ai, gap, 0.0) + noise[:, column]), 1, 7)
        for column, (side, is_ai) in enumerate((("left", ai_left), ("right", ~ai_left)))
    }
    # An exposure in the plan that is NaN is the unlimited one, which the truth files under None.
    level = trials["exposure_ms"].map(lambda ms: truth.d_prime[None if np.isnan(ms) else ms]).to_numpy()
    d = level + person["d_shift"].to_numpy() + pair_d[item]
    strength = np.where(ai_left, d, -d) / np.sqrt(2) + rng.standard_normal(n) - truth.side_bias
    careless = person["careless"].to_numpy()
    said = np.where((strength > 0) | careless, "left", "right")
    confidence = 1 + np.digitize(np.abs(strength), _CONFIDENCE_CUTS)
    rt_ms = np.where(careless, 150 + 200 * rng.random(n), 400 + np.exp(6.6 + 0.5 * rng.standard_normal(n)))
    asked = trials["status"] == "answered"
    detecting = asked & (trials["block"] == "detect")
    rows = [
        _rating(trials, asked & ~detecting, "trust", "left", np.where(careless, 4, trust["left"]), rt_ms, 1),
        _rating(
            trials, asked & ~detecting, "trust", "right", np.where(careless, 4, trust["right"]), rt_ms, 2
        ),
        _rating(trials, detecting, "detect", "pair", said, rt_ms, 1),
        _rating(trials, detecting, "confidence", "pair", np.where(careless, 1, confidence), rt_ms, 2),
    ]
    ratings = pd.concat(rows).sort_values(["participant", "position", "order"], kind="stable")
    return ratings.reset_index(drop=True)


def _rating(
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
    numeric = question != "detect"
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


def _participants(people: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    answered = trials["status"].eq("answered").groupby(trials["who"]).sum()
    planned = trials.groupby("who").size()
    completed = (answered == planned).to_numpy()
    started = EPOCH + pd.to_timedelta(600_000.0 * np.arange(len(people)), unit="ms")
    return people[["participant", "session", "namespace"]].assign(
        list=people["list"] % trials["list"].max() + 1,
        place=np.arange(1, len(people) + 1),
        status=np.where(completed, "completed", "in_progress"),
        language="en",
        consented_at=started,
        started_at=started,
        completed_at=pd.Series(started + pd.Timedelta(minutes=20)).where(completed, pd.NaT),
        browser="simulated",
        form="desktop",
        viewport_width_px=1280.0,
        viewport_height_px=800.0,
        device_pixel_ratio=1.0,
        frame_interval_ms=round(FRAME_MS, 2),
        n_planned=planned.to_numpy(),
        n_answered=answered.to_numpy(),
    )


def _stimuli(n_pairs: int, kind: str) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for pair in (PRACTICE_PAIR, *(pair_name(item) for item in range(n_pairs))):
        rows.append({"stimulus": f"{pair}-real", "pair": pair, "origin": "real"})
        made = {"stimulus": f"{pair}-{kind}", "pair": pair, "origin": kind}
        edited = {"edited_from": f"{pair}-real", "defect": "skin_smoothing", "dose": 0.6}
        rows.append(made | (edited if kind == "edited" else {"generator": "simulated"}))
    return pd.DataFrame(rows)


def _events(trials: pd.DataFrame) -> pd.DataFrame:
    """A session started, and one event for every exposure that was interrupted."""
    first = trials[trials["position"] == 1]
    stopped = trials[trials["status"] == "interrupted"]
    rows = pd.concat([first.assign(kind="session_started"), stopped.assign(kind="blurred")])
    rows = rows.sort_values(["participant", "position", "kind"], kind="stable").reset_index(drop=True)
    return pd.DataFrame(
        {
            "participant": rows["participant"],
            "session": rows["session"],
            "number": rows.groupby("participant").cumcount() + 1,
            "kind": rows["kind"],
            "position": rows["position"],
            "at_ms": rows["onset_ms"],
            "received_at": rows["received_at"],
            "detail": "{}",
        }
    )
