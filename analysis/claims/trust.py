"""Are AI headshots trusted less, and is the distrust there within milliseconds?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.claims.answers import Answers, answers_of, with_doublings
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.inference import Answer
from analysis.claims.ratings import (
    Ratings,
    ordinal_effect,
    rating_effect,
    rating_slope,
    ratings_of,
    within_margin,
)
from analysis.claims.reasons import first, not_asked
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.verdict import reach_verdict
from analysis.dataset import Dataset
from analysis.pairs import exposure_words

#: "Within milliseconds" is put to the shortest exposure, if it is shorter than this.
WITHIN_MS = 1000


def distrust(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """Trust in made minus real faces, in points, all exposures together.

    Pairs: ``difference ~ 1 + (1 | participant) + (1 | pair)``. Single faces: ``answer ~ made`` with slopes of
    ``made`` by participant and, where the faces belong to pairs, by pair. REML, Satterthwaite's degrees of
    freedom; equivalence by two one-sided tests of the declared smallest effect. A cumulative probit model of
    the single ratings stands beside it, put back into points.
    """
    return distrust_in(answers_of(kept, specification), specification)


def distrust_in(answers: Answers, specification: Specification) -> Finding | Untested:
    ratings = ratings_of(answers, "trust", specification)
    if reason := first(not_asked(answers.protocol, "trust"), ratings.lacking):
        return Untested("distrust", reason)
    where = "same pair" if ratings.layout == "pair" else "single faces"
    return rated_finding(
        answers,
        ratings,
        specification,
        id="distrust",
        measure=f"Trust in {{made}} minus real ones, {where}, all exposures",
        question="Are made faces trusted less than real ones?",
    )


def milliseconds(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """The same difference at the shortest exposure, if that is below a second.

    Beside it the trend of the difference per doubling of the exposure, people and pairs crossed, each with a
    slope of their own; unlimited exposures are no part of it.
    """
    return milliseconds_in(answers_of(kept, specification), specification)


def milliseconds_in(answers: Answers, specification: Specification) -> Finding | Untested:
    if specification.exposures != "all":
        return Untested("milliseconds", "It is about the shortest exposure, whichever others there are.")
    ratings = ratings_of(answers, "trust", specification)
    reason = first(not_asked(answers.protocol, "trust"), ratings.lacking)
    shortest = float(ratings.table["exposure_ms"].min()) if len(ratings.table) else np.inf
    if not reason and shortest >= WITHIN_MS:
        reason = "No picture was shown for less than a second."
    at_shortest = ratings.of(ratings.table[ratings.table["exposure_ms"] == shortest])
    if reason := first(reason, at_shortest.lacking):
        return Untested("milliseconds", reason)
    words = exposure_words(shortest)
    finding = rated_finding(
        answers,
        at_shortest,
        specification,
        id="milliseconds",
        measure=f"Trust in {{made}} minus real ones after {words}",
        question="Are made faces trusted less than real ones at the shortest exposure?",
    )
    found = trend(answers, ratings, specification) if answers.tells_beside(specification) else None
    if found is None:
        return replace(finding, words={"short": words})
    return replace(
        finding,
        words={"short": words},
        beside=(*finding.beside, found),
        additions=(*finding.additions, _trend_words(found, finding.alpha)),
    )


def trend(answers: Answers, ratings: Ratings, specification: Specification) -> Beside | None:
    """Change of the difference per doubling of the exposure; None with only one limited exposure."""
    limited = ratings.of(with_doublings(ratings.table))
    if limited.table["exposure_ms"].nunique() < 2 or limited.lacking:
        return None
    found = rating_slope(
        answers,
        limited,
        specification,
        over="doublings",
        in_unit=True,
        name="trust-trend",
        question="How does the trust difference change with longer exposures?",
        unit="points per doubling",
    )
    return Beside("Change of the trust difference per doubling of the exposure", found.estimate, found.model)


def rated_finding(
    answers: Answers,
    ratings: Ratings,
    specification: Specification,
    *,
    id: str,
    measure: str,
    question: str,
    margin: float | None = None,
    with_ordinal: bool = True,
) -> Finding:
    """A finding about a rating that the claim expects to be lower for made faces."""
    found = rating_effect(answers, ratings, specification, name=id, question=question)
    finding = Finding(
        id=id,
        measure=measure,
        estimate=found.estimate,
        direction=-1,
        alpha=answers.protocol.analysis.alpha,
        stimulus_kind=answers.protocol.stimulus_kind,
        equivalence=within_margin(found.estimate, answers, margin=margin),
        model=found.model,
        notes=_told(found),
    )
    if not with_ordinal or not answers.tells_beside(specification):
        return finding
    check = ordinal_effect(answers, ratings, specification, name=f"{id}-ordinal", question=question)
    return _with_check(finding, check, answers, margin)


def _with_check(finding: Finding, check: Answer, answers: Answers, margin: float | None) -> Finding:
    """With the ordinal model beside it, and whether it comes to the same verdict."""
    if check.trouble or check.model is None or not check.estimate.from_model:
        return finding
    verdict = reach_verdict(
        check.estimate,
        direction=finding.direction,
        p_value=check.estimate.p_value(),
        alpha=finding.alpha,
        equivalence=within_margin(check.estimate, answers, margin=margin),
    )
    agrees = verdict == finding.verdict
    words = "comes to the same verdict" if agrees else f"comes to another verdict: {verdict.value}"
    label = "The same by an ordinal model of the single ratings, in points"
    return replace(
        finding,
        beside=(*finding.beside, Beside(label, check.estimate, check.model)),
        additions=(*finding.additions, f"An ordinal model of the single ratings {words}."),
    )


def _told(found: Answer) -> tuple[str, ...]:
    return found.notes if not found.trouble else (*found.notes, found.trouble)


def _trend_words(found: Beside, alpha: float) -> str:
    p = found.estimate.p_value()
    if not p < alpha:
        return "No change of the difference with the exposure could be shown."
    direction = "rises" if found.estimate.estimate > 0 else "falls"
    return f"The difference {direction} with longer exposures."
