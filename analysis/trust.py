"""Are made faces trusted differently from real ones? The rating differences of the question ``trust``."""

from __future__ import annotations

import pandas as pd

from analysis.dataset import Dataset
from analysis.intervals import Resampling
from analysis.rating_differences import (
    Equivalence,
    RatingDifference,
    RatingResults,
    equivalence,
    rating_difference,
    rating_pairs,
)

__all__ = [
    "Equivalence",
    "TrustDifference",
    "TrustResults",
    "equivalence",
    "trust_difference",
    "trust_pairs",
]

TrustDifference = RatingDifference
TrustResults = RatingResults
_COLUMNS = {"rating_real": "trust_real", "rating_made": "trust_made"}


def trust_pairs(dataset: Dataset) -> pd.DataFrame:
    """``rating_pairs`` of the question ``trust``, with trust_real and trust_made for the two ratings."""
    return rating_pairs(dataset, "trust").rename(columns=_COLUMNS)


def trust_difference(
    pairs: pd.DataFrame, resampling: Resampling, *, smallest_effect: float, alpha: float = 0.05
) -> TrustResults:
    """``rating_difference`` of the columns of ``trust_pairs``."""
    rated = pairs.rename(columns={name: column for column, name in _COLUMNS.items()})
    return rating_difference(rated, resampling, smallest_effect=smallest_effect, alpha=alpha)
