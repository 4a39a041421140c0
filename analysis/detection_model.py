"""The probit mixed model of detection: people crossed with pairs, or with faces shown one at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from analysis.estimate import Estimate, Floats, Sample, model_estimate, sample_of
from analysis.intervals import Resampling, ratio
from analysis.rates import z_difference

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit, MixedFit

Layout = Literal["pair", "single"]
METHOD = "probit mixed model, Laplace approximation: an average person looking at average pictures"


@dataclass(frozen=True)
class Judgements:
    """Answers in the form of the model, one row each.

    ``table`` has participant, pair, left, right, exposure_ms, correct; ``response`` (0, 1: chose the
    right-hand face, or said AI), ``signal`` (-.5, .5: side of the made face, or whether the face is made) and
    ``item`` (pair or stimulus) are names of further columns.
    """

    table: pd.DataFrame
    layout: Layout

    @property
    def response(self) -> str:
        return "chose_right" if self.layout == "pair" else "said_ai"

    @property
    def signal(self) -> str:
        return "made_right" if self.layout == "pair" else "made"

    @property
    def item(self) -> str:
        return "pair" if self.layout == "pair" else "stimulus"

    @property
    def per_d_prime(self) -> float:
        """A difference in z between the two signals is this many d'."""
        return float(np.sqrt(2)) if self.layout == "pair" else 1.0

    @property
    def prefix(self) -> str:
        """Begins the names of tables, figures and models."""
        return "detection" if self.layout == "pair" else "faces"

    def where(self, rows: Any) -> Judgements:
        return Judgements(self.table[rows], self.layout)

    def counts(self) -> Sample:
        return sample_of(self.table)


@dataclass(frozen=True)
class DetectionModel:
    """The model of all answers; ``reason`` says in words why there is no ``declared`` fit.

    ``random`` is the random part for models of the same answers with further predictors: what the declared
    rule ended with, without variances estimated as exactly 0 (which leaves the likelihood as it is).
    """

    judgements: Judgements
    declared: DeclaredFit | None
    random: str
    d_prime: Estimate
    bias: Estimate
    reason: str = ""


def pair_judgements(choices: pd.DataFrame) -> Judgements:
    """From ``detection.pair_choices``."""
    return Judgements(
        choices.assign(
            chose_right=(~choices["said_left"].astype(bool)).astype(int),
            made_right=np.where(choices["made_left"], -0.5, 0.5),
        ),
        "pair",
    )


def single_judgements(judged: pd.DataFrame) -> Judgements:
    """From ``single_faces.face_judgements``."""
    return Judgements(
        judged.assign(
            stimulus=judged["left"],
            said_ai=judged["said_ai"].astype(int),
            made=np.where(judged["made"], 0.5, -0.5),
        ),
        "single",
    )


def model_detection(judgements: Judgements, *, level: float = 0.95) -> DetectionModel:
    """d' and side bias (pairs) or criterion (single faces) over all answers.

    Pairs: ``chose_right ~ made_right + (1 + made_right | participant) + (0 + made_right | pair)``; a pair has
    no preference for a side, since its sides are drawn anew for everyone. Single faces: ``said_ai ~ made +
    (1 + made | participant) + (1 | stimulus)``. Simplified by ``fit_declared`` where singular, the slopes of
    the made face protected. With one person or one pair alone that part is left out, and the result speaks
    about this person or this pair only.
    """
    reason, random = no_finite_d_prime(judgements), _declared_random(judgements)
    if not reason and not random:
        reason = "one person and one picture alone: nothing varies that could be a sample"
    declared = None
    if not reason:
        formula = f"{judgements.response} ~ {judgements.signal} + {random}"
        declared, reason = try_to_fit(formula, judgements)
    if declared is None:
        nothing = no_estimate(judgements.counts(), level)
        return DetectionModel(judgements, None, random, nothing, nothing, reason)
    d_prime, bias = contrasts(
        declared.fit, judgements, *(pd.DataFrame({judgements.signal: [value]}) for value in (0.5, -0.5))
    )
    sample = judgements.counts()
    return DetectionModel(
        judgements,
        declared,
        without_zeros(declared.fit, judgements),
        estimated(d_prime, sample, level),
        estimated(bias, sample, level),
    )


def try_to_fit(formula: str, judgements: Judgements) -> tuple[DeclaredFit | None, str]:
    """The probit fit by the declared rule, or why there is none that could be believed.

    Where the search does not converge, which happens beside a boundary that it does not quite reach,
    correlations are dropped as on a singular fit, and ``steps`` says so.
    """
    try:
        declared = _by_rule(formula, judgements)
        if not declared.fit.converged and " | participant" in formula:
            simpler = _by_rule(formula.replace(" | participant", " || participant"), judgements)
            change = "not converged: correlations by participant dropped"
            steps = pd.concat([declared.steps, simpler.steps.replace("as declared", change)])
            declared = replace(simpler, steps=steps.assign(step=range(1, len(steps) + 1)))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return None, str(error)
    unusable = [one for one in declared.fit.messages if one.startswith(("Separation", "The search did not"))]
    return (None, " ".join(unusable)) if unusable else (declared, "")


def _by_rule(formula: str, judgements: Judgements) -> DeclaredFit:
    from analysis.mixed import fit_declared

    # Without the slope by pair nothing would speak about other pictures, so it stays as the other one does.
    protected = [judgements.signal] if re.search(rf"\b{judgements.signal} \|", formula) else []
    return fit_declared(formula, judgements.table, protected=protected, family="bernoulli", link="probit")


def no_finite_d_prime(judgements: Judgements) -> str:
    """Why answers as one-sided as these have no finite d'; empty where they have one."""
    table, n = judgements.table, len(judgements.table)
    if not n:
        return "no answers"
    if table["correct"].all() or not table["correct"].any():
        every = "the only answer is" if n == 1 else f"all {n} answers are"
        return f"{every} {'correct' if table['correct'].all() else 'wrong'}: no finite d′"
    signal = table[judgements.signal].to_numpy()
    names = {
        "pair": ("pairs with the made face on the left", "pairs with the made face on the right"),
        "single": ("real faces", "made faces"),
    }[judgements.layout]
    for value, name in zip((-0.5, 0.5), names, strict=True):
        answers = table[judgements.response].to_numpy()[signal == value]
        if not len(answers):
            return f"no answers to {name}"
        if answers.min() == answers.max():
            every = "a single answer" if len(answers) == 1 else f"{len(answers)} answers, all alike,"
            return f"{every} to {name}: no finite d′"
    return ""


def contrasts(
    fit: MixedFit, judgements: Judgements, with_made: pd.DataFrame, without: pd.DataFrame
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """d' and bias, each with standard errors, a row of both tables at a time.

    The tables hold the predictors: with the made face on the right and on the left, or of a made and of a
    real face. Both are linear in the fixed effects, so that the delta method is exact.
    """
    difference, middle = _weights(fit, judgements, with_made, without)
    return weighted(fit, difference), weighted(fit, middle)


def d_prime_weights(
    fit: MixedFit, judgements: Judgements, with_made: pd.DataFrame, without: pd.DataFrame
) -> Floats:
    """Weights of the fixed effects that make d', a row for each row of the tables."""
    return _weights(fit, judgements, with_made, without)[0]


def weighted(fit: MixedFit, weights: Floats) -> tuple[Floats, Floats]:
    """Sums of fixed effects and their standard errors, a row of ``weights`` at a time."""
    variance = np.einsum("ra,ab,rb->r", weights, fit.estimates.fixed_covariance, weights)
    return weights @ fit.estimates.beta, np.sqrt(variance)


def estimated(
    value: tuple[Floats, Floats], sample: Sample, level: float, *, place: int = 0, method: str = METHOD
) -> Estimate:
    return model_estimate(
        value[0][place], value[1][place], np.inf, sample, level=level, unit="z", method=method
    )


def no_estimate(sample: Sample, level: float, *, method: str = "not estimated") -> Estimate:
    """A number there is none of, with what it would have rested on."""
    return model_estimate(np.nan, np.nan, np.inf, sample, level=level, unit="z", method=method)


def share_correct(judgements: Judgements, resampling: Resampling) -> Estimate:
    """Share of correct answers, all alike, with the interval of the bootstrap."""
    table = judgements.table
    correct, n = resampling.totals(resampling.sums(table, [table["correct"], np.ones(len(table))]))
    return resampling.estimate(
        ratio(correct, n), judgements.counts(), unit="share", method="share of correct answers"
    )


def pooled_d_prime(judgements: Judgements, resampling: Resampling) -> Estimate:
    """d' of everyone's answers as if they were one person's, log-linear corrected."""
    table = judgements.table
    made = (table[judgements.signal] > 0).to_numpy()
    said = table[judgements.response].to_numpy() == 1
    cells = resampling.sums(table, [made & said, made, ~made & said, ~made])
    values = z_difference(*resampling.totals(cells)) / judgements.per_d_prime
    return resampling.estimate(
        values, judgements.counts(), unit="z", method="pooled d', log-linear corrected"
    )


def without_zeros(fit: MixedFit, judgements: Judgements) -> str:
    """The random part of a fit without terms whose standard deviation is exactly 0."""
    if not fit.singular:
        return " + ".join(str(term) for term in fit.model.design.formula.random)
    left = fit.random[fit.random["sd"] > 0]
    parts = []
    for group, rows in left.groupby("group", sort=False):
        terms = ["1" if name == "Intercept" else str(name) for name in rows["term"]]
        columns = " + ".join(terms if "1" in terms else ["0", *terms])
        parts.append(f"({columns} {'||' if len(terms) > 1 else '|'} {group})")
    if parts:
        return " + ".join(parts)
    group = "participant" if "participant" in fit.groups else judgements.item
    return f"(0 + {judgements.signal} | {group})"


def _declared_random(judgements: Judgements) -> str:
    table, signal = judgements.table, judgements.signal
    parts = []
    if table["participant"].nunique() > 1:
        parts.append(f"(1 + {signal} | participant)")
    if table[judgements.item].nunique() > 1:
        parts.append(f"(0 + {signal} | pair)" if judgements.layout == "pair" else "(1 | stimulus)")
    return " + ".join(parts)


def _weights(
    fit: MixedFit, judgements: Judgements, with_made: pd.DataFrame, without: pd.DataFrame
) -> tuple[Floats, Floats]:
    from analysis.mixed.prediction import fixed_columns

    high, low = fixed_columns(fit, with_made), fixed_columns(fit, without)
    sign = 1.0 if judgements.layout == "pair" else -1.0
    return (high - low) / judgements.per_d_prime, sign * 0.5 * (high + low)
