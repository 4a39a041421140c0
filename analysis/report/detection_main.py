"""Parts of the chapters on detection: what pairs and single faces have in common, and their main results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.detection_figures import by_exposure_figure
from analysis.detection_levels import LevelDetection, LevelsOfDetection
from analysis.estimate import Estimate
from analysis.fitted import FittedModel, fitted_model
from analysis.hierarchical_detection import HierarchicalDetection
from analysis.report.apa import counted, estimate_words, listed, share_words
from analysis.report.content import Column, Figure, Paragraph, Part, Table, estimate_table, quoted
from analysis.report.rounding import level_words, number, p_words


@dataclass(frozen=True)
class Wording:
    """What pairs and single faces are called; ``prefix`` begins the names of tables and figures."""

    prefix: str
    answers: str
    things: str
    bias: str
    bias_note: str


PAIRS = Wording(
    "detection",
    "choices",
    "pairs",
    "Side bias c",
    "Side bias c says which side people prefer when unsure: positive leans right, negative left.",
)
FACES = Wording(
    "faces",
    "judgements",
    "faces",
    "Criterion c",
    "Criterion c says how readily people call a face made: positive means reluctantly.",
)


def main_parts(
    found: HierarchicalDetection, participants: pd.DataFrame, pooled: Sequence[Any], words: Wording
) -> tuple[Part, ...]:
    """Figures by exposure, the table of the model beside the pooled answers, and the three scopes.

    ``pooled``: results at each exposure and, last, over all; with exposure_ms, d_prime, share_correct.
    """
    level = level_words(found.share_correct.level)
    return (
        *_figures(found, participants, words, pooled, level),
        _main_table(found, words, pooled),
        Paragraph(_main_note(words), "note"),
        _scopes_table(found, words),
        *_models(found, words),
    )


def main_results(found: HierarchicalDetection, words: Wording) -> tuple[str, ...]:
    """Sentences for the results of a paper."""
    one = found.model.d_prime
    if not np.isfinite(one.estimate):
        return (
            f"{words.answers.capitalize()} were correct in {share_words(found.share_correct)}; the mixed "
            f"model gave no sensitivity ({quoted(found.model.reason)}).",
        )
    sentences = [
        f"Sensitivity was {estimate_words('*d′*', one)}, {_sample_words(one, words)}; "
        f"{share_words(found.share_correct)} of {words.answers} were correct.",
        f"{words.bias.removesuffix(' c')} was {estimate_words('*c*', found.model.bias)}.",
    ]
    if found.by_exposure is not None:
        sentences.append(levels_sentence(found.by_exposure))
    return tuple(sentences)


def _sample_words(one: Estimate, words: Wording) -> str:
    n_items = one.n_pairs if words is PAIRS else one.n_stimuli
    item = words.things.removesuffix("s")
    who = f"with *N* = {counted(one.n_participants, 'participant')} and {counted(n_items, item)}"
    if n_items > 1 and one.n_participants > 1:
        return f"{who} as random effects in a probit mixed model"
    alone = item if n_items == 1 else "participant"
    return f"{who} in a probit mixed model, which says nothing about any other {alone}"


def levels_sentence(levels: LevelsOfDetection) -> str:
    """``Sensitivity differed between exposures, χ²(2) = 9.10, p = .011: d′ = …``."""
    each = [
        f"{number(one.d_prime.estimate)} ({quoted(one.level)})"
        for one in levels.levels
        if np.isfinite(one.d_prime.estimate) and not one.note
    ]
    if levels.test is None or not each:
        return f"Whether sensitivity differs {levels.title} could not be tested."
    alpha = 1 - levels.levels[0].d_prime.level
    verb = "differed" if levels.test.p < alpha else "did not detectably differ"
    return f"Sensitivity {verb} {levels.title}, {emphasised(test_words(levels))}: *d′* = {listed(each)}."


def test_words(levels: LevelsOfDetection) -> str:
    """``χ²(2) = 64.34, p < .001``, without emphasis, as notes of tables are."""
    test = levels.test
    if test is None:
        return "–"
    return f"χ²({test.df}) = {number(test.statistic)}, {p_words(test.p)}"


def emphasised(words: str) -> str:
    """With p in italics, for sentences."""
    return words.replace(" p ", " *p* ")


def with_interval(name: str, heading: str, format: Any = "signed", digits: int = 2) -> Column:
    return Column(name, heading, format, digits, interval=(f"{name}_low", f"{name}_high"))


def flat(name: str, one: Estimate | None) -> dict[str, float]:
    """An estimate as three columns."""
    values = (np.nan, np.nan, np.nan) if one is None else (one.estimate, one.low, one.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def sizes(one: Estimate) -> dict[str, int]:
    names = ("n_participants", "n_pairs", "n_stimuli", "n_trials")
    return {name: getattr(one, name) for name in names}


def size_columns(words: Wording) -> tuple[Column, ...]:
    items = Column("n_pairs", "Pairs", "count") if words is PAIRS else Column("n_stimuli", "Faces", "count")
    return (Column("n_participants", "Participants", "count"), items, Column("n_trials", "Trials", "count"))


def level_row(one: LevelDetection) -> dict[str, Any]:
    return {
        "level": one.level,
        **flat("d_prime", one.d_prime),
        **flat("bias", one.bias),
        **flat("share_correct", one.share_correct),
        **sizes(one.share_correct),
        "note": one.note,
    }


def _figures(
    found: HierarchicalDetection,
    participants: pd.DataFrame,
    words: Wording,
    pooled: Sequence[Any],
    level: str,
) -> tuple[Figure, ...]:
    sensitivity = found.at_exposures()
    shares = {float(one.exposure_ms): one.share_correct for one in pooled[:-1]}
    names = ("sensitivity", "accuracy") if words is PAIRS else ("faces-sensitivity", "faces-accuracy")
    points = participants.dropna(subset=["exposure_ms"])
    made: list[Figure] = []
    for name, estimates, column, label, guessing, scale, caption in (
        (
            names[0],
            sensitivity,
            "d_prime",
            "Sensitivity d′ (z units)",
            0.0,
            1.0,
            "Sensitivity of the average person looking at average pictures",
        ),
        (
            names[1],
            shares,
            "share_correct",
            "Correct answers (%)",
            50.0,
            100.0,
            f"Share of {words.answers} that are correct",
        ),
    ):
        svg = by_exposure_figure(
            name, estimates, points, column=column, label=label, guessing=guessing, scale=scale
        )
        text = f"{caption}, by exposure with {level} interval; grey points are participants by themselves."
        made.append(Figure(name, text, svg, _figure_data(estimates, points, column)))
    return tuple(made)


def _figure_data(estimates: Mapping[float, Estimate], points: pd.DataFrame, column: str) -> pd.DataFrame:
    rows = estimate_table(({"exposure_ms": level}, one) for level, one in estimates.items())
    people = points[["participant", "exposure_ms", column]].rename(columns={column: "estimate"})
    return pd.concat([rows.assign(participant=None), people], ignore_index=True)


def _main_table(found: HierarchicalDetection, words: Wording, pooled: Sequence[Any]) -> Table:
    model = found.model
    whole = LevelDetection("all exposures", model.d_prime, model.bias, found.share_correct, model.reason)
    levels = [*(found.by_exposure.levels if found.by_exposure else ()), whole]
    # With a single exposure its own line is that of all answers, and says which exposure it is.
    kept = pooled if found.by_exposure else pooled[:1]
    rows = []
    for one, plain in zip(levels, kept, strict=True):
        exposure = np.nan if plain.exposure_ms is None else plain.exposure_ms
        row = level_row(one) | {"exposure_ms": exposure} | flat("pooled_d_prime", plain.d_prime)
        rows.append(row | flat("mean_d_prime", plain.mean_d_prime))
    data = pd.DataFrame(rows)
    columns = [
        Column("exposure_ms", "Exposure", "exposure"),
        with_interval("d_prime", "d′ mixed model (z)"),
        with_interval("bias", f"{words.bias} (z)"),
        with_interval("share_correct", "Correct (%)", "percent", 1),
        with_interval("pooled_d_prime", "d′ pooled (z)"),
        with_interval("mean_d_prime", "d′ mean of participants (z)"),
        *size_columns(words),
    ]
    if (data["note"] != "").any():
        columns.append(Column("note", "Note"))
    test = found.by_exposure
    note = (
        ""
        if test is None or test.test is None
        else f"Do exposures differ? {test_words(test)} (likelihood ratio)."
    )
    if test is not None and test.gain is not None:
        note += f" Longest minus shortest: {estimate_words('Δd′', test.gain).replace('*p*', 'p')}."
    note = " ".join([note, *_doubts(found)]).strip()
    caption = f"Detection by exposure: {words.things}." if test else f"Detection: {words.things}."
    return Table(words.prefix, caption, data, tuple(columns), note=note, last_is_total=len(data) > 1)


def _models(found: HierarchicalDetection, words: Wording) -> tuple[FittedModel, ...]:
    question = f"How well does the average person tell average {words.things} apart?"
    models = []
    if found.model.declared is not None:
        level = found.share_correct.level
        models.append(fitted_model(words.prefix, question, found.model.declared, level=level))
    if found.by_exposure is not None and found.by_exposure.model is not None:
        models.append(found.by_exposure.model)
    return tuple(models)


def _doubts(found: HierarchicalDetection) -> list[str]:
    """What the engine says of the model, but for what the model in full says of its random part."""
    declared = found.model.declared
    if declared is None:
        return []
    return [one for one in declared.fit.messages if not one.startswith("The fit is singular")]


def _main_note(words: Wording) -> str:
    formula = (
        "d′ = slope / √2 of the side of the made face on choosing the right-hand one, which puts pairs on "
        "the scale of single faces"
        if words is PAIRS
        else "d′ = slope of “is made” on saying so, c = −intercept"
    )
    return (
        "*d′ mixed model* is of an average person looking at average pictures: a probit mixed model in which "
        f"participants and {words.things} are both samples ({formula}; DeCarlo, 1998). *d′ pooled* treats "
        "everyone's answers as one person's and lies nearer to 0 where people or pictures differ; the *mean "
        "of participants* is pulled towards 0 by the correction of few answers, (k + 0.5) / (n + 1) (Hautus, "
        "1995), and its interval says nothing about other pictures. Share correct is of all answers alike. "
        "People may differ in d′ as a whole, not in how much an exposure matters to them."
    )


def _scopes_table(found: HierarchicalDetection, words: Wording) -> Table:
    rows = [
        {
            "over": one.over,
            "about": one.about,
            **flat("d_prime", one.d_prime),
            "width": one.d_prime.high - one.d_prime.low,
            **flat("share_correct", one.share_correct),
            **sizes(one.d_prime),
        }
        for one in found.scopes
    ]
    data = pd.DataFrame(rows)
    columns = (
        Column("about", "Drawn anew"),
        with_interval("d_prime", "d′ (z)"),
        Column("width", "Width of the interval (z)", "number"),
        with_interval("share_correct", "Correct (%)", "percent", 1),
    )
    return Table(
        f"{words.prefix}-scopes",
        "How much other people and other pictures would matter.",
        data,
        columns,
        note=(
            "The same pooled d′ with bootstrap intervals over participants only, pairs only, and both, and "
            "d′ of the mixed model. Where the interval over both is much wider than over participants, other "
            "pictures would change the number more than other people."
        ),
        folded=True,
    )
