"""What photographers and vendors say about AI headshots, put to the data: one function per claim.

``judge_claims(kept)`` tests all of them. Each function takes the data that the exclusions kept and a
``Specification`` and returns a ``Finding`` or, with the reason, ``Untested``.
"""

from analysis.claims.artifacts import background, body, consistency, expression, skin
from analysis.claims.closer_look import closer_look
from analysis.claims.confidence import confidence
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.judging import ClaimResult, Claims, UntestedClaim, judge_claims
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.subconscious import subconscious
from analysis.claims.trust import distrust, milliseconds
from analysis.claims.turned_away import turned_away
from analysis.claims.verdict import Verdict, holm, reach_verdict
from analysis.claims.wording import CLAIM_TEXTS

__all__ = [
    "CLAIM_TEXTS",
    "DECLARED",
    "Beside",
    "ClaimResult",
    "Claims",
    "Finding",
    "Specification",
    "Untested",
    "UntestedClaim",
    "Verdict",
    "background",
    "body",
    "closer_look",
    "confidence",
    "consistency",
    "distrust",
    "expression",
    "holm",
    "judge_claims",
    "milliseconds",
    "reach_verdict",
    "skin",
    "subconscious",
    "turned_away",
]
