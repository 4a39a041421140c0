"""Rows at which a fit is asked what it expects: all combinations of stated values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.mixed.variables import predictors

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Values = Mapping[str, Any]


def grid(fit: MixedFit, at: Values) -> pd.DataFrame:
    """All combinations of the values in ``at`` (one value or several per predictor).

    Numeric predictors that are not named stand at their mean over the rows of the fit; others have to be
    named, since there is no average level of a category.
    """
    frame = fit.model.design.frame
    needed = predictors(fit.model.design.formula, set(frame.columns))
    unknown = [name for name in at if name not in needed]
    if unknown:
        raise KeyError(f"{', '.join(unknown)} is no predictor of the model; there are {', '.join(needed)}")
    values: dict[str, Sequence[Any]] = {}
    missing = []
    for name in needed:
        if name in at:
            values[name] = (
                [at[name]] if isinstance(at[name], str) or np.isscalar(at[name]) else list(at[name])
            )
        elif pd.api.types.is_numeric_dtype(frame[name]):
            values[name] = [float(frame[name].mean())]
        else:
            missing.append(name)
    if missing:
        raise ValueError(f"at: say at which level of {', '.join(missing)} (a category has no mean)")
    return pd.DataFrame(list(product(*values.values())), columns=list(values))
