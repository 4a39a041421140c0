"""Do employers and clients turn away?"""

from __future__ import annotations

from dataclasses import replace

from analysis.claims.answers import Answers, answers_of
from analysis.claims.finding import Finding, Untested
from analysis.claims.ratings import ratings_of
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.trust import rated_finding
from analysis.dataset import Dataset
from analysis.protocol import Protocol

#: Names of rating questions about what one would do with the person.
HIRING = ("hire", "hireable", "contact", "turned_away", "invite", "employ")
_USUAL_STEPS = 6.0


def turned_away(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """Willingness to hire or contact the person, made minus real faces, by the model of ``distrust``.

    The smallest effect that matters is declared in points of the trust scale; on a scale of other length it
    keeps its share of the scale, and the finding says so.
    """
    return turned_away_in(answers_of(kept, specification), specification)


def turned_away_in(answers: Answers, specification: Specification) -> Finding | Untested:
    asked = hiring_question(answers.protocol)
    if asked is None:
        return Untested(
            "turned-away",
            "The study does not ask whom one would hire or contact; it needs a scale of each face named "
            "hire, hireable or contact.",
        )
    ratings = ratings_of(answers, asked, specification)
    if ratings.lacking:
        return Untested("turned-away", ratings.lacking)
    margin, note = _margin(answers.protocol, asked)
    finding = rated_finding(
        answers,
        ratings,
        specification,
        id="turned-away",
        measure=f"Rating “{asked}” of {{made}} minus that of real ones",
        question="Would people rather not hire or contact the people in made faces?",
        margin=margin,
    )
    return replace(finding, notes=(*finding.notes, *note))


def hiring_question(protocol: Protocol) -> str | None:
    """The first scale that asks whom one would hire or contact."""
    questions = protocol.questions()
    return next((name for name in HIRING if name in questions and questions[name].kind == "scale"), None)


def _margin(protocol: Protocol, asked: str) -> tuple[float, tuple[str, ...]]:
    """The declared smallest effect on the scale of this question, with a note where that is another."""
    questions = protocol.questions()
    trust = questions.get("trust")
    steps = _steps(questions[asked].minimum, questions[asked].maximum)
    declared_on = _USUAL_STEPS if trust is None else _steps(trust.minimum, trust.maximum)
    margin = protocol.analysis.smallest_effect * steps / declared_on
    if steps == declared_on:
        return margin, ()
    return margin, (
        f"The smallest effect of {protocol.analysis.smallest_effect:g} points was declared for a scale of "
        f"{declared_on:g} steps; on this one of {steps:g} it is {margin:.3g}.",
    )


def _steps(minimum: float | None, maximum: float | None) -> float:
    if minimum is None or maximum is None or maximum <= minimum:
        return _USUAL_STEPS
    return maximum - minimum
