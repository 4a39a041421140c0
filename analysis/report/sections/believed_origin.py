"""Does trust follow what a face is, or what it is taken for? By belief, and by random labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.believed_origin import BelievedOrigin, Undetected, believed_origin, believed_ratings
from analysis.estimate import Estimate
from analysis.label_effects import label_effects, labelled_ratings
from analysis.model_results import ModelResult
from analysis.origin_by import CrossedMeans, crossed_models
from analysis.rated_questions import RatedQuestion
from analysis.rating_figures import crossed_figure, estimates_and_points
from analysis.report.apa import counted, estimate_words, share_words
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rating_parts import (
    bounded,
    file_name,
    made_words,
    main_questions,
    with_interval,
)
from analysis.report.rounding import level_words, percent

_CAUTION = (
    "What people believed of a face was not assigned to them. Whoever trusts a face may take it for real "
    "*because* they trust it, and what makes a face look trustworthy may also make it look real. The effect "
    "of belief below says that the two go together within people, not that one causes the other."
)
_CAUSAL = (
    "In cells with random labels chance decided which face was labelled what, so that the effect of the "
    "label is causal: it is what the word does, whatever the face is. It holds for people who were told that "
    "labels would be shown, and believed them as far as these people did."
)
_EFFECTS = {
    "marked": "{how} {made} minus {how} real, averaged over origins",
    "marked_real": "the same, real faces only",
    "marked_made": "the same, {made} faces only",
    "origin": "{made} minus real faces, averaged over what they were {how}",
    "interaction": "{how} {made} minus {how} real, of {made} minus of real faces",
}


def section(inputs: Inputs) -> Section | None:
    """Ratings by true and believed origin, and by random labels; None where there is neither."""
    parts: list[Part] = []
    results: list[str] = []
    for question in main_questions(inputs):
        for build in (_by_belief, _by_label):
            found, sentences = build(inputs, question)
            parts += found
            results += sentences
    if not parts:
        return None
    return Section(
        "believed_origin",
        "What a face is taken for",
        tuple(parts),
        results=tuple(results),
        references=("liefooghe2023", "tucciarelli2022", "mundlak1978", "owen2007"),
    )


def _by_belief(inputs: Inputs, question: RatedQuestion) -> tuple[list[Part], list[str]]:
    faces = believed_ratings(inputs.kept, question.id, question.layout)
    if faces.empty:
        return [], []
    resampling = inputs.resampling_of(faces)
    found = believed_origin(faces, resampling)
    name, made = f"{file_name(question)}-believed", made_words(inputs)
    models = crossed_models(faces, "believed_ai", name=name, words=f"believed {made}", level=inputs.level)
    words = {"how": "taken for", "made": made}
    parts: list[Part] = [
        Paragraph(f"{_order(found)} {_CAUTION}"),
        _figure(found.means, inputs, question, name, marks=("taken for real", f"taken for {made}")),
        _means_table(found.means, name, f"Ratings of {question.words} by true and believed origin.", made),
        _effects_table(found.means, models, name, words),
        _undetected_table(found.undetected, name, made, question),
        *_fitted(models),
    ]
    return parts, [
        _effect_sentence(
            found.means.marked, models, f"faces taken for {made}", "faces taken for real", question
        ),
        *_undetected_sentences(found.undetected, made, question),
    ]


def _by_label(inputs: Inputs, question: RatedQuestion) -> tuple[list[Part], list[str]]:
    faces = labelled_ratings(inputs.kept, question.id, question.layout)
    if faces.empty:
        return [], []
    means = label_effects(faces, inputs.resampling_of(faces))
    name, made = f"{file_name(question)}-label", made_words(inputs)
    models = crossed_models(faces, "labelled_ai", name=name, words=f"labelled {made}", level=inputs.level)
    words = {"how": "labelled", "made": made}
    parts: list[Part] = [
        Paragraph(_CAUSAL),
        _figure(means, inputs, question, name, marks=("labelled real", f"labelled {made}")),
        _means_table(means, name, f"Ratings of {question.words} by true origin and random label.", made),
        _effects_table(means, models, name, words),
        *_fitted(models),
    ]
    sentence = _effect_sentence(
        means.marked, models, f"faces labelled {made} at random", "faces labelled real", question
    )
    return parts, [sentence]


def _fitted(models: tuple[ModelResult, ...]) -> list[Part]:
    return [one.fitted for one in models if one.fitted is not None]


def _order(found: BelievedOrigin) -> str:
    """When people said what they believed, compared with the rating."""
    share = found.share_before
    same = {0.0: "The two were answered in different trials.", 1.0: "Both were answered in one trial."}.get(
        found.share_same_trial,
        f"In {percent(found.share_same_trial)} % of ratings both were answered in one trial.",
    )
    if np.isnan(share):
        return (
            f"Whether a face was rated before or after people said what they took it for is not known. {same}"
        )
    if share == 0:
        return f"Every face was rated before people said what they took it for. {same}"
    if share == 1:
        return f"Every face was rated after people had said what they took it for. {same}"
    return f"{percent(share)} % of ratings came after people had said what they took the face for. {same}"


def _figure(
    means: CrossedMeans, inputs: Inputs, question: RatedQuestion, name: str, *, marks: tuple[str, str]
) -> Figure:
    how = marks[0].removesuffix(" real")
    rows = [
        ({"made": cell.made, "marked": cell.marked}, cell.rating)
        for cell in means.cells
        if np.isfinite(cell.rating.estimate)
    ]
    caption = (
        f"Mean ratings of {question.words} by what the faces are and by what they were "
        f"{how}, with {level_words(inputs.level)} intervals; points are participants."
    )
    svg = crossed_figure(
        means,
        marks=marks,
        origins=("real faces", f"{made_words(inputs)} faces"),
        scale=(question.minimum, question.maximum),
        name=name,
        words=question.words,
    )
    points = means.participants.rename(columns={"rating": "estimate"})
    return Figure(name, caption, svg, estimates_and_points(rows, points))


def _means_table(means: CrossedMeans, name: str, caption: str, made: str) -> Table:
    rows = [
        {
            "origin": made if cell.made else "real",
            "marked": made if cell.marked else "real",
            "rating": cell.rating.estimate,
            "low": cell.rating.low,
            "high": cell.rating.high,
            "n_ratings": cell.n_ratings,
            "n_participants": cell.rating.n_participants,
            "n_stimuli": cell.rating.n_stimuli,
        }
        for cell in means.cells
    ]
    columns = (
        Column("origin", "Is"),
        Column("marked", "Labelled" if name.endswith("label") else "Taken for"),
        Column("rating", "Mean (points)", "number", interval=("low", "high")),
        Column("n_ratings", "Ratings", "count"),
        Column("n_participants", "Participants", "count"),
        Column("n_stimuli", "Faces", "count"),
    )
    return Table(name, caption, pd.DataFrame(rows), columns, folded=True)


def _effects_table(
    means: CrossedMeans, models: tuple[ModelResult, ...], name: str, words: dict[str, str]
) -> Table:
    """A line for every effect, a column for every analysis; the note says why a model is missing."""
    ordinal, ordinal_plain, linear, linear_plain = (model.estimates for model in models)
    rows = [
        _effect(effect, getattr(means, effect), ordinal.get(effect), linear.get(effect), words)
        for effect in _EFFECTS
    ]
    for effect in ("marked", "origin"):
        plain = _effect(effect, None, ordinal_plain.get(effect), linear_plain.get(effect), words)
        rows.append(plain | {"effect": f"{plain['effect']}; model without interaction"})
    columns = (
        Column("effect", "Effect"),
        with_interval("means", "Means (points)", signed=True),
        Column("means_p", "p", "p"),
        with_interval("ordinal", "Ordinal model (points)", signed=True),
        Column("ordinal_p", "p", "p"),
        with_interval("linear", "Linear model (points)", signed=True),
        Column("linear_p", "p", "p"),
        Column("linear_df", "df", "number", 1),
    )
    note = (
        "Means: bootstrap over participants and pairs. Models: participants and pictures crossed, and where "
        "people differ in how many faces they mark, their own share is in the model, so that the effect is "
        "one within people (Mundlak, 1978). The ordinal models' effects are those of expected ratings."
    )
    reasons = dict.fromkeys(f"{one.label}: {one.reason}." for one in models if one.reason)
    caption = f"Effects of true origin and of what faces were {words['how']}."
    return Table(
        f"{name}-effects",
        caption,
        pd.DataFrame(rows),
        columns,
        (quoted(" ".join(reasons)) + " " + note).strip(),
    )


def _effect(
    effect: str,
    mean: Estimate | None,
    ordinal: Estimate | None,
    linear: Estimate | None,
    words: dict[str, str],
) -> dict[str, Any]:
    line: dict[str, Any] = {"effect": _EFFECTS[effect].format(**words)}
    for name, one in (("means", mean), ("ordinal", ordinal), ("linear", linear)):
        line |= {**bounded(name, one), f"{name}_p": np.nan if one is None else one.p_value()}
    return line | {"linear_df": np.nan if linear is None else linear.df}


def _undetected_table(found: Undetected, name: str, made: str, question: RatedQuestion) -> Table:
    against = "the real face of the pair" if question.layout == "pair" else "all real faces"
    labelled = [
        (f"Taken for real: minus {against}", found.undetected, 0.0),
        (f"Taken for {made}: minus {against}", found.detected, 0.0),
        ("Taken for real minus taken for " + made, found.contrast, 0.0),
    ]
    if found.preferred is not None:
        labelled.append(("Taken for real: share rated above the real face (ties half)", found.preferred, 0.5))
    rows = [
        {
            "what": what,
            **bounded("estimate", one),
            "unit": one.unit,
            "p": one.p_value(null),
            "null": null,
            "n_participants": one.n_participants,
            "n_stimuli": one.n_stimuli,
            "n_trials": one.n_trials,
        }
        for what, one, null in labelled
    ]
    columns = (
        Column("what", f"{made[0].upper()}{made[1:]} faces"),
        with_interval("estimate", "Estimate"),
        Column("unit", "Unit"),
        Column("p", "p", "p"),
        Column("n_participants", "Participants", "count"),
        Column("n_stimuli", "Faces", "count"),
        Column("n_trials", "Trials", "count"),
    )
    note = (
        "p is of 0 points, of the share of 0.5. Faces that passed for real are no random sample: if people "
        "take what they trust for real, the undetected ones are the more trusted ones from the start."
    )
    return Table(
        f"{name}-undetected",
        f"{question.words.capitalize()} in {made} faces that passed for real.",
        pd.DataFrame(rows),
        columns,
        note,
    )


def _effect_sentence(
    mean: Estimate, models: tuple[ModelResult, ...], first: str, second: str, question: RatedQuestion
) -> str:
    if not np.isfinite(mean.estimate):
        return f"Of one origin there were no {first} or no {second}; their ratings cannot be compared."
    text = (
        f"Ratings of {question.words} given to {first} minus those given to {second}, averaged over true "
        f"origins, differed by {estimate_words('*M*', mean, unit=' points')}"
    )
    ordinal = models[0].estimates.get("marked")
    if ordinal is None:
        return f"{text}."
    return f"{text} (cumulative probit mixed model: {estimate_words('*M*', ordinal, unit=' points')})."


def _undetected_sentences(found: Undetected, made: str, question: RatedQuestion) -> list[str]:
    if not np.isfinite(found.undetected.estimate):
        return [f"No {made} face passed for real."]
    against = "the real face of their pair" if question.layout == "pair" else "real faces"
    trials = counted(found.undetected.n_trials, "trial")
    first = (
        f"{made[0].upper()}{made[1:]} faces that were taken for real were rated "
        f"{estimate_words('*M*', found.undetected, unit=' points')} against {against} ({trials})."
    )
    if found.preferred is None:
        return [first]
    return [first, f"They were rated above it in {share_words(found.preferred)} of these trials (ties half)."]
