"""Put the passages under the headings of AsPredicted or of the OSF Preregistration."""

from __future__ import annotations

from collections.abc import Callable

from study.prereg import analyses, design, measures, sampling
from study.prereg.planned import Planned
from study.prereg.wording import paragraphs, to_be_written

Passage = Callable[[Planned], str]


def _study_type(_: Planned) -> str:
    return "Experiment: the researcher sets which face is shown to whom, where and for how long."


def _causal(_: Planned) -> str:
    return (
        "Causal: origin, exposure, side and cell are set by design and counterbalanced or randomised, so "
        "differences between them are effects of them. Origin itself is a property of pictures; what is "
        "claimed of it holds for faces like those of the set."
    )


def _foreknowledge(_: Planned) -> str:
    return to_be_written(
        "what the authors know from pilots or related data, and how it is kept from the plan"
    )


def _no_further_blinding(_: Planned) -> str:
    return (
        "None. The analysis is the one declared here, run by a program on the exported data; data of "
        "pilots, previews and simulated participants are kept apart and never enter it."
    )


def _conditions(planned: Planned) -> str:
    return paragraphs(design.design(planned), design.randomization(planned))


def _dependent(planned: Planned) -> str:
    return paragraphs("Measured:", measures.measured(planned), "Computed:", measures.indices(planned))


def _tests(planned: Planned) -> str:
    return paragraphs(
        analyses.models(planned), analyses.inference(planned), analyses.transformations(planned)
    )


def _size(planned: Planned) -> str:
    return paragraphs(sampling.sample_size(planned), sampling.stopping(planned), sampling.power(planned))


def _other(planned: Planned) -> str:
    return paragraphs(
        analyses.other_analyses(planned),
        analyses.missing_data(planned),
        design.blinding(planned),
        sampling.collection(planned),
        analyses.deviations(planned),
        analyses.fingerprints(planned),
    )


def _title(planned: Planned) -> str:
    return planned.protocol.title


def _context(planned: Planned) -> str:
    return paragraphs(
        to_be_written("authors, affiliations, funding, ethics vote"),
        analyses.deviations(planned),
        analyses.fingerprints(planned),
    )


# The numbered questions of aspredicted.org, by their short names.
_ASPREDICTED: tuple[tuple[str, Passage], ...] = (
    ("1) Data collection", design.data_so_far),
    ("2) Hypothesis", design.hypotheses),
    ("3) Dependent variable", _dependent),
    ("4) Conditions", _conditions),
    ("5) Analyses", _tests),
    ("6) Outliers and exclusions", analyses.left_out),
    ("7) Sample size", _size),
    ("8) Other", _other),
    ("9) Name", _title),
)

# The OSF Preregistration of 2026, section by section.
_OSF: tuple[tuple[str, tuple[tuple[str, Passage], ...]], ...] = (
    (
        "Overview",
        (
            ("Research questions or hypotheses", design.hypotheses),
            ("Foreknowledge of data or evidence", design.data_so_far),
            ("Explanation of foreknowledge and managing unintended influences", _foreknowledge),
        ),
    ),
    (
        "Research Design",
        (
            ("Study type", _study_type),
            ("Intention for causal interpretation", _causal),
            ("Blinding of experimental treatments", design.blinding),
            ("Additional blinding during research or analysis", _no_further_blinding),
            ("Study design", design.design),
            ("Randomization", design.randomization),
        ),
    ),
    (
        "Sampling",
        (
            ("Data collection procedures", sampling.collection),
            ("Sample size", sampling.sample_size),
            ("Sample size rationale", sampling.power),
            ("Starting and stopping rules", sampling.stopping),
        ),
    ),
    (
        "Variables",
        (
            ("Manipulated variables", design.manipulated),
            ("Measured variables", measures.measured),
            ("Indices", measures.indices),
        ),
    ),
    (
        "Analysis Plan",
        (
            ("Statistical models", analyses.models),
            ("Transformations", analyses.transformations),
            ("Inference criteria", analyses.inference),
            ("Data inclusion and exclusion", analyses.left_out),
            ("Missing data", analyses.missing_data),
            ("Other planned analysis", analyses.other_analyses),
        ),
    ),
    ("Other", (("Context and additional information", _context),)),
)


def preregistration(planned: Planned, *, form: str) -> str:
    """The whole text as Markdown; ``form`` is aspredicted or osf."""
    head = f"# {planned.protocol.title}"
    if form == "aspredicted":
        body = [f"## {heading}\n\n{passage(planned)}" for heading, passage in _ASPREDICTED]
        return "\n\n".join([head, *body]) + "\n"
    body = []
    for section, questions in _OSF:
        body.append(f"## {section}")
        body += [f"### {heading}\n\n{passage(planned)}" for heading, passage in questions]
    return "\n\n".join([head, *body]) + "\n"
