"""Do AI headshots look fine at a glance and fall apart on inspection?"""

from __future__ import annotations

import numpy as np

from analysis.claims.answers import Answers, Choices, answers_of, with_looks
from analysis.claims.detection import change_of_sensitivity, lacking, sensitivity
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.reasons import first, not_asked
from analysis.claims.specification import DECLARED, Specification
from analysis.dataset import Dataset
from analysis.pairs import exposure_words


def closer_look(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """Gain in d' from the shortest to the longest exposure.

    Probit model ``answer ~ made * look`` with slopes of ``made`` and ``made:look`` by participant and pair,
    ``look`` running from -0.5 to 0.5 over the logarithm of all exposures: every exposure counts, each by how
    long it was, and the model is the one that power is computed with. With ``exposures="ends"`` only the
    shortest and the longest count. Answers "both", "neither" and real or AI of each face of a pair are ties
    between the two sides.
    """
    return closer_look_in(answers_of(kept, specification), specification)


def closer_look_in(answers: Answers, specification: Specification) -> Finding | Untested:
    choices = answers.choices(specification)
    reason = _reason(answers, choices)
    if reason or choices is None:
        return Untested("closer-look", reason)
    looked = choices.of(with_looks(choices.table))
    levels = np.sort(looked.table["exposure_ms"].unique())
    short, long = (_after(float(ms)) for ms in (levels[0], levels[-1]))
    found = change_of_sensitivity(
        answers,
        looked,
        specification,
        over="look",
        in_unit=True,
        name="closer-look",
        question="How much better are made faces told apart at the longest than at the shortest exposure?",
    )
    how = {"pair": "pairs", "single": "single faces"}[choices.layout]
    beside, additions = _at_a_glance(answers, looked, specification, float(levels[0]), short)
    return Finding(
        id="closer-look",
        measure=f"Sensitivity d′ of {how} {long} minus d′ {short}",
        estimate=found.estimate,
        direction=1,
        alpha=answers.protocol.analysis.alpha,
        stimulus_kind=answers.protocol.stimulus_kind,
        model=found.model,
        beside=beside,
        notes=found.notes,
        words={"short": short, "long": long},
        additions=additions,
    )


def _reason(answers: Answers, choices: Choices | None) -> str:
    asked = not_asked(answers.protocol, "detect")
    if asked or choices is None:
        return asked or (
            "No answers about which face is made, of a pair or of single faces, are left after exclusions."
        )
    one = ""
    if choices.table["exposure_ms"].nunique() < 2:
        one = "The pictures were shown at one exposure only, so there is no closer look to compare."
    return first(lacking(choices), one)


def _at_a_glance(
    answers: Answers, choices: Choices, specification: Specification, shortest: float, short: str
) -> tuple[tuple[Beside, ...], tuple[str, ...]]:
    """The first half of the claim: whether they look fine at a glance."""
    glance = choices.of(choices.table[choices.table["exposure_ms"] == shortest].reset_index(drop=True))
    if not answers.tells_beside(specification) or lacking(glance):
        return (), ()
    found = sensitivity(
        answers,
        glance,
        specification,
        name="at-a-glance",
        question="Are made faces told apart at the shortest exposure?",
    )
    p = found.estimate.p_value()
    seen = p < answers.protocol.analysis.alpha and found.estimate.estimate > 0
    words = (
        "But already {short} they were told apart better than by guessing."
        if seen
        else "It could not be shown that people do better than guessing {short}."
    )
    return (Beside(f"Sensitivity d′ {short}", found.estimate, found.model),), (words,)


def _after(exposure_ms: float) -> str:
    words = exposure_words(exposure_ms)
    return f"after {words}" if np.isfinite(exposure_ms) else f"with {words}"
