"""Mixed models of ratings, people crossed with pictures: ordinal first, linear as the check.

All three answer the same question in points of the scale. The cumulative probit takes ratings as ordered
categories; averaging the categories with its probabilities gives points again. The linear model takes them as
numbers, and the one of differences within pairs needs nothing to be assumed of the levels of ratings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate import Floats
from analysis.fitted import fitted_model
from analysis.model_results import ModelResult, NotEstimableError, Reading, attempt, declared, face_sample
from analysis.pairs import TRIAL_KEY

#: An answer with more different values is a number, not a step of a scale.
MOST_CATEGORIES = 20
LABELS = {
    "ordinal": "Cumulative probit mixed model",
    "linear": "Linear mixed model",
    "differences": "Linear mixed model of differences within pairs",
}


@dataclass(frozen=True)
class RatingModels:
    """The ordinal model and its checks.

    Estimates by name: ``difference`` (points, averaged over the trials' exposures), ``trend`` (per doubling
    of limited exposures; latent SD in the ordinal model, else points), ``latent`` (ordinal: in SD of the
    latent scale), ``standardised`` (linear: by the root of all variance).

    ``expected``: exposure_ms (NaN: all), then real, made and difference with _low and _high, in points, of
    the ordinal model. ``shares``: origin, rating, n, share observed and expected. Empty where it was not
    fitted.
    """

    ordinal: ModelResult
    linear: ModelResult
    differences: ModelResult
    expected: pd.DataFrame = field(repr=False)
    shares: pd.DataFrame = field(repr=False)

    @property
    def all(self) -> tuple[ModelResult, ModelResult, ModelResult]:
        return self.ordinal, self.linear, self.differences


def rating_models(
    faces: pd.DataFrame, *, name: str, words: str, level: float = 0.95, item_slope: bool = True
) -> RatingModels:
    """Fit all three to the ratings of one question in one layout; needs the columns of ``face_ratings``.

    ``name`` begins the names of the models in downloads, ``words`` is what was rated (trust). Random effects
    by the declared rule: intercept and slope of the made face by participant (never dropped) and by pair,
    or the intercept by stimulus where faces have no counterpart in their pair. ``item_slope=False`` leaves
    out the pair's slope.
    """
    table = coded(faces)
    setup = _Setup(table, name, words, level, random_part(table, item_slope=item_slope))
    fitted: dict[str, Any] = {}
    ordinal = attempt(LABELS["ordinal"], lambda: _ordinal(setup, fitted))
    return RatingModels(
        ordinal=ordinal,
        linear=attempt(LABELS["linear"], lambda: _linear(setup)),
        differences=attempt(LABELS["differences"], lambda: _differences(setup)),
        expected=fitted.get("expected", pd.DataFrame()),
        shares=fitted.get("shares", pd.DataFrame()),
    )


def coded(faces: pd.DataFrame) -> pd.DataFrame:
    """The ratings with predictors: made_c (-.5 real, .5 made), doublings_c and unlimited_c.

    ``doublings_c`` is log2 exposure minus its mean over limited exposures, 0 where unlimited; ``unlimited_c``
    is 1 or 0 minus its mean. So the effect of ``made_c`` beside their interactions is the one averaged over
    the trials.
    """
    limited = np.isfinite(faces["exposure_ms"].to_numpy(dtype=float))
    logs = np.log2(faces["exposure_ms"].where(limited).astype(float))
    return faces.assign(
        made_c=faces["made"].astype(float) - 0.5,
        doublings_c=(logs - logs.mean()).fillna(0.0),
        unlimited_c=(~limited).astype(float) - (~limited).mean(),
    )


def exposure_terms(table: pd.DataFrame) -> tuple[str, ...]:
    """The predictors of exposure that vary in a ``coded`` table."""
    limited = table.loc[np.isfinite(table["exposure_ms"]), "exposure_ms"]
    doublings = ("doublings_c",) if limited.nunique() > 1 else ()
    return (*doublings, "unlimited_c") if 0 < len(limited) < len(table) else doublings


def random_part(
    table: pd.DataFrame, *, slopes: tuple[str, ...] = ("made_c",), item_slope: bool = True
) -> str:
    """Random terms: ``slopes`` by participant; of the pictures, by pair where pairs have both faces."""
    people = f"(1 + {' + '.join(slopes)} | participant)"
    if (table.groupby("pair")["made"].nunique() == 2).mean() < 0.5:
        return f"{people} + (1 | stimulus)"
    return f"{people} + (1 + made_c | pair)" if item_slope else f"{people} + (1 | pair)"


def pair_differences(table: pd.DataFrame) -> pd.DataFrame:
    """One row per trial in which a made and a real face were both rated: difference and the exposure."""
    both = [*TRIAL_KEY, "pair", "exposure_ms"]
    means = table.pivot_table(index=both, columns="made", values="rating", aggfunc="mean")
    means = means.reindex(columns=[False, True]).dropna()
    return (means[True] - means[False]).rename("difference").reset_index()


def category_problem(ratings: pd.Series[Any]) -> str:
    """Why ratings are no ordered categories; empty where they are."""
    n = ratings.nunique()
    if n > MOST_CATEGORIES:
        return f"{n} different answers; more than {MOST_CATEGORIES} are numbers, not steps of a scale"
    return ""


@dataclass(frozen=True)
class _Setup:
    table: pd.DataFrame
    name: str
    words: str
    level: float
    random: str

    @property
    def formula(self) -> str:
        fixed = " + ".join(["made_c", *exposure_terms(self.table)])
        more = "".join(f" + made_c:{term}" for term in exposure_terms(self.table))
        return f"rating ~ {fixed}{more} + {self.random}"

    def reading(self, method: str) -> Reading:
        return Reading(face_sample(self.table), self.level, method)


def _ordinal(setup: _Setup, found: dict[str, Any]) -> ModelResult:
    if problem := category_problem(setup.table["rating"]):
        raise NotEstimableError(problem)
    chosen = declared(setup.formula, setup.table, protected=("made_c",), family="ordinal", link="probit")
    reading = setup.reading("cumulative probit mixed model, averaged over people and pictures")
    found["expected"], difference = _expected(chosen.fit, setup)
    found["shares"] = _shares(chosen.fit, setup.table)
    latent = setup.reading("cumulative probit mixed model")
    estimates = {
        "difference": reading.line(difference, 0, "points"),
        "latent": latent.term(chosen.fit.fixed, "made_c", "latent SD"),
    }
    if "made_c:doublings_c" in chosen.fit.fixed.index:
        estimates["trend"] = latent.term(chosen.fit.fixed, "made_c:doublings_c", "latent SD per doubling")
    question = f"Do ratings of {setup.words}, as ordered categories, differ between made and real faces?"
    model = fitted_model(f"{setup.name}-ordinal", question, chosen, level=setup.level)
    return ModelResult(LABELS["ordinal"], model, estimates)


def _linear(setup: _Setup) -> ModelResult:
    from analysis.mixed import standardised

    chosen = declared(setup.formula, setup.table, protected=("made_c",))
    reading = setup.reading("linear mixed model, REML, Satterthwaite df")
    fixed = chosen.fit.fixed
    estimates = {"difference": reading.term(fixed, "made_c", "points")}
    if "made_c:doublings_c" in fixed.index:
        estimates["trend"] = reading.term(fixed, "made_c:doublings_c", "points per doubling")
    relative = standardised(chosen.fit).assign(df=fixed["df"])
    estimates["standardised"] = reading.term(relative, "made_c", "SD of single ratings")
    question = f"Do ratings of {setup.words}, as numbers, differ between made and real faces?"
    model = fitted_model(f"{setup.name}-linear", question, chosen, level=setup.level)
    return ModelResult(LABELS["linear"], model, estimates)


def _differences(setup: _Setup) -> ModelResult:
    table = pair_differences(setup.table)
    if table.empty:
        raise NotEstimableError("no trial in which a made and a real face were both rated")
    # Coded anew: trials with one rating missing are not among these, and the mean exposure may be another.
    terms = coded(table.assign(made=True))
    varying = exposure_terms(terms)
    slope = "1 + doublings_c" if "doublings_c" in varying else "1"
    fixed = " + ".join(["1", *varying])
    chosen = declared(
        f"difference ~ {fixed} + ({slope} | participant) + ({slope} | pair)", terms, protected=()
    )
    reading = setup.reading("linear mixed model of differences within pairs, REML, Satterthwaite df")
    estimates = {"difference": reading.term(chosen.fit.fixed, "Intercept", "points")}
    if "doublings_c" in chosen.fit.fixed.index:
        estimates["trend"] = reading.term(chosen.fit.fixed, "doublings_c", "points per doubling")
    question = f"Do ratings of {setup.words} of the two faces of a pair differ?"
    model = fitted_model(f"{setup.name}-differences", question, chosen, level=setup.level)
    return ModelResult(LABELS["differences"], model, estimates)


def _expected(fit: Any, setup: _Setup) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points by exposure, and the difference over all of them weighted by the trials at each."""
    from analysis.mixed import expected_answers

    each = setup.table.groupby("exposure_ms")[["doublings_c", "unlimited_c"]].first()
    weights = setup.table["exposure_ms"].value_counts(normalize=True)[each.index].to_numpy()
    at = pd.concat([each.assign(made_c=-0.5), each.assign(made_c=0.5)], ignore_index=True)
    blocks = np.vstack([np.eye(len(each)), weights])
    lines = {
        "real": np.hstack([blocks, np.zeros_like(blocks)]),
        "made": np.hstack([np.zeros_like(blocks), blocks]),
        "difference": np.hstack([-blocks, blocks]),
    }
    columns: dict[str, Any] = {"exposure_ms": [*each.index, np.nan]}
    last = pd.DataFrame()
    for name, combine in lines.items():
        last = expected_answers(fit, at, combine, level=setup.level)
        columns |= {
            name: last["estimate"].to_numpy(),
            f"{name}_low": last["low"].to_numpy(),
            f"{name}_high": last["high"].to_numpy(),
        }
    return pd.DataFrame(columns), last.iloc[[-1]]


def _shares(fit: Any, table: pd.DataFrame) -> pd.DataFrame:
    """Share of every answer by origin: as observed, and as the model expects it."""
    from analysis.mixed import expected_shares

    by = ["made_c", "doublings_c", "unlimited_c"]
    cells = table.groupby(by).size().rename("n").reset_index()
    expected = expected_shares(fit, cells[by]).mul(cells["n"], axis=0).groupby(cells["made_c"]).sum()
    observed = pd.crosstab(table["made_c"], table["rating"])
    rows = []
    for made_c, origin in ((-0.5, "real"), (0.5, "made")):
        if made_c in observed.index:
            n: Floats = observed.loc[made_c].to_numpy(dtype=float)
            rows.append(
                pd.DataFrame(
                    {
                        "origin": origin,
                        "rating": observed.columns.to_numpy(dtype=float),
                        "n": n.astype(int),
                        "observed": n / n.sum(),
                        "expected": expected.loc[made_c].to_numpy() / n.sum(),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)
