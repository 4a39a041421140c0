"""Was each picture shown as planned? The published rule, and a card that sums it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# Evidence that counts frames. Its rules, and the limits they work with, are in docs/timing.md.
MEASURED = ("element_timing", "frame_clock", "simulated")
RULE = (
    "A trial was presented as planned when the recorded evidence counts exactly the planned number of "
    "frames and the page was neither hidden, blurred nor resized during the exposure. Unlimited exposures "
    "need only the latter. Frames are counted from the presentation times of both edges; where the page was "
    "too busy to see an edge, only if a second clock shows that the display kept its time at the edges. "
    "Otherwise there is no evidence, and without evidence the answer is unknown."
)


#: What tells the sessions of a table of trials apart.
SESSION_KEY = ["participant", "session"]

#: Refresh rates that screens are sold with, Hz.
NOMINAL_HZ = (30, 50, 60, 72, 75, 90, 100, 120, 144, 165, 180, 200, 240)


@dataclass(frozen=True)
class ExposureTiming:
    """What was shown at one planned exposure; ``median_shown_ms`` is NaN without evidence."""

    exposure_ms: float
    n_trials: int
    n_as_planned: int
    n_not_as_planned: int
    n_unknown: int
    median_shown_ms: float


@dataclass(frozen=True)
class GroupTiming:
    """What was shown in one browser or at one refresh rate.

    ``n_late``: trials with a frame of the second clock later than 1.5 intervals, as planned or not.
    """

    name: str
    n_trials: int
    n_as_planned: int
    n_not_as_planned: int
    n_unknown: int
    n_late: int


@dataclass(frozen=True)
class TimingCard:
    """How the exposures of a study came out, over all trials that were shown.

    ``frame_errors`` counts trials by shown minus planned frames (negative: hidden too early), where
    there is evidence and a planned number. ``refresh_rates`` counts a measured rate with the nearest that
    screens are sold with, within 5 %. ``participants`` has one row per participant: n_trials,
    n_as_planned, n_not_as_planned, n_unknown, frame_interval_ms.
    """

    n_trials: int
    n_as_planned: int
    n_not_as_planned: int
    n_unknown: int
    n_disturbed: int
    evidence: dict[str, int]
    frame_errors: dict[int, int]
    exposures: tuple[ExposureTiming, ...]
    browsers: tuple[GroupTiming, ...]
    refresh_rates: tuple[GroupTiming, ...]
    n_late: int
    median_frame_interval_ms: float
    participants: pd.DataFrame


def presented_as_planned(trials: pd.DataFrame) -> pd.Series[Any]:
    """True, False, or missing where it cannot be known; a nullable boolean per trial.

    Needs evidence, exposure_ms, planned_frames, shown_frames, hidden, blurred, resized. ``RULE`` is
    the rule in words. A trial that was never shown has no evidence and is unknown.
    """
    disturbed = _disturbed(trials)
    unlimited = trials["exposure_ms"].isna()
    exact = (trials["shown_frames"] == trials["planned_frames"]) & trials["shown_frames"].notna()
    verdict = (unlimited | exact).astype("boolean") & ~disturbed
    known = trials["evidence"].isin(MEASURED)
    return verdict.where(known)


def sessions_with_evidence(trials: pd.DataFrame) -> pd.MultiIndex:
    """Participant and session of each session in which the browser gave evidence of any trial.

    Elsewhere, as in Firefox and Safari, no trial can be known; that one is not says nothing of it.
    """
    known = trials.loc[trials["evidence"].isin(MEASURED), SESSION_KEY]
    return pd.MultiIndex.from_frame(known.drop_duplicates())


def timing_card(trials: pd.DataFrame, participants: pd.DataFrame) -> TimingCard:
    """Sum up the presentation of all answered and interrupted trials in ``trials``.

    Besides what the rule needs: status, participant, shown_ms, frame_interval_ms, late_frames; of
    ``participants``, participant and browser.
    """
    shown = trials[trials["status"] != "planned"]
    verdict = presented_as_planned(shown)
    has_evidence = shown["evidence"].isin(MEASURED)
    errors = (shown["shown_frames"] - shown["planned_frames"])[has_evidence & shown["exposure_ms"].notna()]
    exposure = shown["exposure_ms"].fillna(np.inf)
    browser_of = participants.drop_duplicates("participant").set_index("participant")["browser"]
    browser = shown["participant"].map(browser_of).fillna("unknown").replace("", "unknown")
    late = shown["late_frames"].fillna(0) > 0
    return TimingCard(
        n_trials=len(shown),
        **_counts(verdict),
        n_disturbed=int(_disturbed(shown).fillna(False).sum()),
        evidence={str(kind): int(n) for kind, n in shown["evidence"].fillna("none").value_counts().items()},
        frame_errors={
            int(error): int((errors == error).sum()) for error in np.sort(errors.dropna().unique())
        },
        exposures=tuple(
            ExposureTiming(
                exposure_ms=float(level),
                n_trials=int((exposure == level).sum()),
                **_counts(verdict[exposure == level]),
                median_shown_ms=float(shown.loc[exposure == level, "shown_ms"].median()),
            )
            for level in np.sort(exposure.unique())
        ),
        browsers=_groups(browser, verdict, late, sorted(browser.unique())),
        refresh_rates=_groups(*_by_refresh_rate(shown, verdict, late)),
        n_late=int(late.sum()),
        median_frame_interval_ms=float(shown["frame_interval_ms"].median()),
        participants=_per_participant(shown, verdict),
    )


def refresh_rate_hz(interval_ms: float) -> int | None:
    """The rate a screen is sold with, where the measured one is within 5 % of one; None without a measure.

    >>> refresh_rate_hz(16.68), refresh_rate_hz(6.95), refresh_rate_hz(11.9), refresh_rate_hz(float("nan"))
    (60, 144, 84, None)
    """
    if not interval_ms > 0:
        return None
    measured = 1000 / interval_ms
    nearest = min(NOMINAL_HZ, key=lambda rate: abs(rate - measured))
    return nearest if abs(nearest - measured) <= 0.05 * nearest else round(measured)


def _by_refresh_rate(
    shown: pd.DataFrame, verdict: pd.Series[Any], late: pd.Series[Any]
) -> tuple[pd.Series[Any], pd.Series[Any], pd.Series[Any], list[str]]:
    rates = [refresh_rate_hz(float(interval)) for interval in shown["frame_interval_ms"].astype(float)]
    names = {rate: f"{rate} Hz" if rate else "unknown" for rate in rates}
    order = [names[rate] for rate in sorted(names, key=lambda rate: rate or np.inf)]
    return pd.Series([names[rate] for rate in rates], index=shown.index), verdict, late, order


def _groups(
    name_of: pd.Series[Any], verdict: pd.Series[Any], late: pd.Series[Any], names: Sequence[str]
) -> tuple[GroupTiming, ...]:
    return tuple(
        GroupTiming(
            name=str(name),
            n_trials=int((name_of == name).sum()),
            **_counts(verdict[name_of == name]),
            n_late=int(late[name_of == name].sum()),
        )
        for name in names
    )


def _disturbed(trials: pd.DataFrame) -> pd.Series[Any]:
    return trials["hidden"] | trials["blurred"] | trials["resized"]


def _counts(verdict: pd.Series[Any]) -> dict[str, int]:
    as_planned = int(verdict.fillna(False).sum())
    unknown = int(verdict.isna().sum())
    return {
        "n_as_planned": as_planned,
        "n_not_as_planned": len(verdict) - as_planned - unknown,
        "n_unknown": unknown,
    }


def _per_participant(shown: pd.DataFrame, verdict: pd.Series[Any]) -> pd.DataFrame:
    flags = pd.DataFrame(
        {
            "participant": shown["participant"],
            "n_trials": 1,
            "n_as_planned": verdict.fillna(False).astype(int),
            "n_not_as_planned": (~verdict).fillna(False).astype(int),
            "n_unknown": verdict.isna().astype(int),
        }
    )
    counts = flags.groupby("participant").sum()
    counts["frame_interval_ms"] = shown.groupby("participant")["frame_interval_ms"].median()
    return counts.reset_index()
