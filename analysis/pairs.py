"""The trials that show a real face beside a made one: what detection and trust are computed from."""

from __future__ import annotations

import numpy as np
import pandas as pd

TRIAL_KEY = ["participant", "session", "position"]


def mixed_pairs(trials: pd.DataFrame) -> pd.DataFrame:
    """One row per pair of a real and a made (AI or edited) face, in a fixed order.

    Columns: participant, session, position, pair, left, right, exposure_ms (infinity: unlimited),
    made_left (the made face was on the left). Pairs of two real or two made faces are left out.
    """
    real_left, real_right = trials["left_origin"] == "real", trials["right_origin"] == "real"
    mixed = (trials["layout"] == "pair") & (real_left != real_right)
    chosen = trials.loc[mixed, [*TRIAL_KEY, "pair", "left", "right", "exposure_ms"]]
    tidy = chosen.assign(exposure_ms=chosen["exposure_ms"].fillna(np.inf), made_left=~real_left[mixed])
    return tidy.sort_values(TRIAL_KEY, kind="stable").reset_index(drop=True)


def exposure_words(exposure_ms: float) -> str:
    """An exposure as one would say it: ``100 ms``, ``2 s``, ``unlimited time``.

    The space before a unit does not break, so that a number never ends a line without it.
    """
    if not np.isfinite(exposure_ms):
        return "unlimited time"
    return f"{exposure_ms:g}\u00a0ms" if exposure_ms < 1000 else f"{exposure_ms / 1000:g}\u00a0s"
