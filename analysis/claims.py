"""What photographers and vendors say about AI headshots, put to the data: one verdict per claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.confidence import ConfidenceResults
from analysis.detection import DetectionResults
from analysis.estimate import Estimate
from analysis.pairs import exposure_words
from analysis.protocol import AnalysisPlan, Protocol
from analysis.trust import Equivalence, TrustDifference, TrustResults
from analysis.wording import CLAIM_TEXTS, SENTENCES, made_faces, reason_not_tested

#: "Within milliseconds" is put to the shortest exposure, if it is shorter than this.
WITHIN_MS = 1000


class Verdict(StrEnum):
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    EQUIVALENT = "equivalent to no difference"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class ClaimResult:
    """A claim with the number it stands on.

    ``null`` is the value of the estimate that means no effect. ``p_holm`` is the p value corrected
    over the claims declared primary (Holm 1979); others are exploratory and have none.
    """

    id: str
    claim: str
    measure: str
    primary: bool
    estimate: Estimate
    null: float
    p_value: float
    p_holm: float | None
    equivalence: Equivalence | None
    verdict: Verdict
    sentence: str


@dataclass(frozen=True)
class UntestedClaim:
    """A claim this study or report cannot speak about, and why."""

    id: str
    claim: str
    primary: bool
    reason: str


@dataclass(frozen=True)
class Claims:
    tested: tuple[ClaimResult, ...]
    untested: tuple[UntestedClaim, ...]


@dataclass(frozen=True)
class _Draft:
    """A claim before correction and verdict; ``direction`` is the sign that the claim predicts."""

    id: str
    measure: str
    estimate: Estimate
    direction: int
    null: float = 0.0
    equivalence: Equivalence | None = None
    words: tuple[tuple[str, str], ...] = ()
    addition: str = ""


def judge_claims(
    protocol: Protocol,
    stimuli: pd.DataFrame,
    *,
    trust: TrustResults | None,
    detection: DetectionResults | None,
    confidence: ConfidenceResults | None,
) -> Claims:
    """Every claim of the field: judged if the study's answers can judge it, else listed with the reason."""
    drafts = [
        _distrust(trust),
        _milliseconds(trust, protocol.analysis),
        _closer_look(detection, protocol.analysis),
        _confidence(confidence),
    ]
    present = [draft for draft in drafts if draft is not None]
    corrected = holm(
        {draft.id: _p_value(draft) for draft in present if draft.id in protocol.analysis.primary},
        n_declared=len(set(protocol.analysis.primary)),
    )
    tested = tuple(_judge(draft, corrected.get(draft.id), protocol) for draft in present)
    judged = {result.id for result in tested}
    untested = tuple(
        UntestedClaim(
            id=claim,
            claim=CLAIM_TEXTS[claim].format(made=made_faces(protocol.stimulus_kind)),
            primary=claim in protocol.analysis.primary,
            reason=reason_not_tested(claim, protocol, stimuli),
        )
        for claim in CLAIM_TEXTS
        if claim not in judged
    )
    return Claims(tested=tested, untested=untested)


def holm(p_values: Mapping[str, float], *, n_declared: int | None = None) -> dict[str, float]:
    """Holm's step-down correction (Holm 1979).

    A p value that is missing counts as 1. ``n_declared`` hypotheses declared beforehand keep their
    weight even when some of them could not be tested.

    >>> holm({"a": 0.01, "b": 0.04})
    {'a': 0.02, 'b': 0.04}
    """
    n = max(len(p_values), n_declared or 0)
    finite = {name: 1.0 if np.isnan(p) else p for name, p in p_values.items()}
    corrected: dict[str, float] = {}
    largest = 0.0
    for rank, name in enumerate(sorted(finite, key=lambda name: finite[name])):
        largest = max(largest, min(1.0, (n - rank) * finite[name]))
        corrected[name] = largest
    return {name: corrected[name] for name in p_values}


def reach_verdict(
    estimate: Estimate,
    *,
    direction: int,
    p_value: float,
    alpha: float,
    null: float = 0.0,
    equivalence: Equivalence | None = None,
) -> Verdict:
    """From numbers to one of four words.

    Equivalence is asked first: an effect that is surely smaller than the smallest one declared to
    matter is no support for a claim, however surely it differs from 0. Otherwise an effect that
    differs from ``null`` supports or contradicts the claim by its sign.
    """
    if not np.isfinite(estimate.low) or np.isnan(p_value):
        return Verdict.INCONCLUSIVE
    if equivalence is not None and equivalence.equivalent:
        return Verdict.EQUIVALENT
    if p_value >= alpha:
        return Verdict.INCONCLUSIVE
    predicted = np.sign(estimate.estimate - null) == direction
    return Verdict.SUPPORTED if predicted else Verdict.CONTRADICTED


def _judge(draft: _Draft, p_holm: float | None, protocol: Protocol) -> ClaimResult:
    p_value = _p_value(draft)
    verdict = reach_verdict(
        draft.estimate,
        direction=draft.direction,
        p_value=p_value if p_holm is None else p_holm,
        alpha=protocol.analysis.alpha,
        null=draft.null,
        equivalence=draft.equivalence,
    )
    made = made_faces(protocol.stimulus_kind)
    words = {"made": made, "Made": made[0].upper() + made[1:], **dict(draft.words)}
    sentences = [SENTENCES[draft.id][verdict.value].format(**words)]
    if verdict is Verdict.EQUIVALENT and p_value < protocol.analysis.alpha:
        sentences.append("A difference is there, but it is smaller than what was declared to matter.")
    sentences.append(draft.addition.format(**words))
    return ClaimResult(
        id=draft.id,
        claim=CLAIM_TEXTS[draft.id].format(made=made),
        measure=draft.measure.format(made=made),
        primary=draft.id in protocol.analysis.primary,
        estimate=draft.estimate,
        null=draft.null,
        p_value=p_value,
        p_holm=p_holm,
        equivalence=draft.equivalence,
        verdict=verdict,
        sentence=" ".join(sentence for sentence in sentences if sentence),
    )


def _p_value(draft: _Draft) -> float:
    return draft.estimate.p_value(draft.null)


def _distrust(trust: TrustResults | None) -> _Draft | None:
    if trust is None:
        return None
    measure = "Trust in {made} minus real ones, same pair, all exposures"
    return _trust_draft("distrust", measure, trust.overall)


def _milliseconds(trust: TrustResults | None, plan: AnalysisPlan) -> _Draft | None:
    """The difference at the shortest exposure; the trend over exposures is told beside it."""
    if trust is None or not (trust.by_exposure[0].exposure_ms or np.inf) < WITHIN_MS:
        return None
    shortest = trust.by_exposure[0]
    words = exposure_words(shortest.exposure_ms or np.inf)
    draft = _trust_draft("milliseconds", f"The same difference after {words}", shortest)
    addition = ""
    if trust.trend is not None and np.isfinite(trust.trend.low):
        addition = _trend_words(trust.trend, plan.alpha)
    return replace(draft, words=(("short", words),), addition=addition)


def _trend_words(trend: Estimate, alpha: float) -> str:
    if trend.p_value() >= alpha:
        return "No change of the difference with the exposure could be shown."
    direction = "rises" if trend.estimate > 0 else "falls"
    return f"The difference {direction} with longer exposures."


def _trust_draft(claim: str, measure: str, trust: TrustDifference) -> _Draft:
    return _Draft(
        id=claim,
        measure=measure,
        estimate=trust.difference,
        direction=-1,
        equivalence=trust.equivalence,
    )


def _closer_look(detection: DetectionResults | None, plan: AnalysisPlan) -> _Draft | None:
    """The gain in d' from the shortest to the longest exposure; the first half of the claim in words."""
    if detection is None or detection.gain is None:
        return None
    shortest, longest = detection.by_exposure[0], detection.by_exposure[-1]
    short, long = (_after(one.exposure_ms or np.inf) for one in (shortest, longest))
    seen = shortest.d_prime.p_value() < plan.alpha and shortest.d_prime.estimate > 0
    addition = (
        "But already {short} they were told apart better than by guessing."
        if seen
        else "It could not be shown that people do better than guessing {short}."
    )
    return _Draft(
        id="closer-look",
        measure=f"Sensitivity d′ {long} minus d′ {short}",
        estimate=detection.gain,
        direction=1,
        words=(("short", short), ("long", long)),
        addition=addition,
    )


def _after(exposure_ms: float) -> str:
    words = exposure_words(exposure_ms)
    return f"after {words}" if np.isfinite(exposure_ms) else f"with {words}"


def _confidence(confidence: ConfidenceResults | None) -> _Draft | None:
    if confidence is None:
        return None
    return _Draft(
        id="confidence",
        measure="Type-2 area: chance that the right one of two choices was the more confident",
        estimate=confidence.type2_auc,
        direction=1,
        null=0.5,
    )
