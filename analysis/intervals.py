"""Bootstrap intervals over participants, over pairs of stimuli, or over both at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.estimate import Estimate, Floats, Sample, percentile_interval

Over = Literal["both", "participants", "pairs"]

RESAMPLED: dict[Over, str] = {
    "both": "participants and pairs",
    "participants": "participants only; says nothing about other pictures",
    "pairs": "pairs only; says nothing about other people",
}


@dataclass(frozen=True)
class Resampling:
    """Weights of every participant and every pair in the sample itself (row 0) and in each resample.

    One resampling serves all statistics of a report, so that differences between them (sensitivity
    at two exposures, say) are taken within the same resample.
    """

    participants: pd.Index
    pairs: pd.Index
    participant_weights: Floats
    pair_weights: Floats
    over: Over
    level: float

    @property
    def method(self) -> str:
        n = len(self.participant_weights) - 1
        return f"percentile bootstrap, {n} resamples of {RESAMPLED[self.over]}"

    def participants_only(self) -> Resampling:
        """The same participants drawn, every pair kept once; unchanged where only pairs are drawn."""
        if self.over == "pairs":
            return self
        return replace(self, pair_weights=np.ones_like(self.pair_weights), over="participants")

    def sums(self, table: pd.DataFrame, values: Iterable[Any]) -> Floats:
        """Sums of each of ``values`` (one number per row of ``table``) as participant x pair matrices."""
        row = self.participants.get_indexer(pd.Index(table["participant"]))
        column = self.pairs.get_indexer(pd.Index(table["pair"]))
        shape = (len(self.participants), len(self.pairs))
        cells = row * shape[1] + column
        stack = [
            np.bincount(cells, weights=np.asarray(value, dtype=float), minlength=shape[0] * shape[1])
            for value in values
        ]
        return np.array(stack, dtype=np.float64).reshape(-1, *shape)

    def totals(self, matrices: Floats) -> Floats:
        """Weighted grand totals, one column per resample (column 0: the sample itself)."""
        return np.array(
            [
                np.einsum("rq,rq->r", self.participant_weights @ matrix, self.pair_weights)
                for matrix in matrices
            ]
        )

    def totals_by_participant(self, matrices: Floats) -> Floats:
        """Totals per participant under the pair weights: matrix, resample, participant.

        Where pairs are not drawn all resamples are alike and only one is given; it broadcasts.
        """
        weights = self.pair_weights[:1] if self.over == "participants" else self.pair_weights
        return np.array([weights @ matrix.T for matrix in matrices])

    def mean_of_participants(self, values: Floats) -> Floats:
        """Weighted mean of one number per resample and participant; who has none (NaN) is left out.

        ``values`` as from ``totals_by_participant``: resample x participant, or one row for all resamples.
        """
        defined = ~np.isnan(values)
        weights = self.participant_weights * defined
        # A weight of 0 leaves a participant out, also one whose value is infinite.
        with np.errstate(invalid="ignore"):
            shares = np.where(weights > 0, weights * np.where(defined, values, 0.0), 0.0)
            return ratio(shares.sum(axis=1), weights.sum(axis=1))

    def estimate(self, values: Floats, sample: Sample, *, unit: str, method: str) -> Estimate:
        """Sum up a statistic computed on the sample (first value) and on every resample."""
        draws = np.asarray(values[1:], dtype=float)
        enough = {
            "both": min(sample.n_participants, sample.n_pairs),
            "participants": sample.n_participants,
            "pairs": sample.n_pairs,
        }[self.over]
        low, high = percentile_interval(draws, self.level) if enough > 1 else (np.nan, np.nan)
        return Estimate(
            estimate=float(values[0]),
            low=low,
            high=high,
            level=self.level,
            unit=unit,
            n_participants=sample.n_participants,
            n_pairs=sample.n_pairs,
            n_stimuli=sample.n_stimuli,
            n_trials=sample.n_trials,
            method=f"{method}; {self.method}",
            draws=draws,
        )


def resample(
    participants: Iterable[str],
    pairs: Iterable[str],
    *,
    seed: int,
    n_resamples: int = 2000,
    over: Over = "both",
    level: float = 0.95,
) -> Resampling:
    """Draw the weights of a bootstrap.

    ``over="both"`` draws participants and pairs independently, with replacement, and weights each
    trial by the product: the pigeonhole bootstrap (Owen 2007, Annals of Applied Statistics 1:386-411).
    It lets results speak about other people *and* other pictures. It is conservative: it never
    understates the variance of a crossed design on average, and overstates the part that comes from
    single answers up to threefold.

    The weights do not depend on the order in which participants and pairs are given.
    """
    people, items = pd.Index(sorted(set(participants))), pd.Index(sorted(set(pairs)))
    if not len(people) or not len(items):
        raise ValueError("resampling needs at least one participant and one pair; found none")
    rng = np.random.default_rng(seed)
    return Resampling(
        participants=people,
        pairs=items,
        participant_weights=_weights(len(people), n_resamples, rng, drawn=over != "pairs"),
        pair_weights=_weights(len(items), n_resamples, rng, drawn=over != "participants"),
        over=over,
        level=level,
    )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, giving NaN where the denominator is 0."""
    undefined: Floats = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) > 0)
    return undefined


def _weights(n: int, n_resamples: int, rng: np.random.Generator, *, drawn: bool) -> Floats:
    ones = np.ones((1 + n_resamples, n))
    if drawn:
        ones[1:] = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    return ones
