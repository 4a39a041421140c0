"""Sentences to participants that are put into words when a page shows them, in that page's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    """An English sentence as it stands in the catalogues, with what goes into it.

    ``plural`` and ``n`` are there for sentences that depend on a number. ``str`` gives the English.
    """

    english: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    plural: str = ""
    n: int = 0

    def __str__(self) -> str:
        return (self.plural if self.plural and self.n != 1 else self.english) % self.values


# The refresh of the catalogues finds sentences by the names of these two functions, so the English must
# stand in the call as it is: no variable, no f-string.


def sentence(english: str, **values: str | int) -> Sentence:
    """A sentence; ``values`` fill its ``%(name)s``.

    >>> str(sentence("Please enter a whole number, at least %(low)s.", low=18))
    'Please enter a whole number, at least 18.'
    """
    return Sentence(english, values)


def plural_sentence(one: str, many: str, n: int, **values: str | int) -> Sentence:
    """A sentence that depends on ``n``, which also fills ``%(n)s``.

    >>> str(plural_sentence("One answer.", "%(n)s answers.", 2))
    '2 answers.'
    """
    return Sentence(one, {"n": n, **values}, plural=many, n=n)
