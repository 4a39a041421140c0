"""Trust in made and real faces: differences, equivalence, mixed models, at each exposure."""

from __future__ import annotations

import pandas as pd

from analysis import figures
from analysis.rated_questions import TRUST
from analysis.rating_figures import answers_figure, estimates_and_points
from analysis.report.apa import estimate_words
from analysis.report.content import Figure, Paragraph, Part, Section, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rating_parts import (
    LAYOUTS,
    Rated,
    asked_ratings,
    difference_sentence,
    equivalence_sentence,
    exclusions_table,
    expected_table,
    exposure_table,
    made_words,
    models_sentence,
    models_table,
    rated,
)
from analysis.report.rounding import level_words, number
from analysis.wording import made_faces

_REFERENCES = (
    "schuirmann1987",
    "lakens2017",
    "owen2007",
    "liddell2018",
    "westfall2014",
    "barr2013",
    "kuznetsova2017",
)


def section(inputs: Inputs) -> Section | None:
    """Trust; None where no face was rated for it."""
    found = [rated(inputs, question) for question in asked_ratings(inputs) if question.id == TRUST]
    if not found:
        return None
    parts: list[Part] = []
    results: list[str] = []
    for one in found:
        parts += _parts(one, inputs)
        results += [difference_sentence(one, inputs), equivalence_sentence(one), models_sentence(one)]
    parts.append(exclusions_table(found))
    parts += [result.fitted for one in found for result in one.models.all if result.fitted is not None]
    return Section(
        "trust",
        "Trusting them",
        tuple(parts),
        results=tuple(sentence for sentence in results if sentence),
        references=_REFERENCES,
    )


def _parts(one: Rated, inputs: Inputs) -> list[Part]:
    made = made_faces(inputs.protocol.stimulus_kind)
    start = (
        f"Trust in {made} minus trust in {LAYOUTS[one.question.layout]}, in points of the scale: below 0 "
        "means that they were trusted less."
    )
    expected = expected_table(one, inputs)
    parts: list[Part] = [Paragraph(start), *_figures(one, inputs), Paragraph(_note(inputs), "note")]
    parts.append(exposure_table(one, inputs))
    if one.results.trend is not None:
        slope = estimate_words("*b*", one.results.trend, digits=3, unit=" points")
        parts.append(Paragraph(f"For each doubling of the exposure the difference changes by {slope}."))
    parts += [models_table(one), *([expected] if expected is not None else [])]
    return parts


def _note(inputs: Inputs) -> str:
    test = level_words(1 - 2 * inputs.protocol.analysis.alpha)
    smallest = number(inputs.protocol.analysis.smallest_effect)
    return (
        f"Two one-sided tests (Lakens, 2017; Schuirmann, 1987), read off the {test} interval: when it lies "
        f"inside ±{smallest} points, differences as large as that are ruled out in both directions. Means "
        "take ratings as numbers; the cumulative probit model takes them as ordered categories, which "
        "matters where answers crowd at an end of the scale (Liddell & Kruschke, 2018)."
    )


def _figures(one: Rated, inputs: Inputs) -> list[Figure]:
    level, smallest = level_words(inputs.level), number(one.question.smallest_effect)
    made, results = made_words(inputs), one.results
    rows = [({"exposure_ms": each.exposure_ms}, each.difference) for each in results.by_exposure]
    people = results.participants.dropna(subset=["exposure_ms"]).rename(columns={"difference": "estimate"})
    means = [
        ({"exposure_ms": each.exposure_ms, "faces": kind}, getattr(each, part))
        for each in results.by_exposure
        for kind, part in (("real", "real"), (made, "made"))
    ]
    scale = (one.question.minimum, one.question.maximum)
    differences = Figure(
        one.name,
        f"Trust difference by exposure with {level} interval; grey points are participants. The shaded band "
        f"holds differences smaller than ±{smallest} points, declared as too small to matter.",
        _own_ids(figures.trust_figure(results), "trust", one.name),
        estimates_and_points(rows, people),
    )
    levels = Figure(
        f"{one.name}-levels",
        f"Mean trust in both kinds of faces on the whole scale, with {level} intervals.",
        _own_ids(
            figures.trust_levels_figure(results, made=made, scale=scale), "trust-levels", f"{one.name}-levels"
        ),
        estimate_table(means),
    )
    return [differences, levels, *_answers(one, made)]


def _answers(one: Rated, made: str) -> list[Figure]:
    shares: pd.DataFrame = one.models.shares
    if shares.empty:
        return []
    name = f"{one.name}-answers"
    svg = answers_figure(shares, made=made, name=name, words=one.words)
    caption = (
        "Every answer: share of the ratings of each kind of face; lines are what the ordinal model expects."
    )
    return [Figure(name, caption, svg, shares)]


def _own_ids(svg: str, drawn_as: str, name: str) -> str:
    """The same figure under another name, where pairs and single faces stand on one page."""
    if drawn_as == name:
        return svg
    for before in ('id="', 'href="#', "url(#"):
        svg = svg.replace(f"{before}{drawn_as}-", f"{before}{name}-")
    return svg
