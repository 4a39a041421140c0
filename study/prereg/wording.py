"""Small words of a preregistration: lists, numbers, exposures, and what is left to be written."""

from __future__ import annotations

from collections.abc import Iterable

_MARK = "[to be written: "
_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def to_be_written(what: str) -> str:
    """A gap that only the researcher can fill."""
    return f"{_MARK}{what}]"


def unwritten(text: str) -> int:
    """How many gaps a text has."""
    return text.count(_MARK)


def listed(things: Iterable[str], *, joined_by: str = "and") -> str:
    """
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *most, last = list(things) or [""]
    return f"{', '.join(most)} {joined_by} {last}" if most else last


def counted(n: int, noun: str) -> str:
    """
    >>> counted(1, "pair"), counted(3, "pair"), counted(40, "pair")
    ('one pair', 'three pairs', '40 pairs')
    """
    number = _NUMBERS[n] if n < len(_NUMBERS) else str(n)
    return f"{number} {noun}" if n == 1 else f"{number} {noun}s"


def exposures(planned: Iterable[float | None], *, joined_by: str = "and") -> str:
    """
    >>> exposures([100.0, 2000.0, None])
    '100 ms, 2000 ms and without a limit'
    """
    words = ("without a limit" if ms is None else f"{ms:g} ms" for ms in planned)
    return listed(words, joined_by=joined_by)


def paragraphs(*parts: str) -> str:
    """The parts that say something, one paragraph each."""
    return "\n\n".join(part for part in parts if part)


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def sentence(words: str) -> str:
    """The words with a capital at their beginning."""
    return words[:1].upper() + words[1:]
