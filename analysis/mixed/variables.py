"""Which columns of a table a formulaic expression uses, and what it makes of them."""

from __future__ import annotations

import keyword
import re
import warnings
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.errors import DataMismatchWarning, FormulaicError

from analysis.mixed.formula import FormulaError, MixedFormula

_QUOTED = re.compile(r"`[^`]+`")
#: What Python says of what only R understands, and what to do.
_HINTS = {
    "'xor'": "a power is written ** here, as in I(x**2)",
    "has no attribute": "a column with a dot in its name has to be renamed to be used in a computation",
}
_NAME = re.compile(r"(?<![\w.'\"])[^\W\d]\w*")


def as_one(expression: str) -> str:
    """Braces: formulaic is to compute `size - incidence`, not to read it as two terms.

    A column's name needs none, and where Python has its own use for it (`yield`) cannot have any.
    """
    if expression.isidentifier() or _QUOTED.fullmatch(expression):
        return expression
    return f"{{{expression}}}"


@lru_cache(maxsize=256)
def parsed(expression: str) -> Formula:
    """The expression as formulaic reads it; simulations fit the same formula thousands of times."""
    return Formula(expression)


def variables(expression: str, columns: Collection[str]) -> set[str]:
    """Variables of an expression, whether the table has them or not.

    Formulaic does not list what its stateful transforms use (`bs(x, df=4)`, `center(x)`), so names
    inside a computed factor that are columns of the table count too.
    """
    try:
        formula = parsed(expression)
        found = set(map(str, formula.required_variables))
    except Exception as error:
        raise FormulaError(
            f"cannot read {expression.strip('{}')!r} in the formula: {error}{_use_of_python(expression)}"
        ) from error
    for term in formula:
        for factor in term.factors:
            written = str(factor.expr)
            if written in columns:
                found = _with_dots(found, written, columns)
            else:
                found |= {name for name in _NAME.findall(written) if name in columns}
    return found


def _with_dots(found: set[str], column: str, columns: Collection[str]) -> set[str]:
    """R's names may hold dots (`resp.time`), which formulaic takes for an attribute of `resp`."""
    head = column.partition(".")[0]
    return (found if head in columns else found - {head}) | {column}


def _use_of_python(expression: str) -> str:
    words = [word for word in _NAME.findall(expression) if keyword.iskeyword(word)]
    if not words:
        return ""
    return f"; {words[0]} is a word of Python, so rename the column to use it in a computation"


def model_matrix(source: Formula | ModelSpec, table: pd.DataFrame, output: str = "numpy") -> Any:
    """The columns that formulaic makes of a table; in words why it cannot."""
    try:
        return source.get_model_matrix(table, na_action="ignore", output=output)
    except FormulaicError as error:
        hints = [hint for reason, hint in _HINTS.items() if reason in str(error)]
        raise FormulaError("; ".join([str(error), *hints])) from error


def model_matrix_of_known_levels(source: ModelSpec, table: pd.DataFrame, output: str = "numpy") -> Any:
    """Likewise, for a table that may hold levels the first one did not: formulaic would only warn, and take
    them for the level that the others are compared with."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataMismatchWarning)
        try:
            return model_matrix(source, table, output)
        except DataMismatchWarning as found:
            unknown = re.search(r"\{.*\}", str(found))
            which = unknown.group().strip("{}") if unknown else "some levels"
            raise FormulaError(
                f"the fixed part and its slopes know nothing of {which}, which the data of the fit did not "
                "have; leave these rows out"
            ) from found


def predictors(formula: MixedFormula, columns: Collection[str]) -> list[str]:
    """Variables of the fixed and the random parts, in the order of the formula."""
    found: dict[str, None] = {}
    for expression in (formula.fixed, *(term.columns for term in formula.random)):
        found |= dict.fromkeys(sorted(variables(expression, columns)))
    return list(found)


def all_variables(formula: MixedFormula, columns: Collection[str]) -> list[str]:
    """Everything the formula uses: response, predictors, grouping factors."""
    responses = [formula.response, *([formula.failures] if formula.failures is not None else [])]
    found: dict[str, None] = {}
    for expression in responses:
        found |= dict.fromkeys(sorted(variables(as_one(expression), columns)))
    found |= dict.fromkeys(predictors(formula, columns))
    found |= dict.fromkeys(name for term in formula.random for name in term.factors)
    return list(found)
