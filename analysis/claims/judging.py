"""One verdict per claim: every claim tested, or listed with what it would need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from analysis.claims.answers import Answers, answers_of
from analysis.claims.artifacts import given_away_in
from analysis.claims.closer_look import closer_look_in
from analysis.claims.confidence import confidence_in
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.subconscious import subconscious_in
from analysis.claims.trust import distrust_in, milliseconds_in
from analysis.claims.turned_away import turned_away_in
from analysis.claims.verdict import Verdict, holm
from analysis.claims.wording import CLAIM_TEXTS
from analysis.dataset import Dataset
from analysis.estimate import Estimate
from analysis.fitted import FittedModel
from analysis.trust import Equivalence
from analysis.wording import made_faces

Test = Callable[[Answers, Specification], Finding | Untested]

#: claim → its test; in the order of the report
TESTS: dict[str, Test] = {
    "distrust": distrust_in,
    "milliseconds": milliseconds_in,
    "closer-look": closer_look_in,
    "subconscious": subconscious_in,
    **{
        claim: partial(given_away_in, claim=claim)
        for claim in ("skin", "background", "body", "expression", "consistency")
    },
    "turned-away": turned_away_in,
    "confidence": confidence_in,
}


@dataclass(frozen=True)
class ClaimResult:
    """A claim with the number it stands on.

    ``null`` is the value of the estimate that means no effect. ``p_holm`` is the p value corrected
    over the claims declared primary (Holm 1979); others are exploratory and have none. ``model`` is the mixed
    model in full, ``beside`` further estimates without a verdict, ``notes`` what to know of the number.
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
    model: FittedModel | None = None
    beside: tuple[Beside, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[FittedModel, ...]:
        """The claim's own model, then those of the estimates beside it."""
        all_models = (self.model, *(one.model for one in self.beside))
        return tuple(model for model in all_models if model is not None)


@dataclass(frozen=True)
class UntestedClaim:
    """A claim this study cannot speak about, and why; ``beside`` is what it says near it all the same."""

    id: str
    claim: str
    primary: bool
    reason: str
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Claims:
    tested: tuple[ClaimResult, ...]
    untested: tuple[UntestedClaim, ...]


def judge_claims(kept: Dataset, *, specification: Specification = DECLARED) -> Claims:
    """Every claim of the field: judged if the study's answers can judge it, else listed with the reason.

    ``kept`` are the data after the declared exclusions (``apply_exclusions(data).kept``). p values of the
    claims declared primary are corrected together by Holm; a declared claim that cannot be tested counts too.
    """
    answers = answers_of(kept, specification)
    outcomes = [test(answers, specification) for test in TESTS.values()]
    plan = kept.protocol.analysis
    findings = [one for one in outcomes if isinstance(one, Finding)]
    corrected = holm(
        {one.id: one.p_value for one in findings if one.id in plan.primary},
        n_declared=len(set(plan.primary)),
    )
    return Claims(
        tested=tuple(_judged(one, corrected.get(one.id), primary=one.id in plan.primary) for one in findings),
        untested=tuple(_listed(one, kept) for one in outcomes if isinstance(one, Untested)),
    )


def _judged(finding: Finding, p_holm: float | None, *, primary: bool) -> ClaimResult:
    p_value = finding.p_value
    verdict = finding.verdict_at(p_value if p_holm is None else p_holm)
    return ClaimResult(
        id=finding.id,
        claim=finding.claim,
        measure=finding.measure.format(made=made_faces(finding.stimulus_kind)),
        primary=primary,
        estimate=finding.estimate,
        null=finding.null,
        p_value=p_value,
        p_holm=p_holm,
        equivalence=finding.equivalence,
        verdict=verdict,
        sentence=finding.sentence_for(verdict),
        model=finding.model,
        beside=finding.beside,
        notes=finding.notes,
    )


def _listed(untested: Untested, kept: Dataset) -> UntestedClaim:
    made = made_faces(kept.protocol.stimulus_kind)
    return UntestedClaim(
        id=untested.id,
        claim=CLAIM_TEXTS[untested.id].format(made=made),
        primary=untested.id in kept.protocol.analysis.primary,
        reason=untested.reason,
        beside=untested.beside,
    )
