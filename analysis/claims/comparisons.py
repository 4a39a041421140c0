"""Which pictures carry an artifact, and what they can be compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.claims.answers import Choices
from analysis.claims.reasons import listed

_FEWEST = 2
#: Pictures without any tag from which they alone are what tagged ones are compared with.
_ENOUGH_UNTAGGED = 5


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
class Comparison:
    """Choices with the column that d' is compared by; none where d' itself says it."""

    choices: Choices
    over: str | None
    unit: str
    measure: str
    compared: str


def carrying(stimuli: pd.DataFrame, artifact: Artifact) -> pd.Series[bool]:
    """Whether each made picture, by stimulus, is tagged with the artifact or edited with such a defect."""
    made = _made(stimuli)
    tagged = _tags(made).map(lambda given: any(tag in artifact.tags for tag in given)).astype(bool)
    return tagged | _edited_so(made, artifact)


def untagged(claim: str, carriers: pd.Series[bool]) -> str:
    """Why no picture carries the artifact; empty where some do."""
    if carriers.any():
        return ""
    tags = dict.fromkeys((*ARTIFACTS[claim].tags, *ARTIFACTS[claim].defects))
    return f"No picture is tagged with an artifact or made with a defect of {listed(list(tags))}."


def comparison(
    choices: Choices, stimuli: pd.DataFrame, artifact: Artifact, carriers: pd.Series[bool]
) -> Comparison | str:
    """What can be compared in these choices, or why nothing can."""
    by_stimulus = stimuli.drop_duplicates("stimulus").set_index("stimulus")
    table = choices.table
    made = table["made"] > 0 if choices.layout == "single" else pd.Series(True, index=table.index)
    carries = table["stimulus"].map(carriers).fillna(False).astype(bool) & made
    edited = _edited_so(by_stimulus, artifact) & by_stimulus["dose"].notna()
    doses = table["stimulus"].map(by_stimulus["dose"].where(edited)).where(carries)
    if doses.nunique() > 1:
        return _over_dose(choices, carries, doses, by_stimulus)
    if doses.notna().any():
        return _at_one_dose(choices, carries, float(doses.max()))
    others = made & ~carries
    clean = others & table["stimulus"].map(_tags(_made(stimuli)).map(len) == 0).fillna(False).astype(bool)
    if table.loc[clean, "stimulus"].nunique() >= _ENOUGH_UNTAGGED:
        return _tagged(choices, carries, clean, "those without any", "than those without any artifact")
    return _tagged(choices, carries, others, "the others", "than others")


def _tagged(
    choices: Choices, carries: pd.Series[bool], others: pd.Series[bool], minus: str, compared: str
) -> Comparison | str:
    table = choices.table
    n_with, n_without = (int(table.loc[rows, "stimulus"].nunique()) for rows in (carries, others))
    if min(n_with, n_without) < _FEWEST:
        return (
            f"Of the made pictures that were judged, {n_with} carry the artifact and {n_without} do not; it "
            f"needs at least {_FEWEST} of each."
        )
    coded = table.assign(artifact=0.5 * carries.astype(float) - 0.5 * others.astype(float))
    return Comparison(
        choices.of(_with_real(coded, choices, carries | others)),
        "artifact",
        "z",
        f"Sensitivity d′ of {{made}} that carry the artifact minus that of {minus}",
        compared,
    )


def _over_dose(
    choices: Choices, carries: pd.Series[bool], doses: pd.Series[float], stimuli: pd.DataFrame
) -> Comparison:
    centred = (doses - doses.mean()).where(carries, 0.0)
    chosen = _with_real(choices.table.assign(dose=centred.astype(float)), choices, carries)
    return Comparison(
        _by_photograph(choices.of(chosen), stimuli),
        "dose",
        "z per dose from 0 to 1",
        "Rise of sensitivity d′ with the dose of the edit",
        "the stronger the edit was",
    )


def _at_one_dose(choices: Choices, carries: pd.Series[bool], dose: float) -> Comparison:
    return Comparison(
        choices.of(_with_real(choices.table, choices, carries)),
        None,
        "z",
        f"Sensitivity d′ of {{made}} with a dose of {dose:g}",
        "than by guessing",
    )


def _with_real(table: pd.DataFrame, choices: Choices, chosen: pd.Series[bool]) -> pd.DataFrame:
    """The chosen rows and, of single faces, the real ones of the same pairs, or all that are in none."""
    if choices.layout == "single":
        real = table["made"] < 0
        beside = real & table["pair"].isin(table.loc[chosen, "pair"])
        chosen = chosen | (beside if beside.any() else real)
    return table[chosen].reset_index(drop=True)


def _by_photograph(choices: Choices, stimuli: pd.DataFrame) -> Choices:
    """Grouped by photograph where several edits were made of one: their pairs are not independent."""
    identity = choices.table["stimulus"].map(stimuli["identity"])
    photograph = identity.where(identity.notna(), choices.table["pair"]).astype(str)
    per_photograph = choices.table["pair"].groupby(photograph).nunique()
    if choices.layout == "single" or not (per_photograph > 1).any() or len(per_photograph) < _FEWEST:
        return choices
    grouped = choices.of(choices.table.assign(photograph=photograph))
    return replace(grouped, grouped_by="photograph")


def _made(stimuli: pd.DataFrame) -> pd.DataFrame:
    return stimuli[stimuli["origin"] != "real"].drop_duplicates("stimulus").set_index("stimulus")


def _tags(made: pd.DataFrame) -> pd.Series[list[str]]:
    """The artifacts of each picture; codes are joined by semicolons."""
    split = made["artifacts"].fillna("").astype(str).str.split(r"[;,\s]+", regex=True)
    return split.map(lambda given: [tag for tag in given if tag])


def _edited_so(made: pd.DataFrame, artifact: Artifact) -> pd.Series[bool]:
    return made["defect"].fillna("").astype(str).str.contains("|".join(artifact.defects))
