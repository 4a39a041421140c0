"""Do the between-subject cells of a study differ in how made faces are rated against real ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.estimate import Estimate, sample_of
from analysis.fitted import FittedModel, fitted_model
from analysis.intervals import Resampling
from analysis.model_results import declared, why_not_fitted
from analysis.rating_differences import (
    RatingDifference,
    mean_difference,
    mean_ratings,
    participant_differences,
)


@dataclass(frozen=True)
class CellContrast:
    """The difference in one cell minus that in another; ``p_holm`` is corrected over all contrasts."""

    first: str
    second: str
    contrast: Estimate
    p_holm: float


@dataclass(frozen=True)
class JointTest:
    """Are the differences of all cells alike? A likelihood-ratio test of mixed models by maximum likelihood.

    Without a ``model`` the ``reason`` says why there is none.
    """

    statistic: float = float("nan")
    df: int = 0
    p_value: float = float("nan")
    model: FittedModel | None = None
    reason: str = ""


@dataclass(frozen=True)
class CellResults:
    """``cells`` in the order given; ``participants``: participant, cell, difference, n_trials."""

    cells: tuple[tuple[str, RatingDifference], ...]
    contrasts: tuple[CellContrast, ...]
    joint: JointTest
    participants: pd.DataFrame = field(repr=False)


def rating_by_cell(
    rated: pd.DataFrame,
    resampling: Resampling,
    *,
    names: Sequence[str],
    name: str,
    smallest_effect: float,
    alpha: float = 0.05,
) -> CellResults:
    """The difference in each cell, every cell against every other, and a joint test.

    Needs the columns of ``rating_pairs`` or ``single_ratings``; rows without a cell are left out. Contrasts
    are taken within each resample: the pairs are the same in all cells, the people are not.
    """
    known = rated[rated["cell"].isin(list(names))]
    present = [cell for cell in names if (known["cell"] == cell).any()]
    parts = {cell: known[known["cell"] == cell] for cell in present}
    options = {"smallest_effect": smallest_effect, "alpha": alpha}
    cells = tuple((cell, mean_difference(part, resampling, **options)) for cell, part in parts.items())
    people = [participant_differences(part).assign(cell=cell) for cell, part in parts.items()]
    return CellResults(
        cells=cells,
        contrasts=_contrasts(dict(cells), parts, resampling),
        joint=joint_test(known, name=name, level=1 - alpha),
        participants=pd.concat(people, ignore_index=True) if people else pd.DataFrame(),
    )


def joint_test(rated: pd.DataFrame, *, name: str, level: float = 0.95) -> JointTest:
    """Compare a mixed model in which the difference depends on the cell with one in which it does not.

    Of pairs: differences, with what the cells share by participant and by pair (slopes of the cells by pair
    by the declared rule). Of single faces: ratings, with cell x made.
    """
    from analysis.mixed import compare, fit_mixed

    if rated["cell"].nunique() < 2:
        return JointTest(reason="Answers are left of one cell only, or none.")
    full, null = _formulas(rated)
    table = rated if "difference" in rated else rated.assign(made_c=rated["made"].astype(float) - 0.5)
    protected = () if "difference" in rated else ("made_c",)
    try:
        chosen = declared(full, table, protected=protected)
        random = chosen.fit.formula[chosen.fit.formula.index("(") :]
        test = compare(fit_mixed(f"{null} + {random}", table), chosen.fit)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return JointTest(reason=why_not_fitted(error))
    question = "Does the difference between made and real faces depend on the cell?"
    model = fitted_model(f"{name}-cells", question, chosen, level=level)
    return JointTest(float(test.statistic), int(test.df), float(test.p), model)


def _formulas(rated: pd.DataFrame) -> tuple[str, str]:
    """The full model, and the fixed part of the one without differences between cells."""
    if "difference" in rated:
        return "difference ~ cell + (1 | participant) + (1 + cell | pair)", "difference ~ 1"
    random = "(1 + made_c | participant) + (1 + made_c | pair)"
    return f"rating ~ made_c + cell + made_c:cell + {random}", "rating ~ made_c + cell"


def _contrasts(
    cells: dict[str, RatingDifference], parts: dict[str, pd.DataFrame], resampling: Resampling
) -> tuple[CellContrast, ...]:
    drawn = {cell: mean_ratings(parts[cell], resampling)[0] for cell in cells}
    found = [
        (
            first,
            second,
            resampling.estimate(
                drawn[first] - drawn[second],
                sample_of(pd.concat([parts[first], parts[second]])),
                unit="points",
                method=f"difference in {first} minus that in {second}",
            ),
        )
        for first, second in combinations(cells, 2)
    ]
    p_values = np.array([one.p_value() for *_, one in found])
    # A contrast without a p value keeps its place among the others, as if nothing had been found.
    corrected = multipletests(np.nan_to_num(p_values, nan=1.0), method="holm")[1] if found else []
    return tuple(CellContrast(*one, float(p)) for one, p in zip(found, corrected, strict=True))
