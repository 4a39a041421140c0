"""What gives AI headshots away: skin, background, body, expression, inconsistency of light or symmetry."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.claims.answers import Answers, Choices, answers_of
from analysis.claims.detection import change_of_sensitivity, lacking, sensitivity, unit_of
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.inference import Answer
from analysis.claims.ratings import Ratings, rating_effect, rating_slope, ratings_of
from analysis.claims.reasons import first, listed, not_asked
from analysis.claims.specification import DECLARED, Specification
from analysis.dataset import Dataset
from analysis.wording import made_faces

#: Questions about how a face looks, by which a stiff expression would show.
_EXPRESSION_RATINGS = ("expression", "expressive", "lifelike")
_FEWEST = 2


@dataclass(frozen=True)
class Artifact:
    """``tags`` that people give to pictures, ``defects`` parts of the names of edits that make it."""

    tags: tuple[str, ...]
    defects: tuple[str, ...]


ARTIFACTS: dict[str, Artifact] = {
    "skin": Artifact(("skin",), ("skin",)),
    "background": Artifact(("background", "lighting"), ("background", "lighting", "cutout", "focus")),
    "body": Artifact(("body",), ("body", "proportion")),
    "expression": Artifact(("expression",), ("expression",)),
    "consistency": Artifact(
        ("lighting", "skin", "symmetry"), ("lighting", "skin", "texture", "symmetry", "catchlights")
    ),
}


@dataclass(frozen=True)
class _Comparison:
    """Choices with the column that d' is compared by; none where d' itself says it."""

    choices: Choices
    over: str | None
    unit: str
    measure: str
    compared: str


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
    against those whose does not (-0.5). Pictures edited with the defect at several doses: ``made * dose``
    among them, d' per dose from 0 to 1. At one dose, with nothing to compare it with: d' itself. Single faces
    share the real ones as baseline.
    """
    told = _expression_ratings(answers, specification) if claim == "expression" else ()
    carriers = carrying(answers.kept.stimuli, ARTIFACTS[claim])
    choices = answers.choices(specification)
    reason = first(_untagged(claim, carriers), not_asked(answers.protocol, "detect"))
    if reason or choices is None:
        return Untested(claim, reason or "No answers about which face is made are left.", told)
    compared = _comparison(answers, choices, ARTIFACTS[claim], carriers)
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


def carrying(stimuli: pd.DataFrame, artifact: Artifact) -> pd.Series[bool]:
    """Whether each made picture, by stimulus, is tagged with the artifact or edited with such a defect."""
    made = stimuli[stimuli["origin"] != "real"].drop_duplicates("stimulus").set_index("stimulus")
    tags = made["artifacts"].fillna("").astype(str).str.split(r"[;,\s]+", regex=True)
    tagged = tags.map(lambda given: any(tag in artifact.tags for tag in given)).astype(bool)
    return tagged | _edited_so(made, artifact)


def _edited_so(made: pd.DataFrame, artifact: Artifact) -> pd.Series[bool]:
    return made["defect"].fillna("").astype(str).str.contains("|".join(artifact.defects))


def _untagged(claim: str, carriers: pd.Series[bool]) -> str:
    if carriers.any():
        return ""
    tags = dict.fromkeys((*ARTIFACTS[claim].tags, *ARTIFACTS[claim].defects))
    return f"No picture is tagged with an artifact or made with a defect of {listed(list(tags))}."


def _comparison(
    answers: Answers, choices: Choices, artifact: Artifact, carriers: pd.Series[bool]
) -> _Comparison | str:
    """What can be compared in these choices, or why nothing can."""
    stimuli = answers.kept.stimuli.drop_duplicates("stimulus").set_index("stimulus")
    table = choices.table
    made_row = table["made"] > 0 if choices.layout == "single" else pd.Series(True, index=table.index)
    carries = table["stimulus"].map(carriers).fillna(False).astype(bool) & made_row
    edited = _edited_so(stimuli, artifact) & stimuli["dose"].notna()
    doses = table["stimulus"].map(stimuli["dose"].where(edited)).where(carries)
    if doses.nunique() > 1:
        return _over_dose(choices, carries, doses, stimuli)
    n_with, n_without = (
        int(table.loc[rows & made_row, "stimulus"].nunique()) for rows in (carries, ~carries)
    )
    if n_with >= _FEWEST and n_without == 0 and doses.notna().any():
        return _at_one_dose(choices, float(doses.dropna().iloc[0]))
    if min(n_with, n_without) < _FEWEST:
        return (
            f"Of the made pictures that were judged, {n_with} carry the artifact and {n_without} do not; it "
            f"needs at least {_FEWEST} of each."
        )
    coded = carries.map({True: 0.5, False: -0.5}).where(made_row, 0.0).astype(float)
    return _Comparison(
        choices.of(table.assign(artifact=coded)),
        "artifact",
        "z",
        "Sensitivity d′ of {made} that carry the artifact minus that of the others",
        "than others",
    )


def _over_dose(
    choices: Choices, carries: pd.Series[bool], doses: pd.Series[float], stimuli: pd.DataFrame
) -> _Comparison:
    """Only pictures with the defect, and, of single faces, the real ones of their pairs."""
    table = choices.table
    rows = carries
    if choices.layout == "single":
        rows = carries | ((table["made"] < 0) & table["pair"].isin(table.loc[carries, "pair"]))
    centred = (doses - doses.mean()).where(carries, 0.0)
    chosen = table.assign(dose=centred.astype(float))[rows].reset_index(drop=True)
    return _Comparison(
        _by_photograph(choices.of(chosen), stimuli),
        "dose",
        "z per dose from 0 to 1",
        "Rise of sensitivity d′ with the dose of the edit",
        "the stronger the edit was",
    )


def _at_one_dose(choices: Choices, dose: float) -> _Comparison:
    return _Comparison(
        choices, None, "z", f"Sensitivity d′ of {{made}} with a dose of {dose:g}", "than by guessing"
    )


def _by_photograph(choices: Choices, stimuli: pd.DataFrame) -> Choices:
    """Grouped by photograph where several edits were made of one: their pairs are not independent."""
    identity = choices.table["stimulus"].map(stimuli["identity"])
    photograph = identity.where(identity.notna(), choices.table["pair"]).astype(str)
    per_photograph = choices.table["pair"].groupby(photograph).nunique()
    if choices.layout == "single" or not (per_photograph > 1).any() or len(per_photograph) < _FEWEST:
        return choices
    grouped = choices.of(choices.table.assign(photograph=photograph))
    return replace(grouped, grouped_by="photograph")


def _detection(answers: Answers, compared: _Comparison, specification: Specification, claim: str) -> Answer:
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
    """Whether made pictures of one unit differ in it; real ones have none."""
    made = table[table["made"] > 0] if unit == "stimulus" else table
    return unit == "photograph" and bool((made.groupby(unit)[over].nunique() > 1).any())


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
        compared = _comparison(answers, choices, artifact, carriers) if carriers.any() else ""
        if isinstance(compared, str) or lacking(compared.choices):
            continue
        one = _detection(answers, compared, specification, f"consistency-{name}")
        label = compared.measure.format(made=made_faces(answers.protocol.stimulus_kind))
        found.append(Beside(f"{name.capitalize()} only: {label}", one.estimate, one.model))
    return tuple(found)


def _trust(
    answers: Answers, compared: _Comparison, specification: Specification, claim: str
) -> tuple[Beside, ...]:
    """The trust difference by the same artifact, of pairs."""
    if not answers.tells_beside(specification) or compared.choices.layout != "pair":
        return ()
    ratings = Ratings("pair", answers.differences("trust", specification))
    over = compared.over
    if over is None:
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
