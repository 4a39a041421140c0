"""What gives AI headshots away: skin, background, body, expression, inconsistency of light or symmetry."""

from __future__ import annotations

import pandas as pd

from analysis.claims.answers import Answers, Choices, answers_of
from analysis.claims.comparisons import ARTIFACTS, Artifact, Comparison, carrying, comparison, untagged
from analysis.claims.detection import change_of_sensitivity, lacking, sensitivity, unit_of
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.inference import Answer
from analysis.claims.ratings import Ratings, rating_effect, rating_slope, ratings_of
from analysis.claims.reasons import first, not_asked
from analysis.claims.specification import DECLARED, Specification
from analysis.dataset import Dataset
from analysis.wording import made_faces

#: Questions about how a face looks, by which a stiff expression would show.
_EXPRESSION_RATINGS = ("expression", "expressive", "lifelike")


def skin(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """d' of pictures with over-smoothed skin against others, or its rise with the dose of that edit."""
    return given_away_in(answers_of(kept, specification), specification, "skin")


def background(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """The same for background, lighting, outline and depth of field."""
    return given_away_in(answers_of(kept, specification), specification, "background")


def body(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """The same for body, clothing and proportions."""
    return given_away_in(answers_of(kept, specification), specification, "body")


def expression(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """The same for a stiff expression; beside it ratings of how lifelike the faces look, if asked."""
    return given_away_in(answers_of(kept, specification), specification, "expression")


def consistency(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """The same for inconsistent lighting, skin texture or symmetry together; beside it each of the three."""
    return given_away_in(answers_of(kept, specification), specification, "consistency")


def given_away_in(answers: Answers, specification: Specification, claim: str) -> Finding | Untested:
    """Detection by artifact is the claim's number; trust stands beside it.

    Tagged pictures: ``answer ~ made * artifact`` by probit, pairs whose made face carries the artifact (0.5)
    against those whose made face has no tag at all (-0.5); against all others where hardly any is without
    tags. Pictures edited with the defect at several doses: ``made * dose`` among them, d' per dose from 0 to
    1; at one dose d' itself, since they differ from their originals in nothing else. Single faces share the
    real ones as baseline.
    """
    told = _expression_ratings(answers, specification) if claim == "expression" else ()
    carriers = carrying(answers.kept.stimuli, ARTIFACTS[claim])
    choices = answers.choices(specification)
    reason = first(untagged(claim, carriers), not_asked(answers.protocol, "detect"))
    if reason or choices is None:
        return Untested(claim, reason or "No answers about which face is made are left.", told)
    compared = comparison(choices, answers.kept.stimuli, ARTIFACTS[claim], carriers)
    if isinstance(compared, str):
        return Untested(claim, compared, told)
    if reason := lacking(compared.choices):
        return Untested(claim, reason, told)
    found = _detection(answers, compared, specification, claim)
    plan, kind = answers.protocol.analysis, answers.protocol.stimulus_kind
    return Finding(
        id=claim,
        measure=compared.measure,
        estimate=found.estimate,
        direction=1,
        alpha=plan.alpha,
        stimulus_kind=kind,
        model=found.model,
        beside=(
            *_by_type(answers, choices, specification, claim),
            *_trust(answers, compared, specification, claim),
            *told,
        ),
        notes=found.notes,
        words={"compared": compared.compared},
    )


def _detection(answers: Answers, compared: Comparison, specification: Specification, claim: str) -> Answer:
    question = f"Are made faces told apart better, the more of this is there: {claim}?"
    if compared.over is None:
        return sensitivity(answers, compared.choices, specification, name=claim, question=question)
    return change_of_sensitivity(
        answers,
        compared.choices,
        specification,
        over=compared.over,
        in_unit=_varies(compared.choices.table, unit_of(compared.choices), compared.over),
        name=claim,
        question=question,
        unit=compared.unit,
    )


def _varies(table: pd.DataFrame, unit: str, over: str) -> bool:
    """Whether pictures of one unit differ in it: pairs do not, photographs edited several times do."""
    return unit == "photograph" and bool((table.groupby(unit)[over].nunique() > 1).any())


def _by_type(
    answers: Answers, choices: Choices, specification: Specification, claim: str
) -> tuple[Beside, ...]:
    """Each kind of inconsistency alone."""
    if claim != "consistency" or not answers.tells_beside(specification):
        return ()
    found = []
    for name in ("lighting", "skin", "symmetry"):
        artifact = Artifact((name,), (name,))
        carriers = carrying(answers.kept.stimuli, artifact)
        compared = comparison(choices, answers.kept.stimuli, artifact, carriers) if carriers.any() else ""
        if isinstance(compared, str) or lacking(compared.choices):
            continue
        one = _detection(answers, compared, specification, f"consistency-{name}")
        label = compared.measure.format(made=made_faces(answers.protocol.stimulus_kind))
        found.append(Beside(f"{name.capitalize()} only: {label}", one.estimate, one.model))
    return tuple(found)


def _trust(
    answers: Answers, compared: Comparison, specification: Specification, claim: str
) -> tuple[Beside, ...]:
    """The trust difference by the same artifact, of pairs."""
    if not answers.tells_beside(specification) or compared.choices.layout != "pair":
        return ()
    ratings = Ratings("pair", answers.differences("trust", specification))
    over = compared.over
    if over is None:
        these = set(compared.choices.table["pair"])
        ratings = ratings.of(ratings.table[ratings.table["pair"].isin(these)])
        if ratings.lacking:
            return ()
        found = rating_effect(
            answers, ratings, specification, name=f"{claim}-trust", question="Are they trusted less?"
        )
        return (Beside("Trust in them minus real ones", found.estimate, found.model),)
    values = compared.choices.table.drop_duplicates("pair").set_index("pair")[over]
    table = ratings.table.assign(**{over: ratings.table["pair"].map(values)}).dropna(subset=over)
    of_these = ratings.of(table)
    if of_these.lacking or of_these.table[over].nunique() < 2:
        return ()
    unit = "points" if over == "artifact" else "points per dose from 0 to 1"
    slope = rating_slope(
        answers,
        of_these,
        specification,
        over=over,
        in_unit=False,
        name=f"{claim}-trust",
        question="Are made faces trusted less, the more of this is there?",
        unit=unit,
    )
    label = "Change of the trust difference with it"
    return (Beside(label, slope.estimate, slope.model),)


def _expression_ratings(answers: Answers, specification: Specification) -> tuple[Beside, ...]:
    """How lifelike or expressive made faces look, less real ones."""
    if not answers.tells_beside(specification):
        return ()
    found = []
    for asked in _EXPRESSION_RATINGS:
        ratings = ratings_of(answers, asked, specification)
        if ratings.lacking:
            continue
        question = f"Are made faces rated lower than real ones when asked: {asked}?"
        one = rating_effect(answers, ratings, specification, name=f"expression-{asked}", question=question)
        found.append(Beside(f"Rating “{asked}”, made minus real faces", one.estimate, one.model))
    return tuple(found)
