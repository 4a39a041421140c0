"""Each pair, each picture and each participant: raw shares with intervals, and estimates from the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from statsmodels.stats.proportion import proportion_confint

from analysis.detection_model import DetectionModel, Judgements
from analysis.estimate import Floats

if TYPE_CHECKING:
    from analysis.mixed import MixedFit


@dataclass(frozen=True)
class Spread:
    """How much true d' differs: standard deviations between people and between pairs, on the scale of d'.

    Estimated by the model, without the noise of few answers each; NaN where a part is not in the model.
    """

    participants: float
    items: float


def item_detection(model: DetectionModel, *, level: float = 0.95) -> pd.DataFrame:
    """One row per pair (or face shown alone), the best detected first.

    Columns: item, n_trials, share_correct, low, high (Wilson: other people looking at the same pictures);
    and from the model shrunken_d_prime (of pairs; of a face alone NaN, it has one origin), shrunken_share,
    shrunken_low, shrunken_high: the share correct expected of other people, averaged over people. Shrunken
    estimates lie nearer to the average the fewer answers there are, and need no correction for chance
    extremes; their intervals take the fixed effects and variances as known.
    """
    judgements = model.judgements
    table = (
        judgements.table.groupby(judgements.item)["correct"]
        .agg(n_trials="size", n_correct="sum")
        .reset_index()
        .rename(columns={judgements.item: "item"})
    )
    n_correct, n = table.pop("n_correct").astype(float), table["n_trials"]
    low, high = proportion_confint(n_correct, n, alpha=1 - level, method="wilson")
    table = table.assign(share_correct=n_correct / n, low=low, high=high)
    table = table.merge(_shrunken(model, level), on="item", how="left")
    key = table["shrunken_share"].fillna(table["share_correct"]).to_numpy()
    order = np.lexsort((table["item"].astype(str), -key))
    return table.iloc[order].reset_index(drop=True)


def participant_shrinkage(model: DetectionModel, *, level: float = 0.95) -> pd.DataFrame:
    """participant, shrunken_d_prime, shrunken_low, shrunken_high: each person's d' for average pictures."""
    columns = ["participant", "shrunken_d_prime", "shrunken_low", "shrunken_high"]
    if model.declared is None or "participant" not in model.declared.fit.groups:
        return pd.DataFrame(columns=columns)
    signal, per = model.judgements.signal, model.judgements.per_d_prime
    modes = model.declared.fit.modes("participant")
    if signal not in modes:
        return pd.DataFrame(columns=columns)
    centre = model.d_prime.estimate + modes[signal].to_numpy() / per
    half = float(ndtri(0.5 + level / 2)) * modes[f"{signal}_se"].to_numpy() / per
    values = (modes.index.astype(str), centre, centre - half, centre + half)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def spread(model: DetectionModel) -> Spread:
    if model.declared is None:
        return Spread(np.nan, np.nan)
    fit, judgements = model.declared.fit, model.judgements
    keys = zip(fit.random["group"], fit.random["term"], strict=True)
    sds = dict(zip(keys, fit.random["sd"].astype(float), strict=True))
    people = sds.get(("participant", judgements.signal), np.nan)
    if judgements.layout == "pair":
        items = sds.get(("pair", judgements.signal), np.nan)
    else:
        # A made and a real face, drawn independently, each with its own shift.
        items = np.sqrt(2) * sds.get(("stimulus", "Intercept"), np.nan)
    return Spread(people / judgements.per_d_prime, float(items) / judgements.per_d_prime)


def _shrunken(model: DetectionModel, level: float) -> pd.DataFrame:
    names = ["item", "shrunken_d_prime", "shrunken_share", "shrunken_low", "shrunken_high"]
    if model.declared is None or model.judgements.item not in model.declared.fit.groups:
        return pd.DataFrame(columns=names)
    fit = model.declared.fit
    modes = fit.modes(model.judgements.item)
    term = model.judgements.signal if model.judgements.layout == "pair" else "Intercept"
    mode, se = modes[term].to_numpy(), modes[f"{term}_se"].to_numpy()
    half = float(ndtri(0.5 + level / 2)) * se
    shares = [
        _expected_share(fit, model.judgements, modes.index, value)
        for value in (mode, mode - half, mode + half)
    ]
    d_prime = np.full(len(modes), np.nan)
    if model.judgements.layout == "pair":
        d_prime = model.d_prime.estimate + mode / model.judgements.per_d_prime
    columns = [modes.index, d_prime, shares[0], np.minimum(*shares[1:]), np.maximum(*shares[1:])]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _expected_share(fit: MixedFit, judgements: Judgements, items: pd.Index, effect: Floats) -> Floats:
    """Share correct over people, and over both sides of a pair."""
    intercept, slope = (float(fit.fixed["estimate"][name]) for name in ("Intercept", judgements.signal))
    if judgements.layout == "single":
        signal = judgements.table.groupby("stimulus")[judgements.signal].first().loc[items].to_numpy()
        z = intercept + slope * signal + effect
        return np.asarray(ndtr(np.sign(signal) * z / _spread_over_people(fit, judgements.signal, signal)))
    sides = [
        ndtr(
            np.sign(side)
            * (intercept + (slope + effect) * side)
            / _spread_over_people(fit, judgements.signal, side)
        )
        for side in (-0.5, 0.5)
    ]
    return np.asarray((sides[0] + sides[1]) / 2)


def _spread_over_people(fit: MixedFit, name: str, signal: float | Floats) -> float | Floats:
    """sqrt(1 + variance between people at this signal): what averaging over people divides z by."""
    if "participant" not in fit.groups:
        return 1.0
    covariance = fit.random_covariance("participant")
    z: dict[Any, Any] = {"Intercept": 1.0, name: signal}
    total = sum(z[a] * covariance.loc[a, b] * z[b] for a in covariance.index for b in covariance.columns)
    return np.asarray(np.sqrt(1 + total))
