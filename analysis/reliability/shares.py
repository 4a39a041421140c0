"""Where the variance of ratings lies: in pictures, in people, or in neither, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from analysis.mixed import MixedFit

SOURCES = ("stimulus", "participant", "residual")


def rating_shares(
    table: pd.DataFrame,
    *,
    stimulus: str = "stimulus",
    participant: str = "participant",
    value: str = "rating",
    level: float = 0.95,
    n_bootstrap: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Variance of single ratings due to pictures, people and the rest.

    Index stimulus (what people agree on), participant (who rates high or low), residual (private taste and
    noise, which only repeats can tell apart); columns variance, share, low, high of the share. From a crossed
    mixed model fitted by REML; intervals by parametric bootstrap, pictures and people drawn anew.
    """
    from analysis.mixed import fit_mixed, parametric_bootstrap, variance_shares

    known = table[[stimulus, participant, value]].dropna()
    known.columns = pd.Index(["stimulus", "participant", "value"])
    known = known.astype({"stimulus": str, "participant": str, "value": float})
    fit = fit_mixed("value ~ 1 + (1 | stimulus) + (1 | participant)", known)

    def shares(one: MixedFit) -> dict[str, float]:
        found = variance_shares(one)["share"]
        return {source: float(found[source]) for source in SOURCES}

    draws = parametric_bootstrap(fit, n=n_bootstrap, seed=seed, statistic=shares)
    intervals = draws.intervals(level)
    return variance_shares(fit).loc[list(SOURCES)].assign(low=intervals["low"], high=intervals["high"])
