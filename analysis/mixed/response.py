"""The answers as the likelihood sees them: Bernoulli or ordered, row by row, in the layout's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr, ndtri

from analysis.mixed import row_loops
from analysis.mixed.links import Link, link_table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_FAR = 1e9


@dataclass
class RowDerivatives:
    """Per row: l1 = dl/deta, w = -d2l/deta2 and w3 = dw/deta.

    Of ordered answers also ``share``, their probability, and ``cross`` (6 x rows), the derivatives in the
    thresholds.
    """

    l1: Floats
    w: Floats
    w3: Floats
    share: Floats
    cross: Floats

    @classmethod
    def empty(cls, n: int, n_thresholds: int) -> RowDerivatives:
        n_ordered = n if n_thresholds else 0
        return cls(np.empty(n), np.empty(n), np.empty(n), np.empty(n_ordered), np.zeros((6, n_ordered)))


class Response(Protocol):
    """What the Laplace approximation needs to know of a family. ``code`` is empty without thresholds."""

    @property
    def link(self) -> Link: ...

    @property
    def weight(self) -> Floats: ...

    @property
    def code(self) -> Integers: ...

    @property
    def n_thresholds(self) -> int: ...

    def slopes(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:
        """Log likelihood; fills ``rows.l1`` and nothing else."""
        ...

    def log_likelihood(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:
        """Log likelihood; fills all derivatives of the rows."""
        ...

    def start_thresholds(self) -> Floats: ...


@dataclass(frozen=True)
class BernoulliResponse:
    """0/1 answers. ``sign`` is +1 or -1; ``weight`` counts how often the row was observed."""

    sign: Floats
    weight: Floats
    link: Link

    n_thresholds: int = field(default=0, init=False)
    code: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64), init=False)

    def slopes(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:  # noqa: ARG002
        table = link_table(self.link)
        return float(
            row_loops.bernoulli_slopes(self.sign, self.weight, eta, table.coefficients, table.probit, rows.l1)
        )

    def log_likelihood(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:  # noqa: ARG002
        table = link_table(self.link)
        return float(
            row_loops.bernoulli_rows(
                self.sign, self.weight, eta, table.coefficients, table.probit, rows.l1, rows.w, rows.w3
            )
        )

    def start_thresholds(self) -> Floats:
        return np.zeros(0)


@dataclass(frozen=True)
class OrdinalResponse:
    """Answers in ordered categories 0..n_categories-1: P(y <= k) = F(threshold[k] - eta)."""

    code: Integers
    weight: Floats
    link: Link
    n_categories: int

    @property
    def n_thresholds(self) -> int:
        return self.n_categories - 1

    def slopes(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:
        if np.any(np.diff(thresholds) <= 0):
            return -np.inf
        row_loops.cumulative_slopes(
            self.code,
            self.weight,
            eta,
            _cuts(thresholds),
            link_table(self.link).tails,
            rows.share,
            rows.l1,
        )
        return float(self.weight @ np.log(rows.share))

    def log_likelihood(self, eta: Floats, thresholds: Floats, rows: RowDerivatives) -> float:
        if np.any(np.diff(thresholds) <= 0):
            return -np.inf
        table = link_table(self.link)
        row_loops.cumulative_rows(
            self.code,
            self.weight,
            eta,
            _cuts(thresholds),
            table.tails,
            table.probit,
            rows.share,
            rows.l1,
            rows.w,
            rows.w3,
            rows.cross,
        )
        return float(self.weight @ np.log(rows.share))

    def start_thresholds(self) -> Floats:
        """Quantiles of the link at the observed cumulative shares, widened for the random effects."""
        counts = np.bincount(self.code, self.weight, self.n_categories)
        share = np.cumsum(counts)[:-1] / counts.sum()
        quantile = ndtri(share) if self.link == "probit" else np.log(share / (1 - share))
        return np.asarray(1.3 * quantile)


def _cuts(thresholds: Floats) -> Floats:
    """The thresholds between two so far away that nothing lies beyond them."""
    return np.concatenate([[-_FAR], thresholds, [_FAR]])


def inverse_link(link: Link, eta: Floats) -> Floats:
    """F(eta)."""
    if link == "probit":
        return np.asarray(np.exp(log_ndtr(eta)))
    return np.asarray(expit(eta))
