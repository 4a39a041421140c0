"""From a table and a formula to the numbers of a model: what is used, what is left out, and why.

Rows are brought into one order that depends on their content only, so that a fit is the same to the
last bit whatever the order of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.mixed.formula import MixedFormula, RandomTerm
from analysis.mixed.messages import (
    absent_columns,
    constant_slopes,
    dependent_slopes,
    dropped_columns,
    few_levels,
    missing_rows,
)
from analysis.mixed.rank import independent_columns
from analysis.mixed.structure import RandomGroup, RandomStructure, power_of_two_scale
from analysis.mixed.variables import all_variables, as_one, model_matrix, parsed

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WEIGHTS, OFFSET = "(weights)", "(offset)"
INTERCEPT = "Intercept"


class DesignError(ValueError):
    """A table that does not fit the formula. The message lists everything that was found."""


@dataclass(frozen=True)
class Design:
    """A model's numbers, rows in canonical order.

    ``rows`` are the positions of the used rows in the table given; ``frame`` those rows. ``x`` is the
    fixed part without columns that depend on others (``dropped``). ``specs`` rebuild the columns on
    new data: of the fixed part, and of every random term.
    """

    formula: MixedFormula
    frame: pd.DataFrame
    rows: Integers
    index: pd.Index
    x: Floats
    fixed_names: tuple[str, ...]
    fixed_spec: Any
    structure: RandomStructure
    term_specs: tuple[tuple[str, RandomTerm, Any], ...]
    weight: Floats
    offset: Floats
    dropped: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.x)


def build_design(
    formula: MixedFormula,
    data: pd.DataFrame,
    *,
    weights: str | Sequence[float] | None,
    offset: str | Sequence[float] | None,
    intercept_is_threshold: bool,
) -> Design:
    """Select, order and code the rows of ``data``.

    With ``intercept_is_threshold`` (ordinal models) the intercept takes part in the check for dependent
    columns and is then left to the thresholds.
    """
    named = _with_columns(data, weights, offset)
    frame, messages = _complete_rows(formula, named)
    codes = {group: _codes(frame, group) for group in formula.groups}
    order = _canonical_order(frame, codes)
    rows = frame["(row)"].to_numpy()[order]
    frame = frame.iloc[order]
    groups, specs, notes = _random_groups(formula, frame, codes, order)
    messages += notes
    x, names, spec = _matrix(formula.fixed, frame)
    if intercept_is_threshold and INTERCEPT not in names:
        x, names = np.column_stack([np.ones(len(x)), x]), (INTERCEPT, *names)
    kept, described = independent_columns(x, names)
    if described:
        messages.append(dropped_columns(described))
    if intercept_is_threshold:
        kept = [place for place in kept if names[place] != INTERCEPT]
    return Design(
        formula=formula,
        frame=frame,
        rows=rows,
        index=data.index[rows],
        x=np.ascontiguousarray(x[:, kept]),
        fixed_names=tuple(names[place] for place in kept),
        fixed_spec=spec,
        structure=RandomStructure(tuple(groups)),
        term_specs=tuple(specs),
        weight=frame[WEIGHTS].to_numpy(dtype=float) if WEIGHTS in frame else np.ones(len(x)),
        offset=frame[OFFSET].to_numpy(dtype=float) if OFFSET in frame else np.zeros(len(x)),
        dropped=tuple(described),
        messages=tuple(messages),
    )


def evaluate(expression: str, frame: pd.DataFrame) -> pd.Series[Any]:
    """A column of the table, or a formulaic expression such as `log(rt_ms)`, as one column."""
    name = expression.strip("`")
    if name in frame.columns:
        return frame[name]
    matrix = pd.DataFrame(model_matrix(parsed(f"{as_one(expression)} - 1"), frame, "pandas"))
    if matrix.shape[1] != 1:
        raise DesignError(f"expected one column from {expression!r}, found {matrix.shape[1]}")
    return matrix.iloc[:, 0]


def _with_columns(
    data: pd.DataFrame, weights: str | Sequence[float] | None, offset: str | Sequence[float] | None
) -> pd.DataFrame:
    """The table with weights, offset and row number as columns; ``data`` stays as it is."""
    added: dict[str, Any] = {"(row)": np.arange(len(data))}
    for name, given in ((WEIGHTS, weights), (OFFSET, offset)):
        if isinstance(given, str):
            if given not in data.columns:
                raise DesignError(f"{name[1:-1]}: no column {given!r} in the table")
            added[name] = data[given].to_numpy()
        elif given is not None:
            values = np.asarray(given)
            if values.shape != (len(data),):
                raise DesignError(
                    f"{name[1:-1]}: expected one number per row ({len(data)}), found shape {values.shape}"
                )
            added[name] = values
    return data.assign(**added)


def _complete_rows(formula: MixedFormula, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows in which nothing that the model uses is missing, and a sentence on the others."""
    used = all_variables(formula, set(frame.columns))
    absent = [name for name in used if name not in frame.columns]
    if absent:
        raise DesignError(absent_columns(absent, str(formula), [str(name) for name in frame.columns[:-1]]))
    extra = [name for name in (WEIGHTS, OFFSET) if name in frame]
    frame = frame[[*used, *extra, "(row)"]]
    gaps = frame.isna()
    incomplete = gaps.any(axis=1).to_numpy()
    messages = []
    if incomplete.any():
        counts = {str(name): int(n) for name, n in gaps.sum().items() if n}
        messages.append(missing_rows(int(incomplete.sum()), len(frame), counts))
        frame = frame[~incomplete]
    for name in extra:
        values = _finite(frame[name], name.strip("()"))
        if name == WEIGHTS and (values < 0).any():
            raise DesignError("weights: expected finite numbers of 0 or more, found negative ones")
        if name == WEIGHTS and (values == 0).any():
            messages.append(f"{int((values == 0).sum())} rows with weight 0 were left out.")
            frame = frame[values > 0]
    if frame.empty:
        raise DesignError("no complete row is left; every row misses something that the formula uses")
    return frame, messages


def _finite(column: pd.Series[Any], name: str) -> Floats:
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        raise DesignError(f"{name}: expected numbers, found {', '.join(map(repr, column.unique()[:3]))}")
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DesignError(f"{name}: not finite in {int((~np.isfinite(values)).sum())} rows")
    return np.asarray(values)


def _codes(frame: pd.DataFrame, group: str) -> tuple[Integers, pd.Index]:
    """Level codes of a grouping factor, levels sorted; crossed factors are named `a:b`."""
    codes, levels = _sorted_codes(frame[group.split(":")[0]])
    for name in group.split(":")[1:]:
        inner_codes, inner = _sorted_codes(frame[name])
        pairs, codes = np.unique(codes * len(inner) + inner_codes, return_inverse=True)
        levels = pd.Index([f"{levels[p // len(inner)]}:{inner[p % len(inner)]}" for p in pairs])
    return codes.astype(np.int64), levels


def _sorted_codes(column: pd.Series[Any]) -> tuple[Integers, pd.Index]:
    try:
        codes, levels = pd.factorize(column, sort=True)
    except TypeError:  # numbers and words mixed
        codes, levels = pd.factorize(column.astype(str), sort=True)
    return codes.astype(np.int64), pd.Index(levels)


def _canonical_order(frame: pd.DataFrame, codes: dict[str, tuple[Integers, pd.Index]]) -> Integers:
    """Sort by the groups' levels; rows that share all of them by everything else that is used."""
    keys = [code for code, _ in codes.values()]
    combined = np.zeros(len(frame), dtype=np.int64)
    room = 1
    for code, levels in codes.values():
        room *= max(len(levels), 1)
        combined = combined * len(levels) + code
    order = np.argsort(combined, kind="stable") if room < 2**62 else np.lexsort(keys[::-1])
    ordered = combined[order]
    if room >= 2**62 or (ordered[1:] == ordered[:-1]).any():
        groups = {name for group in codes for name in group.split(":")}
        others = [_sorted_codes(frame[name])[0] for name in frame if name not in groups | {"(row)"}]
        order = np.lexsort([*others[::-1], *keys[::-1]])
    return np.asarray(order, dtype=np.int64)


def _random_groups(
    formula: MixedFormula,
    frame: pd.DataFrame,
    codes: dict[str, tuple[Integers, pd.Index]],
    order: Integers,
) -> tuple[list[RandomGroup], list[tuple[str, RandomTerm, Any]], list[str]]:
    groups, specs, messages, problems = [], [], [], []
    for name in formula.groups:
        columns: list[Floats] = []
        names: list[str] = []
        blocks: list[tuple[int, ...]] = []
        for term in (term for term in formula.random if term.group == name):
            raw, own, spec = _matrix(term.columns, frame)
            specs.append((name, term, spec))
            twice = sorted(set(own) & set(names))
            if twice:
                problems.append(f"{', '.join(twice)} varies by {name} in two terms; keep one of them")
            places = range(len(names), len(names) + len(own))
            blocks += [tuple(places)] if term.correlated else [(place,) for place in places]
            names += own
            columns.append(raw)
        code, levels = codes[name]
        raw = np.hstack(columns)
        scales = np.array([power_of_two_scale(column) for column in raw.T])
        groups.append(
            RandomGroup(name, levels, code[order], tuple(names), raw / scales, scales, tuple(blocks))
        )
        if len(levels) < 2:
            problems.append(
                f"{name} has one level ({levels[0]}); its variance cannot be estimated: drop the term"
            )
        elif few_levels(name, len(levels)):
            messages.append(few_levels(name, len(levels)))
        messages += _confounded(groups[-1])
    if problems:
        raise DesignError("; ".join(problems))
    return groups, specs, messages


def _confounded(group: RandomGroup) -> list[str]:
    """Sentences on columns whose variances the data cannot tell from those of others."""
    _, described = independent_columns(group.raw * group.scales, group.terms)
    if described:
        return [dependent_slopes(group.name, described)]
    of_level = np.zeros((group.n_levels, len(group.terms)))
    of_level[group.codes] = group.raw
    constant = (group.raw == of_level[group.codes]).all(axis=0)
    names = [name for name, still in zip(group.terms, constant, strict=True) if still]
    return [constant_slopes(group.name, names[1:], names[0])] if len(names) > 1 else []


def _matrix(columns: str, frame: pd.DataFrame) -> tuple[Floats, tuple[str, ...], Any]:
    """Columns, their names, and what rebuilds them on new data."""
    matrix = model_matrix(parsed(columns), frame)
    values = np.asarray(matrix, dtype=float)
    names = tuple(map(str, matrix.model_spec.column_names))
    bad = [name for name, column in zip(names, values.T, strict=True) if not np.isfinite(column).all()]
    if bad:
        raise DesignError(
            f"{', '.join(bad)}: not finite in some rows (a log of 0, a division by 0?); "
            "exclude these rows first"
        )
    return values, names, matrix.model_spec
