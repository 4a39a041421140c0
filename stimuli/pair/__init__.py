"""Match each real picture with one that is as like it as possible in all that is to be alike.

The assignment minimises the total distance over all pairs at once, not pair by pair, and does
not depend on the order of rows.
"""

from __future__ import annotations

from stimuli.pair.balance import Balance
from stimuli.pair.matching import Filler, Matching, match_pairs, with_practice
from stimuli.pair.reasons import Unpaired
from stimuli.pair.rule import Criterion, Fillers, PairingRule, RuleError, criteria, fillers, limits
from stimuli.pair.traits import age_years

__all__ = [
    "Balance",
    "Criterion",
    "Filler",
    "Fillers",
    "Matching",
    "PairingRule",
    "RuleError",
    "Unpaired",
    "age_years",
    "criteria",
    "fillers",
    "limits",
    "match_pairs",
    "with_practice",
]
