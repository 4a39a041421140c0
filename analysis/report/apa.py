"""Results as sentences in the style of the APA: estimate, interval, p, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis.estimate import Estimate
from analysis.report.rounding import count, level_words, number, p_words, percent


def estimate_words(
    symbol: str, one: Estimate, *, digits: int = 2, null: float | None = 0.0, unit: str = ""
) -> str:
    """``M = −0.30 points, 95 % CI [−0.42, −0.18], p < .001``; without p where ``null`` is None.

    >>> from analysis.estimate import Sample, model_estimate
    >>> one = model_estimate(-0.3, 0.1, float("inf"), Sample(9, 8, 16, 70), level=0.95, unit="", method="")
    >>> estimate_words("*d*", one).replace(chr(160), " ")
    '*d* = −0.30, 95 % CI [−0.50, −0.10], *p* = .003'
    """
    parts = [f"{symbol} =\u00a0{number(one.estimate, digits)}{unit}"]
    if math.isfinite(one.low):
        interval = f"[{number(one.low, digits)}, {number(one.high, digits)}]"
        parts.append(f"{level_words(one.level)} CI {interval}")
        if null is not None:
            words = p_words(one.p_value(null)).replace("p", "*p*", 1)
            parts.append(words.replace("= ", "=\u00a0").replace("< ", "<\u00a0"))
    return ", ".join(parts)


def share_words(one: Estimate) -> str:
    """``55.5 %, 95 % CI [53.0, 58.1]``."""
    text = f"{percent(one.estimate)}\u00a0%"
    if not math.isfinite(one.low):
        return text
    return f"{text}, {level_words(one.level)} CI [{percent(one.low)}, {percent(one.high)}]"


def sample_words(one: Estimate) -> str:
    """``24 participants, 12 pairs, 288 trials``."""
    counts = ((one.n_participants, "participant"), (one.n_pairs, "pair"), (one.n_trials, "trial"))
    return ", ".join(counted(n, noun) for n, noun in counts)


def counted(n: int, noun: str) -> str:
    """``1 trial``, ``2 trials``; ``people`` stays."""
    return f"{count(n)} {noun}" if n == 1 or noun == "people" else f"{count(n)} {noun}s"


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def paragraph(sentences: Sequence[str]) -> str:
    """Sentences joined, each with its full stop."""
    return " ".join(
        one.strip() if one.strip().endswith((".", "!", "?")) else one.strip() + "." for one in sentences
    )
