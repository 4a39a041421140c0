"""The model that tests each claim, and what a fit says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.power.study import TRUST_CLAIMS, AskedTrials


@dataclass(frozen=True)
class TestingModel:
    """How a claim is tested: formula, family, the term that is the effect, and its unit per unit of the term.

    ``per_term``: the estimate of the term times this is the effect.
    """

    formula: str
    family: str
    link: str | None
    term: str
    per_term: float = 1.0

    # pytest collects classes by this name otherwise.
    __test__ = False


@dataclass(frozen=True)
class Outcome:
    """What one simulated study found: the effect in its own unit, NaN where the model could not be fitted."""

    estimate: float
    se: float
    df: float
    n_kept: int


_BOTH_DIFFER = "(1 + made || participant) + (1 + made || pair)"


def testing_model(claim: str, asked: AskedTrials) -> TestingModel:
    """The mixed model that tests a claim in this layout, with people and pairs as crossed random effects.

    Random effects that the effect needs are all there; their correlations are left out: they cost most of the
    time and hardly touch the test of a fixed effect.
    """
    single = asked.layout == "single"
    if claim in TRUST_CLAIMS:
        if single:
            return TestingModel(f"answer ~ made + {_BOTH_DIFFER}", "gaussian", None, "made")
        formula = "difference ~ 1 + (1 | participant) + (1 | pair)"
        return TestingModel(formula, "gaussian", None, "Intercept")
    unit = 1.0 if single else float(1 / np.sqrt(2))
    if claim == "closer-look":
        differ = _BOTH_DIFFER.replace("made", "made + made:look")
        formula = f"answer ~ made * look + {differ}"
        return TestingModel(formula, "bernoulli", "probit", "made:look", unit)
    return TestingModel(f"answer ~ made + {_BOTH_DIFFER}", "bernoulli", "probit", "made", unit)


def outcome(data: pd.DataFrame, model: TestingModel) -> Outcome:
    """Fit the model to a simulated study."""
    from analysis.mixed import DesignError, fit_mixed

    n_kept = int(data["participant"].nunique())
    try:
        fit: Any = fit_mixed(model.formula, data, family=model.family, link=model.link)  # type: ignore[arg-type]
    except DesignError:
        return Outcome(np.nan, np.nan, np.nan, n_kept)
    row = fit.fixed.loc[model.term]
    scale = model.per_term
    return Outcome(scale * float(row["estimate"]), scale * float(row["se"]), float(row["df"]), n_kept)
