"""Detection by the average person looking at average pictures, beside what the pooled answers say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.detection_levels import Grouping, LevelsOfDetection, detection_by_level
from analysis.detection_model import (
    DetectionModel,
    Judgements,
    model_detection,
    pooled_d_prime,
    share_correct,
)
from analysis.estimate import Estimate
from analysis.intervals import RESAMPLED, Over, Resampling
from analysis.pairs import exposure_words


@dataclass(frozen=True)
class Scope:
    """A main number with the interval of one kind of sampling; ``about`` says what it generalises to."""

    over: str
    about: str
    d_prime: Estimate
    share_correct: Estimate | None


@dataclass(frozen=True)
class HierarchicalDetection:
    """``by_exposure`` is one model with exposure as a factor; None with a single exposure.

    ``scopes`` are the same pooled numbers with intervals over participants, over pairs and over both, and
    the model's.
    """

    model: DetectionModel
    share_correct: Estimate
    by_exposure: LevelsOfDetection | None
    scopes: tuple[Scope, ...]

    def at_exposures(self) -> dict[float, Estimate]:
        """d' of the model by exposure in ms (infinite: unlimited); that of all answers for a single one."""
        exposures = np.sort(self.model.judgements.table["exposure_ms"].unique())
        found = (
            [self.model.d_prime]
            if self.by_exposure is None
            else [one.d_prime for one in self.by_exposure.levels]
        )
        return {float(exposure): one for exposure, one in zip(exposures, found, strict=True)}


def hierarchical_detection(
    judgements: Judgements, resampling: Resampling, *, level: float = 0.95
) -> HierarchicalDetection:
    """d' and bias from the probit mixed model, overall and by exposure, and the main number in all scopes."""
    model = model_detection(judgements, level=level)
    exposures = by_exposure_grouping(judgements)
    return HierarchicalDetection(
        model=model,
        share_correct=share_correct(judgements, resampling),
        by_exposure=(
            detection_by_level(model, exposures, resampling, level=level)
            if len(exposures.order) > 1
            else None
        ),
        scopes=(*bootstrap_scopes(judgements, resampling), _model_scope(model)),
    )


def by_exposure_grouping(judgements: Judgements) -> Grouping:
    """Exposures from short to long, unlimited last; side bias or criterion is each exposure's own."""
    shown = judgements.table["exposure_ms"]
    order = tuple(exposure_words(value) for value in np.sort(shown.unique()))
    return Grouping("exposure", "between exposures", shown.map(exposure_words), order)


def bootstrap_scopes(judgements: Judgements, resampling: Resampling) -> tuple[Scope, ...]:
    """Pooled d' and share correct with intervals over participants only, pairs only, and both.

    Where the interval over both is much wider than that over participants, other pictures would matter more
    than other people. Uses the draws of ``resampling``, which has to be over both.
    """
    scopes: list[tuple[Over, Resampling]] = [
        ("participants", resampling.participants_only()),
        ("pairs", resampling.pairs_only()),
        ("both", resampling),
    ]
    return tuple(
        Scope(over, RESAMPLED[over], pooled_d_prime(judgements, each), share_correct(judgements, each))
        for over, each in scopes
    )


def _model_scope(model: DetectionModel) -> Scope:
    return Scope("model", "participants and pairs, as random effects", model.d_prime, None)
