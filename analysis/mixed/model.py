"""A model ready to be fitted: design, family, and the order in which the engine wants its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.answers import Answers, Family
from analysis.mixed.design import Design
from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.laplace import Laplace
from analysis.mixed.layout import CrossedLayout, lay_out
from analysis.mixed.links import Link
from analysis.mixed.response import BernoulliResponse, OrdinalResponse, Response
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """Everything a fit needs. ``link`` is None for gaussian models."""

    design: Design
    answers: Answers
    family: Family
    link: Link | None
    reml: bool

    @property
    def n_thresholds(self) -> int:
        return max(len(self.answers.categories) - 1, 0)

    @cached_property
    def split(self) -> tuple[Integers, Floats, Floats]:
        """Rows of a Bernoulli model: design row, 1 or 0, and how often.

        A share of k in m trials stands for two rows, k times 1 and m - k times 0.
        """
        y, weight = self.answers.y, self.answers.weight
        whole = (y == 0) | (y == 1)
        if whole.all():
            return np.arange(len(y)), y, weight
        rows = np.concatenate([np.flatnonzero(whole), np.repeat(np.flatnonzero(~whole), 2)])
        value = np.concatenate([y[whole], np.tile([1.0, 0.0], int((~whole).sum()))])
        times = weight[rows] * np.where(whole[rows], 1.0, np.where(value == 1, y[rows], 1 - y[rows]))
        order = np.argsort(rows, kind="stable")
        return rows[order], value[order], times[order]

    @cached_property
    def engine_structure(self) -> RandomStructure:
        """The random structure over the engine's rows (more than the design's where shares were split)."""
        structure = self.design.structure
        if self.family != "bernoulli" or len(self.split[0]) == self.design.n:
            return structure
        rows = self.split[0]
        groups = tuple(
            replace(group, codes=group.codes[rows], raw=group.raw[rows]) for group in structure.groups
        )
        return RandomStructure(groups)

    @cached_property
    def layout(self) -> CrossedLayout:
        return lay_out(self.engine_structure)

    def laplace(self) -> Laplace:
        """The likelihood of a Bernoulli or ordinal model."""
        rows = self.split[0] if self.family == "bernoulli" else np.arange(self.design.n)
        rows = rows[self.layout.order]
        return Laplace(
            self.design.x[rows],
            self.design.offset[rows],
            self._response(),
            self.engine_structure,
            self.layout,
        )

    def gaussian(self) -> GaussianDeviance:
        """The deviance of a Gaussian model."""
        order = self.layout.order
        return GaussianDeviance(
            self.design.x[order],
            (self.answers.y - self.design.offset)[order],
            self.answers.weight[order],
            self.design.structure,
            self.layout,
            reml=self.reml,
        )

    def with_answers(self, answers: Answers) -> Model:
        """The same design with other responses; what depends on the design alone is kept."""
        other = replace(self, answers=answers)
        if len(other.split[0] if self.family == "bernoulli" else answers.y) == len(self.layout.order):
            other.__dict__["engine_structure"] = self.engine_structure
            other.__dict__["layout"] = self.layout
        return other

    def _response(self) -> Response:
        order = self.layout.order
        link = self.link or "logit"
        if self.family == "bernoulli":
            _, value, times = self.split
            return BernoulliResponse(
                np.where(value == 1, 1.0, -1.0)[order], np.ascontiguousarray(times[order]), link
            )
        return OrdinalResponse(
            self.answers.y.astype(np.int64)[order],
            self.answers.weight[order],
            link,
            len(self.answers.categories),
        )
