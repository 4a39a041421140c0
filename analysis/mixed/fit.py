"""Fit a crossed mixed model, and what a fit holds: estimates, covariance, random effects, messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.mixed.answers import Family, read_answers
from analysis.mixed.design import build_design
from analysis.mixed.diagnosis import diagnose
from analysis.mixed.estimates import Estimates, estimate, random_covariances
from analysis.mixed.formula import read_formula
from analysis.mixed.links import Link
from analysis.mixed.maximum import Maximum
from analysis.mixed.model import Model
from analysis.mixed.modes import mode_table
from analysis.mixed.prediction import Scale, predict, simulate
from analysis.mixed.profile import ProfileInterval, profile_interval
from analysis.mixed.satterthwaite import VarianceUncertainty, variance_uncertainty
from analysis.mixed.structure import correlation
from analysis.mixed.tables import coefficient_table, parameter_names
from analysis.mixed.threads import measured_threads
from analysis.mixed.variance_profile import profile_sd

Floats = NDArray[np.float64]

_LINKS: dict[Family, tuple[str, ...]] = {
    "gaussian": ("identity",),
    "bernoulli": ("logit", "probit"),
    "ordinal": ("logit", "probit"),
}


def fit_mixed(
    formula: str,
    data: pd.DataFrame,
    *,
    family: Family = "gaussian",
    link: str | None = None,
    reml: bool = True,
    weights: str | Sequence[float] | None = None,
    offset: str | Sequence[float] | None = None,
) -> MixedFit:
    """Fit `formula` to `data`, one row per answer; `data` stays as it is.

    The formula is formulaic's for the fixed part and lme4's for the random terms. ``family`` is
    ``"gaussian"`` (REML, or ML with ``reml=False``), ``"bernoulli"`` (Laplace; 0/1, or shares with the
    number of trials as ``weights``, or `cbind(yes, no)`) or ``"ordinal"`` (Laplace, cumulative link).
    ``link`` is ``"logit"`` unless ``"probit"`` is asked for. ``weights`` and ``offset`` name a column or
    give one number per row.

    Raises ``FormulaError`` or ``DesignError`` (both ``ValueError``) where the model cannot be what was
    meant; what is doubtful but possible is in the fit's ``messages``.
    """
    began = time.perf_counter()
    chosen = _chosen_link(family, link)
    design = build_design(
        read_formula(formula),
        data,
        weights=weights,
        offset=offset,
        intercept_is_threshold=family == "ordinal",
    )
    answers = read_answers(design, family)
    return fit_model(Model(design, answers, family, chosen, reml and family == "gaussian"), began=began)


def fit_model(
    model: Model, *, began: float | None = None, start: tuple[Floats, Floats] | None = None
) -> MixedFit:
    """Fit a model that is already laid out, for example again to simulated answers.

    ``start`` are parameters and an inverse metric to begin with, such as those of an earlier fit.
    """
    began = time.perf_counter() if began is None else began
    maximum, estimates = estimate(model, start)
    return MixedFit(model, maximum, estimates, seconds=time.perf_counter() - began)


@dataclass(frozen=True)
class MixedFit:
    """A fitted mixed model.

    ``seconds`` is the wall time of the fit. Tables are computed when they are first asked for.
    """

    model: Model = field(repr=False)
    maximum: Maximum = field(repr=False)
    estimates: Estimates = field(repr=False)
    seconds: float = 0.0

    @property
    def formula(self) -> str:
        return str(self.model.design.formula)

    @property
    def family(self) -> Family:
        return self.model.family

    @property
    def link(self) -> str:
        return self.model.link or "identity"

    @property
    def reml(self) -> bool:
        return self.model.reml

    @property
    def loglik(self) -> float:
        """Log likelihood (Laplace; the REML criterion / -2 where REML), constants as in R."""
        return self.estimates.loglik

    @property
    def n_observations(self) -> int:
        return self.model.design.n

    @property
    def groups(self) -> Mapping[str, int]:
        """Number of levels of every grouping factor."""
        return {group.name: group.n_levels for group in self.model.design.structure.groups}

    @property
    def n_parameters(self) -> int:
        """Fixed effects, thresholds, variances and correlations, and the residual variance."""
        e = self.estimates
        return len(e.beta) + len(e.thresholds) + len(e.theta) + int(self.family == "gaussian")

    @property
    def aic(self) -> float:
        return 2 * self.n_parameters - 2 * self.loglik

    @property
    def bic(self) -> float:
        return float(np.log(self.n_observations)) * self.n_parameters - 2 * self.loglik

    @property
    def sigma(self) -> float:
        """Residual standard deviation; 1 on the scale of a probit, pi / sqrt(3) on that of a logit."""
        return self.estimates.sigma

    @property
    def converged(self) -> bool:
        return self.maximum.converged

    @property
    def singular(self) -> bool:
        """Whether a variance is estimated as 0 or a correlation as 1 or -1."""
        return self.maximum.singular

    @cached_property
    def fixed(self) -> pd.DataFrame:
        """Fixed effects: estimate, se, statistic, df, p, and the 95 % Wald interval low, high."""
        return self.fixed_at(0.95)

    def fixed_at(self, level: float) -> pd.DataFrame:
        """Fixed effects with Wald intervals at another level."""
        n = len(self.estimates.beta)
        covariance = self.estimates.fixed_covariance[:n, :n]
        degrees = np.full(n, np.inf)
        if self.family == "gaussian":
            degrees = np.array([self._uncertainty.degrees(covariance, one) for one in np.eye(n)])
        return coefficient_table(
            self.model.design.fixed_names, self.estimates.beta, np.diag(covariance), degrees, level
        )

    @cached_property
    def thresholds(self) -> pd.DataFrame:
        """Thresholds between the categories of an ordinal model, columns as in ``fixed``."""
        names = self.threshold_names
        n = len(self.estimates.beta)
        variances = np.diag(self.estimates.fixed_covariance)[n:]
        return coefficient_table(
            names, self.estimates.thresholds, variances, np.full(len(names), np.inf), 0.95
        )

    @property
    def threshold_names(self) -> tuple[str, ...]:
        return parameter_names(self.model).thresholds

    @cached_property
    def random(self) -> pd.DataFrame:
        """Random effects: group, term, sd, and corr, the correlation with the group's first term."""
        rows = []
        for group in self.model.design.structure.groups:
            matrix = self.random_covariance(group.name).to_numpy()
            for place, term in enumerate(group.terms):
                corr = correlation(matrix, place, 0) if place else np.nan
                rows.append((group.name, term, float(np.sqrt(matrix[place, place])), corr))
        if self.family == "gaussian":
            rows.append(("Residual", "Residual", self.sigma, np.nan))
        return pd.DataFrame(rows, columns=["group", "term", "sd", "corr"])

    def random_covariance(self, group: str) -> pd.DataFrame:
        """Covariance matrix of one group's effects, all terms."""
        place = self.place_of(group)
        terms = list(self.model.design.structure.groups[place].terms)
        matrix = random_covariances(self.model, self.estimates)[place]
        return pd.DataFrame(matrix, index=terms, columns=terms)

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the estimates of all parameters; NaN for those at the boundary.

        Fixed effects, thresholds, elements of Lambda (`participant: ai_c, Intercept` is the row of ai_c
        and the column of Intercept; relative to sigma in Gaussian models, as lme4's theta), sigma.
        """
        names = parameter_names(self.model)
        n_fixed, scales = len(self.estimates.beta), self._theta_scales
        if self.family == "gaussian":
            variance = self._uncertainty.covariance
            scales = np.append(scales, 1.0)
            matrix = np.zeros((n_fixed + len(scales),) * 2)
            matrix[:n_fixed, :n_fixed] = self.estimates.fixed_covariance
            matrix[n_fixed:, n_fixed:] = variance / np.outer(scales, scales)
        else:
            n_theta = len(scales)
            stretch = np.ones(len(self.maximum.x))
            stretch[n_fixed : n_fixed + n_theta] = 1.0 / scales
            matrix = self.maximum.covariance * np.outer(stretch, stretch)
            order = self.estimates.objective.parameters.location
            theta = np.arange(n_fixed, n_fixed + n_theta)
            matrix = matrix[np.ix_(np.r_[order, theta], np.r_[order, theta])]
        unknown = np.isnan(np.diag(matrix))
        matrix[unknown, :] = matrix[:, unknown] = np.nan
        return pd.DataFrame(matrix, index=names.all, columns=names.all)

    def modes(self, group: str) -> pd.DataFrame:
        """Modes of one group's random effects: per level every term and `<term>_se`."""
        return mode_table(self, group)

    def predict(
        self,
        new_data: pd.DataFrame | None = None,
        include: Sequence[str] | None = None,
        *,
        scale: Scale = "response",
        offset: Sequence[float] | None = None,
    ) -> pd.Series[Any] | pd.DataFrame:
        """Expected answers, one per row of ``new_data`` (without it: of the rows of the fit).

        ``include`` names the groups whose modes are added; the default is all, `()` none: a person and a
        picture with average effects. Levels that are not in the fit count as average, with a warning.
        Ordinal models give one column per category; ``scale="link"`` the linear predictor. An ``offset``
        of new rows has to be given anew.
        """
        return predict(self, new_data, include=include, scale=scale, offset=offset)

    def simulate(self, rng: np.random.Generator) -> pd.Series[Any]:
        """New answers for the rows of the fit, random effects drawn anew; index as in the table given."""
        return simulate(self, rng)

    def profile(self, term: str, *, level: float = 0.95) -> ProfileInterval:
        """Profile likelihood interval of a fixed effect or a threshold."""
        return profile_interval(self, term, level=level)

    def profile_sd(self, group: str, term: str, *, level: float = 0.95) -> ProfileInterval:
        """Profile likelihood interval of a standard deviation; ("Residual", "Residual") for sigma."""
        return profile_sd(self, group, term, level=level)

    def by_ml(self) -> MixedFit:
        """The same model fitted by maximum likelihood; itself where it is already."""
        return fit_model(replace(self.model, reml=False)) if self.reml else self

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What a reader of the fit should know, in words; empty where there is nothing."""
        return diagnose(self.model, self.maximum, self.estimates)

    @property
    def _theta_scales(self) -> Floats:
        structure = self.model.design.structure
        return np.array([structure.groups[e.group].scales[e.row] for e in structure.entries])

    @cached_property
    def _uncertainty(self) -> VarianceUncertainty:
        with measured_threads(self.model.layout):
            return variance_uncertainty(self.estimates.objective, self.maximum)

    def place_of(self, group: str) -> int:
        """Number of a grouping factor among the model's."""
        names = [each.name for each in self.model.design.structure.groups]
        if group not in names:
            raise KeyError(f"no random effects by {group!r}; there are some by {', '.join(names)}")
        return names.index(group)


def _chosen_link(family: Family, link: str | None) -> Link | None:
    if family not in _LINKS:
        raise ValueError(f"family: expected {', '.join(_LINKS)}; found {family!r}")
    chosen = _LINKS[family][0] if link is None else link
    if chosen not in _LINKS[family]:
        raise ValueError(f"link of a {family} model: expected {' or '.join(_LINKS[family])}; found {link!r}")
    return None if chosen == "identity" else chosen  # type: ignore[return-value]
