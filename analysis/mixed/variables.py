"""Which columns of a table a formulaic expression uses."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from formulaic import Formula

from analysis.mixed.formula import FormulaError, MixedFormula

_NAME = re.compile(r"(?<![\w.'\"])[^\W\d]\w*")


def as_one(expression: str) -> str:
    """Braces: formulaic is to compute `size - incidence`, not to read it as two terms."""
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
    except Exception as error:
        raise FormulaError(f"cannot read {expression!r} in the formula: {error}") from error
    found = set(map(str, formula.required_variables))
    for term in formula:
        for factor in term.factors:
            found |= {name for name in _NAME.findall(str(factor.expr)) if name in columns}
    return found


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
