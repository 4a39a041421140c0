"""Read a mixed-model formula: the fixed part stays formulaic's, the random terms are taken out.

The random terms are lme4's: `(1 + a | g)` correlated, `(a || g)` uncorrelated, `(0 + a | g)` without
intercept, `a:b` and `a/b` as grouping factors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CBIND = re.compile(r"^cbind\s*\((?P<successes>[^,]+),(?P<failures>.+)\)$", re.DOTALL)
_OPEN, _CLOSE = "([{", ")]}"


class FormulaError(ValueError):
    """A formula that does not describe a mixed model."""


@dataclass(frozen=True)
class RandomTerm:
    """`(columns | group)`: ``columns`` is formulaic's, ``factors`` are the variables the group crosses."""

    columns: str
    factors: tuple[str, ...]
    correlated: bool

    @property
    def group(self) -> str:
        return ":".join(self.factors)

    def __str__(self) -> str:
        return f"({self.columns} {'|' if self.correlated else '||'} {self.group})"


@dataclass(frozen=True)
class MixedFormula:
    """A formula in its parts. ``failures`` is set for `cbind(successes, failures)` only."""

    response: str
    failures: str | None
    fixed: str
    random: tuple[RandomTerm, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.group for term in self.random))

    def __str__(self) -> str:
        left = f"cbind({self.response}, {self.failures})" if self.failures else self.response
        return f"{left} ~ {' + '.join([self.fixed, *map(str, self.random)])}"


def read_formula(text: str) -> MixedFormula:
    """Split ``text`` into response, fixed part and random terms.

    >>> read_formula("said_ai ~ ai_c + (1 + ai_c | participant) + (1 | stimulus)").fixed
    'ai_c'
    >>> [str(term) for term in read_formula("y ~ (a || g/h)").random]
    ['(a || g)', '(a || g:h)']
    """
    left, tilde, right = text.partition("~")
    if not tilde or not left.strip():
        raise FormulaError(f"expected 'response ~ fixed + (columns | group)', found {text!r}")
    fixed, random = _take_random(right)
    if not random:
        raise FormulaError(
            f"expected at least one random term such as (1 | participant), found none in {text!r}; "
            "without one, use an ordinary regression"
        )
    both = _CBIND.match(left.strip())
    return MixedFormula(
        response=both["successes"].strip() if both else left.strip(),
        failures=both["failures"].strip() if both else None,
        fixed=fixed,
        random=tuple(random),
    )


def _take_random(right: str) -> tuple[str, list[RandomTerm]]:
    """The fixed part without the random terms, and those."""
    fixed: list[str] = []
    random: list[RandomTerm] = []
    for sign, term in _signed_terms(right):
        inner = _inside(term)
        if inner is None:
            fixed.append(f"{sign} {term}")
        elif sign == "-":
            raise FormulaError(f"a random term cannot be taken away: - {term}")
        else:
            random.extend(_random_terms(inner, term))
    joined = " ".join(fixed).removeprefix("+").strip()
    return joined or "1", random


def _signed_terms(text: str) -> Iterator[tuple[str, str]]:
    """Terms of a sum with their signs; signs inside brackets or quotes do not count."""
    sign, start = "+", 0
    for place, character in _outside_brackets(text):
        if character in "+-":
            term = text[start:place].strip()
            if term:
                yield sign, term
            sign, start = character, place + 1
    if text[start:].strip():
        yield sign, text[start:].strip()


def _outside_brackets(text: str) -> Iterator[tuple[int, str]]:
    depth, quote = 0, ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "`'\"":
            quote = character
        elif character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        elif depth == 0:
            yield place, character
    if depth:
        raise FormulaError(f"brackets do not match in {text.strip()!r}")


def _inside(term: str) -> str | None:
    """What is inside the brackets of a random term; None for a term of the fixed part."""
    if not (term.startswith("(") and term.endswith(")")):
        if any(character == "|" for _, character in _outside_brackets(term)):
            raise FormulaError(f"a random term needs brackets around it: ({term})")
        return None
    inner = term[1:-1]
    return inner if any(character == "|" for _, character in _outside_brackets(inner)) else None


def _random_terms(inner: str, term: str) -> list[RandomTerm]:
    bars = [place for place, character in _outside_brackets(inner) if character == "|"]
    correlated = len(bars) == 1
    if not correlated and not (len(bars) == 2 and bars[1] == bars[0] + 1):
        raise FormulaError(f"expected (columns | group) or (columns || group), found {term}")
    columns, grouping = inner[: bars[0]].strip(), inner[bars[-1] + 1 :].strip()
    if not columns or not grouping:
        raise FormulaError(f"expected columns before the bar and a group after it, found {term}")
    return [RandomTerm(columns, factors, correlated) for factors in _groupings(grouping, term)]


def _groupings(grouping: str, term: str) -> list[tuple[str, ...]]:
    """`g` → (g); `a:b` → (a, b); `a/b` → (a), (a, b)."""
    if re.search(r"[+*()|]", grouping):
        raise FormulaError(f"a group is a column, a:b or a/b; found {grouping!r} in {term}")
    nested = [part.strip() for part in grouping.split("/")]
    found: list[tuple[str, ...]] = []
    seen: tuple[str, ...] = ()
    for part in nested:
        seen = (*seen, *(name.strip().strip("`") for name in part.split(":")))
        found.append(seen)
    return found
