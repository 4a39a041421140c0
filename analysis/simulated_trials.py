"""What simulated participants are shown: who they are, their plan, and how the screen kept to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FRAME_MS = 1000 / 60
PRACTICE_PAIR = "practice"
EPOCH = pd.Timestamp("2025-01-01T09:00:00Z")


@dataclass(frozen=True)
class Truth:
    """What the robots of a simulated study are like.

    ``d_prime`` is the sensitivity in yes/no units per exposure (``None``: unlimited) of the average
    participant for the average pair; ``side_bias`` the criterion, positive when leaning to "right";
    ``trust_difference`` AI minus real on the underlying scale, before rounding to 1-7. The standard
    deviations are of d' and of the trust difference, between participants and between pairs.

    ``confidence_noise`` is the sd of what is added to the evidence before it becomes confidence (0:
    confidence uses all that the choice did). ``hiring_difference`` is as ``trust_difference``;
    ``share_cues_named`` the share of choices for which a cue is named; None: not asked. ``artifact_gains``
    adds to d' in pairs whose made face carries an artifact.
    """

    d_prime: Mapping[float | None, float]
    side_bias: float = 0.0
    trust_difference: float = 0.0
    participant_sd: float = 0.3
    stimulus_sd: float = 0.3
    careless_share: float = 0.0
    late_frame_share: float = 0.0
    dropout_share: float = 0.0
    confidence_noise: float = 0.0
    hiring_difference: float | None = None
    share_cues_named: float | None = None
    artifact_gains: Mapping[str, float] = field(default_factory=dict)

    def artifacts_of(self, item: int) -> tuple[str, ...]:
        """The tag of a pair's made face: artifacts in turn, then a pair without one; practice has none."""
        tags = tuple(self.artifact_gains)
        place = item % (len(tags) + 1)
        return () if item < 0 or place == len(tags) else (tags[place],)


def simulated_people(n: int, truth: Truth, namespace: str, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "participant": [f"p{number:04d}" for number in range(1, n + 1)],
            "session": [f"s{number:04d}" for number in range(1, n + 1)],
            "namespace": namespace,
            "list": np.arange(n),
            "d_shift": truth.participant_sd * rng.standard_normal(n),
            "trust_shift": truth.participant_sd * rng.standard_normal(n),
            "trust_level": 4.2 + 0.6 * rng.standard_normal(n),
            "careless": rng.random(n) < truth.careless_share,
            "stops_at": np.where(rng.random(n) < truth.dropout_share, rng.random(n), 2.0),
        }
    )


def planned_trials(
    people: pd.DataFrame,
    n_pairs: int,
    exposures: list[float | None],
    kind: str,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per planned trial: two of practice, then every pair for trust, then for detection."""
    n_lists = 2 * len(exposures)
    parts = []
    for who in range(len(people)):
        shift = who % n_lists
        parts.append(_block_plan(who, "practice", np.array([-1, -1]), np.array([0, 0]), np.array([0, 1])))
        for block_number, block in enumerate(("trust", "detect")):
            items = rng.permutation(n_pairs)
            exposure = (items + shift + block_number) % len(exposures)
            side = (items // len(exposures) + shift // len(exposures) + block_number) % 2
            parts.append(_block_plan(who, block, items, exposure, side))
    trials = pd.concat(parts, ignore_index=True)
    trials["position"] = trials.groupby("who").cumcount() + 1
    pair = trials["item"].map(pair_name)
    ai_left = trials.pop("ai_left").to_numpy(dtype=bool)
    real, made = pair + "-real", pair + f"-{kind}"
    milliseconds = np.array([np.nan if value is None else value for value in exposures], dtype=float)
    exposure_ms = milliseconds[trials.pop("exposure").to_numpy()]
    person = people.iloc[trials["who"]].reset_index(drop=True)
    return trials.assign(
        participant=person["participant"],
        session=person["session"],
        namespace=person["namespace"],
        list=person["list"] % n_lists + 1,
        practice=trials["block"] == "practice",
        trial_kind="target",
        layout="pair",
        pair=pair,
        left=np.where(ai_left, made, real),
        right=np.where(ai_left, real, made),
        left_origin=np.where(ai_left, kind, "real"),
        right_origin=np.where(ai_left, "real", kind),
        exposure_ms=exposure_ms,
    )


def _block_plan(
    who: int, block: str, items: NDArray[Any], exposure: NDArray[Any], side: NDArray[Any]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "who": who,
            "block": block,
            "block_position": np.arange(1, len(items) + 1),
            "item": items,
            "exposure": exposure,
            "ai_left": side == 1,
        }
    )


def pair_name(item: int) -> str:
    return PRACTICE_PAIR if item < 0 else f"pair{item + 1:03d}"


def presented_trials(
    trials: pd.DataFrame, people: pd.DataFrame, truth: Truth, namespace: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Show the pictures on a 60 Hz screen that misses a declared share of its deadlines."""
    n = len(trials)
    stops_after = people["stops_at"].to_numpy()[trials["who"]] * trials.groupby("who")["who"].transform(
        "size"
    )
    status = np.select(
        [trials["position"] < stops_after, trials["position"] < stops_after + 1],
        ["answered", "interrupted"],
        "planned",
    )
    shown = status != "planned"
    planned = np.rint(trials["exposure_ms"] / FRAME_MS)
    late = rng.random(n) < truth.late_frame_share
    slip = np.where(late, rng.choice([-1, 1, 2, 3], size=n, p=[0.2, 0.5, 0.2, 0.1]), 0)
    frames = np.where(shown, np.maximum(planned + slip, 1), np.nan)
    onset = 20_000.0 + 6_000.0 * trials["position"] + np.rint(1000 * rng.random(n))
    evidence = "simulated" if namespace == "robot" else "element_timing"
    shown_ms = np.round(frames * FRAME_MS, 1)
    received = EPOCH + pd.to_timedelta(onset + 600_000.0 * trials["who"], unit="ms").dt.floor("ms")
    return trials.assign(
        status=status,
        evidence=_where(shown, evidence),
        planned_frames=planned,
        shown_frames=frames,
        onset_ms=np.where(shown, onset, np.nan),
        offset_ms=np.where(shown, onset + shown_ms, np.nan),
        shown_ms=shown_ms,
        callback_ms=shown_ms,
        frame_interval_ms=np.where(shown, round(FRAME_MS, 2), np.nan),
        longest_gap_ms=np.where(shown, np.round(FRAME_MS * (1 + np.maximum(slip, 0)), 1), np.nan),
        late_frames=np.where(shown, np.maximum(slip, 0), np.nan),
        edges_seen=np.where(shown, 2.0, np.nan),
        clock_late_ms=np.where(shown, 1.0, np.nan),
        lead_restarts=np.where(shown, 0.0, np.nan),
        hidden=_where(shown, False),
        blurred=_where(shown, status == "interrupted"),
        resized=_where(shown, False),
        interruption=_where(status == "interrupted", "hidden"),
        viewport_width_px=np.where(shown, 1280.0, np.nan),
        viewport_height_px=np.where(shown, 800.0, np.nan),
        device_pixel_ratio=np.where(shown, 1.0, np.nan),
        picture_width_px=np.where(shown, 480.0, np.nan),
        picture_height_px=np.where(shown, 600.0, np.nan),
        received_at=received.where(pd.Series(shown), pd.NaT),
    )


def _where(shown: NDArray[Any], value: Any) -> NDArray[Any]:
    return np.where(shown, np.asarray(value, dtype=object), np.array(None, dtype=object))
