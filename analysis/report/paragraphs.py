"""The Methods and Results paragraphs of a paper, written from the protocol and the numbers."""

from __future__ import annotations

from analysis.fitted import FittedModel
from analysis.pairs import exposure_words
from analysis.report.apa import counted, listed, paragraph
from analysis.report.assemble import Report
from analysis.report.content import quoted
from analysis.report.inputs import Inputs
from analysis.report.primary import primary_claims
from analysis.report.rounding import count, level_words, number
from analysis.report.sections.flow import exclusions_words

#: More than this would fill the paragraph of a paper.
_MOST_FORMULAS = 3
_FAMILIES = {
    ("gaussian", "identity"): "linear mixed models",
    ("bernoulli", "logit"): "logistic mixed models",
    ("bernoulli", "probit"): "probit mixed models",
    ("ordinal", "logit"): "cumulative logit mixed models",
    ("ordinal", "probit"): "cumulative probit mixed models",
}


def results_by_section(report: Report) -> tuple[tuple[str, str], ...]:
    """Title and sentences of every section that found something, in the order of the report."""
    return tuple(
        (section.title, paragraph(section.results)) for section in report.sections if section.results
    )


def results_paragraph(report: Report) -> str:
    """What the sections found, in the style of the APA."""
    return " ".join(text for _, text in results_by_section(report))


def methods_paragraph(report: Report) -> str:
    """Design, exclusions, models and software, from the frozen protocol and from what was computed."""
    inputs = report.inputs
    return paragraph(
        [
            *_design(inputs),
            exclusions_words(inputs),
            *_inference(inputs),
            *_models(report),
            _software(report),
        ]
    )


def _design(inputs: Inputs) -> list[str]:
    protocol = inputs.protocol
    people = counted(len(inputs.everything.participants), "robot" if inputs.is_robot else "participant")
    sentences = []
    for block in protocol.blocks:
        if block.practice:
            continue
        layout = (
            "single faces" if block.layout == "single" else f"pairs of a real portrait and {_made(inputs)}"
        )
        times = [exposure_words(float("inf") if ms is None else ms) for ms in block.exposures_ms]
        shown = f" for {listed(times, last='or')}" if times else ""
        asked = listed([f"“{quoted(question.text)}”" for question in block.questions])
        sentences.append(
            f"In the block “{quoted(block.name)}”, {layout} were shown{shown}, and {asked} was asked"
        )
    return [f"{people} took part", *sentences]


def _made(inputs: Inputs) -> str:
    return "its edited version" if inputs.protocol.stimulus_kind == "edited" else "an AI-made one"


def _inference(inputs: Inputs) -> list[str]:
    plan = inputs.protocol.analysis
    primary = [f"that {claim}" for claim in primary_claims(inputs.protocol)]
    sentences = [
        f"Intervals are {level_words(inputs.level)} percentile intervals of a bootstrap over participants "
        f"and pairs ({count(inputs.n_resamples)} resamples, seed {inputs.seed}), unless a model is named"
    ]
    if primary:
        sentences.append(
            f"The primary claims, {listed(primary)}, were tested two-sided with α = {number(plan.alpha)}, "
            "corrected by Holm's method; all other tests are exploratory"
        )
    sentences.append(
        f"The smallest difference in trust of interest was {number(plan.smallest_effect)} points, tested by "
        "two one-sided tests"
    )
    return sentences


def _models(report: Report) -> list[str]:
    models = report.models
    if not models:
        return []
    kinds = dict.fromkeys(
        _FAMILIES.get((m.family, m.link), f"{m.family} {m.link} mixed models") for m in models
    )
    families = listed(list(kinds))
    return [
        f"{families[0].upper()}{families[1:]} with participants and pictures as crossed random factors were "
        "fitted, beginning with the maximal structure and simplified by a rule fixed beforehand where the "
        f"fit was singular ({_formulas(models)})"
    ]


def _formulas(models: tuple[FittedModel, ...]) -> str:
    formulas = list(dict.fromkeys(f"`{model.formula}`" for model in models))
    if len(formulas) <= _MOST_FORMULAS:
        return listed(formulas)
    return f"{len(models)} models, of which the report gives formulas, estimates and steps in full"


def _software(report: Report) -> str:
    named = [f"{name} {report.software[name]}" for name in ("python", "numpy", "scipy", "pandas")]
    return (
        f"Everything was computed with facevalue {report.software['facevalue']} ({listed(named)}); the "
        "report names the hashes of protocol, pictures and data"
    )
