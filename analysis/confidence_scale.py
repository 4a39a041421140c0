"""What the numbers of a confidence scale mean: probabilities, or only more and less; and in which steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.protocol import Protocol, Question

#: With more different answers than this, confidence is analysed in steps.
MOST_LEVELS = 10
_PROBABILITIES = {(0.0, 100.0): 100.0, (50.0, 100.0): 100.0, (0.0, 1.0): 1.0, (0.5, 1.0): 1.0}


@dataclass(frozen=True)
class ConfidenceScale:
    """``certain`` is the answer that means a probability of 1, None where the scale tells no probability."""

    minimum: float
    maximum: float
    certain: float | None

    @property
    def range_words(self) -> str:
        return f"{self.minimum:g} to {self.maximum:g}"


def confidence_scale(protocol: Protocol, answers: pd.Series[float]) -> ConfidenceScale:
    """The scale that confidence was asked on; from the answers themselves where the protocol has none.

    Read as a probability: from 0 or 50 to 100 (percent), and from 0 or .5 to 1, as long as the scale is the
    protocol's own. Any other numbers only say more and less.
    """
    asked: Question | None = protocol.questions().get("confidence")
    if asked is None or asked.minimum is None or asked.maximum is None:
        return ConfidenceScale(float(answers.min()), float(answers.max()), None)
    ends = (asked.minimum, asked.maximum)
    return ConfidenceScale(*ends, certain=_PROBABILITIES.get(ends))


def in_steps(choices: pd.DataFrame, scale: ConfidenceScale) -> tuple[pd.DataFrame, bool]:
    """The choices with confidence in at most ``MOST_LEVELS`` levels, and whether steps had to be made.

    More are put into ten equal steps of the scale; each then counts as the middle of its step.
    """
    if choices["confidence"].nunique() <= MOST_LEVELS:
        return choices, False
    edges = np.linspace(scale.minimum, scale.maximum, MOST_LEVELS + 1)
    step = np.clip(np.digitize(choices["confidence"], edges[1:-1]), 0, MOST_LEVELS - 1)
    return choices.assign(confidence=((edges[:-1] + edges[1:]) / 2)[step]), True


def in_quarters(choices: pd.DataFrame) -> pd.DataFrame:
    """Confidence as 1 to at most 4, about as many answers in each; meta-d' has a criterion for each level.

    Up to 5 levels stay as they are.
    """
    if choices["confidence"].nunique() <= MOST_LEVELS // 2:
        return choices
    edges = np.unique(np.quantile(choices["confidence"], [0.25, 0.5, 0.75]))
    return choices.assign(confidence=1.0 + np.searchsorted(edges, choices["confidence"], side="left"))
