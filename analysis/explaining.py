"""Which measured features of the pictures explain what was made of them, on pictures not yet seen?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.estimate import Estimate, percentile_interval
from analysis.picture_groups import Places, deal, picture_groups, shuffles
from analysis.picture_outcomes import FEWEST, CannotExplainError, PictureOutcome
from analysis.rank_correlations import correlations, ranks_within, step_down, weighted_correlations
from analysis.ridge import Floats, deal_twice, predict_unseen, standardised

#: A measure that more pictures than this lack, as a share, is left out.
MOST_UNKNOWN = 0.2
_FEWEST_GROUPS = 10
#: The dealing into folds is repeated, and errors averaged, as one dealing is a matter of luck.
_N_DEALINGS = 3
#: Blocks of groups left out in turn for the interval of R².
_N_BLOCKS = 15
_NOTHING = 1e-12


@dataclass(frozen=True)
class ExplainedShare:
    """How much of the variance between pictures is predicted on pictures not yet seen.

    ``by``: "origin" alone, "measures" alone, or "measures beyond origin" (of what origin leaves).
    ``r2`` is 1 - squared errors / squared errors of the null model, below 0 where predictions are worse than
    none; its interval is by jackknife over blocks of groups, fitted again without each. ``p`` is from
    permutations. ``of_reliable`` is r2 by the outcome's reliability: of the differences that are not noise.
    """

    by: str
    r2: Estimate
    p: float
    of_reliable: float


@dataclass(frozen=True)
class Explained:
    """What the measures explain of an outcome.

    ``predictions``: the outcome's table with ``predicted``, and ``low``, ``high`` of its value. ``single``:
    one row for each measure and scope ("all", and "within origin" where there are several): measure, scope,
    rho, low, high, p, p_adjusted, n. ``left_out``: measure, reason. ``n_unknown``: cells taken as the mean.
    """

    outcome: PictureOutcome
    shares: tuple[ExplainedShare, ...]
    n_measures: int
    n_groups: int
    n_unknown: int
    n_permutations: int
    predictions: pd.DataFrame = field(repr=False)
    single: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Units:
    """Pictures (or pairs) with a value and at least one measure, in the order of their names."""

    table: pd.DataFrame
    measures: pd.DataFrame
    groups: Places
    kinds: pd.Series[str]
    left_out: pd.DataFrame

    @property
    def values(self) -> Floats:
        return self.table["value"].to_numpy(dtype=float)

    @property
    def intercept(self) -> Floats:
        return np.ones((len(self.table), 1))

    @property
    def origins(self) -> Floats:
        return pd.get_dummies(self.kinds).to_numpy(dtype=float)


def explain(
    outcome: PictureOutcome,
    measures: pd.DataFrame,
    stimuli: pd.DataFrame,
    *,
    seed: int,
    level: float = 0.95,
    n_permutations: int = 499,
    n_resamples: int = 2000,
) -> Explained:
    """Predict an outcome of pictures from what is measured in them.

    ``measures`` as from ``picture_measures.measures_of``, ``stimuli`` that table of the export. For pairs the
    measures are those of the made face minus those of the real one. All measures together by ridge regression
    with nested cross-validation (``ridge.predict_unseen``); pictures of one pair, person or original stay in
    one fold. Each measure alone by Spearman's rank correlation, over all pictures and of ranks within origin,
    with intervals by bootstrap over groups and p adjusted over all measures by Westfall & Young's (1993)
    step-down maximum. Permutations keep groups together (``picture_groups.shuffles``).

    Raises ``CannotExplainError`` with the reason where there are too few pictures, groups or measures.
    """
    units = _units(outcome, measures, stimuli)
    rng = np.random.default_rng(seed)
    n_groups = len(np.unique(units.groups))
    weights = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=n_resamples).astype(float)
    several = units.kinds.nunique() > 1
    free = shuffles(units.groups, ["any"] * len(units.table), n_permutations, rng)
    bound = shuffles(units.groups, units.kinds.tolist(), n_permutations, rng)
    work = _Work(outcome, units, weights, level, rng)
    one, origins = units.intercept, units.origins
    share, predicted = work.share("measures", free, free=one, null=one)
    shares = [share]
    if several:
        nothing = units.measures.iloc[:, :0]
        shares.insert(0, work.share("origin", free, free=origins, null=one, of=nothing)[0])
        shares.append(work.share("measures beyond origin", bound, free=origins, null=origins)[0])
    single = [work.single("all", free)] + ([work.single("within origin", bound)] if several else [])
    half = _normal_quantile(level) * units.table["se"]
    value = units.table["value"]
    return Explained(
        outcome=outcome,
        shares=tuple(shares),
        n_measures=units.measures.shape[1],
        n_groups=n_groups,
        n_unknown=int(units.measures.isna().to_numpy().sum()),
        n_permutations=n_permutations,
        predictions=units.table.assign(
            low=value - half, high=value + half, predicted=predicted
        ).reset_index(),
        single=pd.concat(single, ignore_index=True),
        left_out=units.left_out,
    )


class _Work:
    """What all parts of one explanation share: units, bootstrap weights of the groups, randomness."""

    def __init__(
        self,
        outcome: PictureOutcome,
        units: _Units,
        weights: Floats,
        level: float,
        rng: np.random.Generator,
    ) -> None:
        self.outcome, self.units, self.level = outcome, units, level
        place = np.unique(units.groups, return_inverse=True)[1]
        self.weights = weights[:, place]
        self.dealings = [deal_twice(units.groups, rng) for _ in range(_N_DEALINGS)]
        self.blocks = deal(units.groups, min(_N_BLOCKS, len(np.unique(place))), rng)

    def share(
        self, by: str, orders: Places, *, free: Floats, null: Floats, of: pd.DataFrame | None = None
    ) -> tuple[ExplainedShare, Floats]:
        """The share, and what was predicted of every picture: the mean over dealings."""
        values = self.units.values
        outcomes = np.column_stack([values, values[orders].T])
        measures = (self.units.measures if of is None else of).to_numpy(dtype=float)
        errors, base, predicted = (
            np.zeros(outcomes.shape[1]),
            np.zeros(outcomes.shape[1]),
            np.zeros(len(values)),
        )
        for dealing in self.dealings:
            unseen = predict_unseen(measures, outcomes, dealing, free=free, null=null)
            errors += ((unseen.predicted - outcomes) ** 2).sum(axis=0)
            base += ((unseen.baseline - outcomes) ** 2).sum(axis=0)
            predicted += unseen.predicted[:, 0] / len(self.dealings)
        r2 = 1 - errors / base
        se = self._error_of_log(measures, free, null)
        share = ExplainedShare(
            by=by,
            r2=self._estimate(float(r2[0]), se),
            p=float((1 + (r2[1:] >= r2[0]).sum()) / len(r2)),
            of_reliable=float(r2[0] / self.outcome.reliability) if self.outcome.reliability > 0 else np.nan,
        )
        return share, predicted

    def _error_of_log(self, measures: Floats, free: Floats, null: Floats) -> float:
        """Standard error of log(1 - R²) by a jackknife: fitted again without each block of groups."""
        values, logs = self.units.values[:, None], []
        for block in range(self.blocks.max() + 1):
            kept = np.flatnonzero(self.blocks != block)
            part = predict_unseen(
                measures[kept], values[kept], self.dealings[0].of(kept), free=free[kept], null=null[kept]
            )
            errors, base = (((each - values[kept]) ** 2).sum() for each in (part.predicted, part.baseline))
            logs.append(np.log(max(errors / base, _NOTHING)))
        return float(np.sqrt((len(logs) - 1) * np.var(logs)))

    def single(self, scope: str, orders: Places) -> pd.DataFrame:
        kinds = (
            self.units.kinds if scope == "within origin" else pd.Series("any", index=self.units.kinds.index)
        )
        measures, values = (
            ranks_within(self.units.measures, kinds),
            ranks_within(self.units.table[["value"]], kinds),
        )
        shuffled = np.column_stack([values[:, 0], values[:, 0][orders].T])
        rho = correlations(measures, shuffled)
        draws = weighted_correlations(measures, values[:, 0], self.weights)
        bounds = [percentile_interval(column, self.level) for column in draws.T]
        extreme = np.abs(rho[:, 1:]) >= np.abs(rho[:, :1]) - 1e-12
        return pd.DataFrame(
            {
                "measure": self.units.measures.columns,
                "scope": scope,
                "rho": rho[:, 0],
                "low": [low for low, _ in bounds],
                "high": [high for _, high in bounds],
                "p": (1 + extreme.sum(axis=1)) / (1 + orders.shape[0]),
                "p_adjusted": step_down(np.abs(rho)),
                "n": np.isfinite(measures).sum(axis=0),
            }
        )

    def _estimate(self, value: float, se: float) -> Estimate:
        n_blocks = self.blocks.max() + 1
        half = float(student.ppf(0.5 + self.level / 2, n_blocks - 1)) * se
        log = np.log(max(1 - value, _NOTHING))
        sample, n = self.outcome.sample, len(self.units.table)
        return Estimate(
            estimate=value,
            low=float(1 - np.exp(log + half)),
            high=float(1 - np.exp(log - half)),
            level=self.level,
            unit="share of variance",
            n_participants=sample.n_participants,
            n_pairs=n if self.outcome.of_pairs else sample.n_pairs,
            n_stimuli=2 * n if self.outcome.of_pairs else n,
            n_trials=int(self.units.table["n"].sum()),
            method="ridge regression, nested cross-validation over groups of pictures; interval of "
            f"log(1 - R²) by jackknife over {n_blocks} blocks of groups",
        )


def _units(outcome: PictureOutcome, measures: pd.DataFrame, stimuli: pd.DataFrame) -> _Units:
    what = "pairs" if outcome.of_pairs else "pictures"
    groups = picture_groups(stimuli)
    groups.index, measures = groups.index.astype(str), measures.set_axis(measures.index.astype(str))
    table = outcome.table
    if outcome.of_pairs:
        made, real = (measures.reindex(table[name].astype(str)).to_numpy() for name in ("made", "real"))
        own = pd.DataFrame(made - real, index=table.index, columns=measures.columns)
        group = groups.reindex(table["made"].astype(str)).to_numpy()
    else:
        own, group = measures.reindex(table.index), groups.reindex(table.index).to_numpy()
    measured = own.notna().any(axis=1).to_numpy()
    table, own, group = table[measured], own[measured], group[measured].astype(int)
    used, left_out = _usable(own)
    if len(table) < FEWEST:
        raise CannotExplainError(
            f"at least {FEWEST} {what} with answers and measures are needed, and there are {len(table)}"
        )
    if used.shape[1] == 0:
        raise CannotExplainError(f"no measure differs between the {what} and is known of most of them")
    if (n_groups := len(np.unique(group))) < _FEWEST_GROUPS:
        raise CannotExplainError(
            f"at least {_FEWEST_GROUPS} groups of {what} are needed that share no person, original or pair, "
            f"and there are {n_groups}"
        )
    return _Units(table, used, group.astype(np.int64), table["origin"].astype(str), left_out)


def _usable(measures: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The measures that are known of most pictures and differ; the others with the reason."""
    reasons = {}
    for name, column in measures.items():
        if column.isna().mean() > MOST_UNKNOWN:
            reasons[name] = f"unknown of {int(column.isna().sum())} of {len(column)}"
        elif not standardised(column.to_numpy()[:, None], column.to_numpy()[:, None]).any():
            reasons[name] = "the same in all"
    left_out = pd.DataFrame({"measure": list(reasons), "reason": list(reasons.values())})
    return measures.drop(columns=list(reasons)), left_out


def _normal_quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))
