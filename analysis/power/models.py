"""The model that tests each claim, and what a fit says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.formulas import TestingModel, choice_model, difference_model, face_rating_model
from analysis.power.study import TRUST_CLAIMS, AskedTrials


@dataclass(frozen=True)
class Outcome:
    """What one simulated study found: the effect in its own unit, NaN where the model could not be fitted."""

    estimate: float
    se: float
    df: float
    n_kept: int


def testing_model(claim: str, asked: AskedTrials) -> TestingModel:
    """The mixed model that tests a claim in this layout, with people and pairs as crossed random effects.

    It is the one that ``analysis.claims`` fits to the data of the study.
    """
    single = asked.layout == "single"
    if claim in TRUST_CLAIMS:
        return face_rating_model() if single else difference_model()
    over = "look" if claim == "closer-look" else None
    return choice_model("single" if single else "pair", over=over)


def outcome(data: pd.DataFrame, model: TestingModel) -> Outcome:
    """Fit the model to a simulated study."""
    from analysis.mixed import DesignError, fit_mixed

    n_kept = int(data["participant"].nunique())
    try:
        fit: Any = fit_mixed(model.formula, data, family=model.family, link=model.link)
    except DesignError:
        return Outcome(np.nan, np.nan, np.nan, n_kept)
    row = fit.fixed.loc[model.term]
    scale = model.per_term
    return Outcome(scale * float(row["estimate"]), scale * float(row["se"]), float(row["df"]), n_kept)
