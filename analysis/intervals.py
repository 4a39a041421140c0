"""Bootstrap intervals over participants, over pairs of stimuli, or over both at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.estimate import Estimate, Floats, Sample, percentile_interval

Over = Literal["both", "participants", "pairs"]
#: Resamples of participants alone, and of pairs alone, that a variance can be told from.
_LEAST_APART = 200

RESAMPLED: dict[Over, str] = {
    "both": "participants and pairs",
    "participants": "participants only; says nothing about other pictures",
    "pairs": "pairs only; says nothing about other people",
}


@dataclass(frozen=True)
class Resampling:
    """Weights of every participant and every pair in the sample itself (row 0) and in each resample.

    One resampling serves all statistics of a report, so that differences between them (sensitivity
    at two exposures, say) are taken within the same resample. Where participants and pairs are both drawn,
    ``n_apart`` further resamples of participants alone, and as many of pairs alone, stand at the end: they
    tell how much of the spread belongs to either.
    """

    participants: pd.Index
    pairs: pd.Index
    participant_weights: Floats
    pair_weights: Floats
    over: Over
    level: float
    n_apart: int = 0

    @property
    def n_resamples(self) -> int:
        return len(self.participant_weights) - 1 - 2 * self.n_apart

    @property
    def method(self) -> str:
        return f"percentile bootstrap, {self.n_resamples} resamples of {RESAMPLED[self.over]}"

    def participants_only(self) -> Resampling:
        """The same participants drawn, every pair kept once; unchanged where only pairs are drawn."""
        if self.over == "pairs":
            return self
        drawn = self.participant_weights[: self.n_resamples + 1]
        kept = np.ones((len(drawn), len(self.pairs)))
        return replace(self, participant_weights=drawn, pair_weights=kept, over="participants", n_apart=0)

    def pairs_only(self) -> Resampling:
        """The same pairs drawn, every participant kept once; unchanged where only participants are drawn."""
        if self.over == "participants":
            return self
        drawn = self.pair_weights[: self.n_resamples + 1]
        kept = np.ones((len(drawn), len(self.participants)))
        return replace(self, participant_weights=kept, pair_weights=drawn, over="pairs", n_apart=0)

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
        if len(values) != len(self.participant_weights):
            raise ValueError(
                f"expected a value of the sample and of each of the {len(self.participant_weights) - 1} "
                f"resamples, found {len(values)}; compute it from the totals of this resampling"
            )
        draws = np.asarray(values[1:], dtype=float)
        if self.n_apart:
            sizes = (sample.n_participants, sample.n_pairs)
            draws = drawn_together(float(values[0]), draws, self.n_apart, sizes)
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


def drawn_together(centre: float, draws: Floats, n_apart: int, sizes: tuple[int, int]) -> Floats:
    """Replicates over both, drawn together towards ``centre`` until they spread as the statistic does.

    ``draws`` are of both, then ``n_apart`` of participants alone and as many of pairs alone. Drawn at once,
    the part of the variance that comes from single answers is counted three times, drawn apart once each time
    (Owen 2007): V = 2 (V_participants + V_pairs) - V_both is the variance itself. Units drawn with
    replacement spread too little by (n - 1) / n, and n of them deserve Student's t (Hesterberg 2015, The
    American Statistician 69:371-386); both are put right, but replicates are never drawn apart.
    """
    both, people, pairs = np.split(draws, [-2 * n_apart, -n_apart])
    if min(sizes) < 2:
        return both
    variances = [_variance(part, n) for part, n in ((both, None), (people, sizes[0]), (pairs, sizes[1]))]
    if not np.isfinite(variances).all() or variances[0] == 0:
        return both
    whole, of_people, of_pairs = variances
    own = max(2 * (of_people + of_pairs) - whole, of_people, of_pairs)
    tail = float(student.ppf(0.975, min(sizes) - 1) / student.ppf(0.975, np.inf))
    return np.asarray(centre + min(1.0, tail * np.sqrt(own / whole)) * (both - centre))


def _variance(draws: Floats, n: int | None) -> float:
    defined = draws[np.isfinite(draws)]
    if len(defined) < 2:
        return float("nan")
    return float(defined.var()) * (n / (n - 1) if n else 1.0)


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
    It lets results speak about other people *and* other pictures. By itself it overstates the part of the
    variance that comes from single answers threefold; ``drawn_together`` takes that back.

    The weights do not depend on the order in which participants and pairs are given.
    """
    people, items = pd.Index(sorted(set(participants))), pd.Index(sorted(set(pairs)))
    if not len(people) or not len(items):
        raise ValueError("resampling needs at least one participant and one pair; found none")
    rng = np.random.default_rng(seed)
    of_people = _weights(len(people), n_resamples, rng, drawn=over != "pairs")
    of_pairs = _weights(len(items), n_resamples, rng, drawn=over != "participants")
    n_apart = min(n_resamples, max(_LEAST_APART, n_resamples // 4)) if over == "both" else 0
    if n_apart:
        alone, kept = slice(1, n_apart + 1), np.ones((n_apart, len(people)))
        of_people = np.concatenate([of_people, of_people[alone], kept])
        of_pairs = np.concatenate([of_pairs, np.ones((n_apart, len(items))), of_pairs[alone]])
    return Resampling(people, items, of_people, of_pairs, over, level, n_apart)


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
