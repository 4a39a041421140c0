"""A mixed model that was to be fitted: its estimates by name, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.estimate import Estimate, Sample, model_estimate
from analysis.fitted import FittedModel

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit

LEAST_LEVELS = 5
_GROUPS = {"participant": "participants", "pair": "pairs", "stimulus": "faces"}


class NotEstimableError(ValueError):
    """Data that have no answer to what a model asks; the message says why."""


@dataclass(frozen=True)
class ModelResult:
    """``label`` is what the model is called in a table; ``estimates`` what was read off it, by name.

    ``fitted`` is None where the model could not be fitted; ``reason`` then says why.
    """

    label: str
    fitted: FittedModel | None
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    reason: str = ""

    @property
    def messages(self) -> tuple[str, ...]:
        return (self.reason,) if self.fitted is None else self.fitted.messages


@dataclass(frozen=True)
class Reading:
    """How numbers are read off a fit: the sample they rest on, the level of intervals, how it was fitted."""

    sample: Sample
    level: float
    method: str

    def estimate(self, value: float, se: float, df: float, unit: str) -> Estimate:
        return model_estimate(value, se, df, self.sample, level=self.level, unit=unit, method=self.method)

    def term(self, fixed: pd.DataFrame, term: str, unit: str) -> Estimate:
        """A fixed effect, from a table of ``MixedFit``."""
        value, se, df = fixed.loc[[term], ["estimate", "se", "df"]].to_numpy(dtype=float)[0]
        return self.estimate(value, se, df, unit)

    def line(self, table: pd.DataFrame, place: int, unit: str) -> Estimate:
        """A line of ``expected_answers``."""
        value, se = table[["estimate", "se"]].to_numpy(dtype=float)[place]
        return self.estimate(value, se, np.inf, unit)


def face_sample(faces: pd.DataFrame) -> Sample:
    """What a table with one row per rated face rests on; needs its trial key, pair and stimulus."""
    return Sample(
        n_participants=int(faces["participant"].nunique()),
        n_pairs=int(faces["pair"].nunique()),
        n_stimuli=int(faces["stimulus"].nunique()),
        n_trials=len(faces[["participant", "session", "position"]].drop_duplicates()),
    )


def attempt(label: str, fit: Callable[[], ModelResult]) -> ModelResult:
    """The model, or in words why these data do not allow it."""
    try:
        # What overflows on the way is told by the result, or by the reason why there is none.
        with np.errstate(all="ignore"):
            return fit()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return ModelResult(label, None, reason=why_not_fitted(error))


def why_not_fitted(error: Exception) -> str:
    """What stands in place of a model; errors of the numerics themselves are put into words."""
    from analysis.mixed import DesignError, FormulaError

    if isinstance(error, NotEstimableError | DesignError | FormulaError):
        return f"Not fitted: {error}"
    return f"Not fitted: the answers are too few or too uniform for this model ({error})"


def declared(formula: str, data: pd.DataFrame, *, protected: tuple[str, ...], **options: Any) -> DeclaredFit:
    """``fit_declared`` with these slopes of the participants protected.

    Refuses groups of fewer than ``LEAST_LEVELS``: what an engine says of their variance is not an estimate.
    """
    from analysis.mixed import fit_declared

    found = {name: int(data[name].nunique()) for name in _GROUPS if f"| {name})" in formula}
    few = [f"{n} {_GROUPS[name]}" for name, n in found.items() if n < LEAST_LEVELS]
    if few:
        raise NotEstimableError(
            f"a mixed model needs answers of at least {LEAST_LEVELS} "
            f"{' and '.join(_GROUPS[name] for name in found)}, found {' and '.join(few)}"
        )
    return fit_declared(formula, data, protected=[("participant", slope) for slope in protected], **options)
