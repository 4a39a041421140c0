"""How unlike two pictures are in one attribute, stated or measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimuli.manifest import MANIFEST_COLUMNS, Stimulus
from stimuli.measured import MEASURED_COLUMNS
from stimuli.pair.rule import PairingRule, RuleError

Matrix = npt.NDArray[np.float64]
Measured = Mapping[str, Mapping[str, float]]
"""By column, then by stimulus: numbers that are measured in the pictures."""

AGE = "age"
AGE_COLUMNS = ("stated_age", "age_band")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


@dataclass(frozen=True)
class Trait:
    """One attribute of every picture that has it, as numbers or as words.

    ``spread``: standard deviation within a kind, pooled over the two kinds (1 for words).
    ``typical``: mean difference over all combinations of a real and another picture that both
    state it; None if there are none. It stands in where one of two pictures states nothing.
    """

    column: str
    values: Mapping[str, float | str]
    is_number: bool
    spread: float
    typical: float | None

    def raw_differences(self, first: Sequence[Stimulus], second: Sequence[Stimulus]) -> Matrix:
        """In the attribute's own unit; 1 for words that differ; NaN where one is not stated."""
        a, b = self._array(first), self._array(second)
        if self.is_number:
            apart: Matrix = np.abs(np.subtract.outer(a, b))
            return apart
        unstated = np.logical_or.outer(np.isnan(a), np.isnan(b))
        return np.where(unstated, np.nan, np.not_equal.outer(a, b).astype(float))

    def differences(self, first: Sequence[Stimulus], second: Sequence[Stimulus]) -> Matrix:
        """In standard deviations, or 0 and 1 for words; without gaps."""
        apart = self.raw_differences(first, second) / self.spread
        return np.where(np.isnan(apart), self.typical or 0.0, apart)

    def _array(self, stimuli: Sequence[Stimulus]) -> Matrix:
        """The numbers, or a number for each word; NaN where nothing is stated."""
        values: Sequence[float | str | None] = [self.values.get(s.stimulus) for s in stimuli]
        if not self.is_number:
            codes = {word: code for code, word in enumerate(sorted({str(v) for v in self.values.values()}))}
            values = [None if value is None else codes[str(value)] for value in values]
        return np.array([np.nan if value is None else value for value in values], dtype=float)


def traits(stimuli: Sequence[Stimulus], rule: PairingRule, measured: Measured) -> dict[str, Trait]:
    """The traits that a rule needs, by column; ``RuleError`` lists all columns that are not there."""
    stated = {*MANIFEST_COLUMNS, AGE, *(name for s in stimuli for name in s.extra)}
    unknown = [column for column in rule.columns if column not in stated | set(measured)]
    if unknown:
        raise RuleError(
            f"expected columns of manifest.csv or measures of a picture, found {', '.join(unknown)}; "
            f"columns: {', '.join(sorted(stated))}; measures: {', '.join(MEASURED_COLUMNS)}"
        )
    exact = set(rule.exact)
    found = {c: trait(c, stimuli, measured, as_words=c in exact) for c in rule.columns}
    problems = list(_unfit(found, rule, measured))
    if problems:
        raise RuleError("\n".join(problems))
    return found


def trait(column: str, stimuli: Sequence[Stimulus], measured: Measured, *, as_words: bool = False) -> Trait:
    """What all pictures state in one column, as numbers if every stated value is one.

    Ranges such as 20-29 are numbers, too: their middle. ``as_words`` takes every value as it is
    written. A column of the table goes before a measure of the same name.
    """
    texts = {s.stimulus: text for s in stimuli if (text := _text(s, column))}
    numbers = {id: number for id, text in texts.items() if (number := as_number(text)) is not None}
    values: Mapping[str, float | str]
    if not texts and column in measured:
        known = {s.stimulus for s in stimuli}
        # A measure of the face is nan where no face was found.
        values = {id: v for id, v in measured[column].items() if id in known and np.isfinite(v)}
        is_number = True
    else:
        is_number = not as_words and len(numbers) == len(texts)
        values = numbers if is_number else texts
    plain = Trait(column, values, is_number, 1.0, None)
    real, other = _by_kind(stimuli)
    spread = _spread(plain, real, other)
    apart = plain.raw_differences(real, other) / spread
    stated = apart[~np.isnan(apart)]
    return Trait(column, values, is_number, spread, float(stated.mean()) if stated.size else None)


def age_years(stimulus: Stimulus) -> float | None:
    """The stated age, else the middle of the age band ("20-29" is 25), else None."""
    for column in AGE_COLUMNS:
        if text := _text(stimulus, column):
            return as_number(text)
    return None


def as_number(text: str) -> float | None:
    """A number, or the middle of a range of whole years; None for words.

    >>> as_number("24.5"), as_number("20-29"), as_number("old")
    (24.5, 25.0, None)
    """
    if years := _RANGE.fullmatch(text.strip()):
        return (float(years[1]) + float(years[2]) + 1) / 2
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _text(stimulus: Stimulus, column: str) -> str:
    if column == AGE:
        return next((text for name in AGE_COLUMNS if (text := _text(stimulus, name))), "")
    if column in MANIFEST_COLUMNS:
        value = getattr(stimulus, column)
        return "" if value is None else str(value)
    return stimulus.extra.get(column, "")


def _by_kind(stimuli: Sequence[Stimulus]) -> tuple[list[Stimulus], list[Stimulus]]:
    return [s for s in stimuli if s.origin == "real"], [s for s in stimuli if s.origin != "real"]


def _spread(plain: Trait, real: Sequence[Stimulus], other: Sequence[Stimulus]) -> float:
    """Pooled within kinds, so that a difference between the kinds does not hide itself.

    The square root of the mean of both variances, as in the standardised mean difference. If all
    pictures of a kind are alike the spread over all of them counts, and 1 if there is none.
    """
    if not plain.is_number:
        return 1.0
    groups = [plain._array(group) for group in (real, other)]
    groups = [group[~np.isnan(group)] for group in groups]
    variances = [group.var(ddof=1) for group in groups if len(group) > 1]
    pooled = float(np.sqrt(np.mean(variances))) if variances else 0.0
    everything = np.concatenate(groups)
    # Less than this is rounding, as in the mean of many equal numbers.
    smallest = 1e-9 * max(1.0, float(np.abs(everything).max(initial=0)))
    if pooled > smallest:
        return pooled
    overall = float(everything.std()) if everything.size else 0.0
    return overall if overall > smallest else 1.0


def _unfit(found: Mapping[str, Trait], rule: PairingRule, measured: Measured) -> Iterator[str]:
    for column in rule.exact:
        if column in measured and found[column].is_number and found[column].values:
            yield f"{column}=exact: measures are never quite equal; use a weight, or --within {column}=LIMIT"
        if column in rule.within:
            yield f"--within {column}: it must be equal already; leave one of the two out"
    for column in rule.within:
        if not found[column].is_number and column not in rule.exact:
            word = next(iter(found[column].values.values()))
            yield f"--within {column}: expected numbers, found {str(word)!r}; use {column}=exact"
