"""Simulate a study with known truth: robots who rate pairs of headshots by a signal detection model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.simulated_answers import CUES, NO_CUE, simulated_answers
from analysis.simulated_export import write_simulated_export
from analysis.simulated_trials import (
    EPOCH,
    FRAME_MS,
    Truth,
    pair_name,
    planned_trials,
    presented_trials,
    simulated_people,
)


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
    confidence_noise: float = 0.0,
    hiring_difference: float | None = None,
    share_cues_named: float | None = None,
    artifact_gains: Mapping[str, float] | None = None,
    stimulus_kind: str = "ai",
    namespace: str = "robot",
    seed: int = 1,
) -> Truth:
    """Write the export of a simulated study and return the truth behind it.

    Every robot rates every pair twice: for trust (1-7, each face), then for detection ("which one is
    AI?") with confidence (1-4). Pair by side by exposure is balanced over ``2 * len(exposures_ms)``
    lists. ``hiring_difference`` makes the first block ask whom one would hire too (1-7, each face),
    ``share_cues_named`` the second what gave the AI face away. ``artifact_gains`` (tag of the manifest to
    gain in d') tags equally many made faces with each, and as many with none. The same arguments always
    write the same bytes.
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
        confidence_noise=confidence_noise,
        hiring_difference=hiring_difference,
        share_cues_named=share_cues_named,
        artifact_gains=dict(artifact_gains or {}),
    )
    rng = np.random.default_rng(seed)
    people = simulated_people(n_participants, truth, namespace, rng)
    trials = planned_trials(people, n_pairs, list(exposures_ms), stimulus_kind, rng)
    trials = presented_trials(trials, people, truth, namespace, rng)
    ratings = simulated_answers(trials, people, truth, n_pairs, seed, rng)
    participants = _participants(people, trials)
    write_simulated_export(
        Path(folder),
        tables={
            "trials": trials.drop(columns=["who", "item"]),
            "ratings": ratings,
            "participants": participants,
            "stimuli": _stimuli(n_pairs, stimulus_kind, truth),
            "events": _events(trials),
        },
        exposures_ms=list(exposures_ms),
        n_pairs=n_pairs,
        stimulus_kind=stimulus_kind,
        seed=seed,
        hiring=hiring_difference is not None,
        cues=(*CUES, NO_CUE) if share_cues_named is not None else (),
    )
    return truth


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


def _stimuli(n_pairs: int, kind: str, truth: Truth) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for item in range(-1, n_pairs):
        pair = pair_name(item)
        rows.append({"stimulus": f"{pair}-real", "pair": pair, "origin": "real"})
        made = {"stimulus": f"{pair}-{kind}", "pair": pair, "origin": kind}
        edited = {"edited_from": f"{pair}-real", "defect": "skin_smoothing", "dose": 0.6}
        tags = {"artifacts": " ".join(truth.artifacts_of(item))} if truth.artifact_gains else {}
        rows.append(made | tags | (edited if kind == "edited" else {"generator": "simulated"}))
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
