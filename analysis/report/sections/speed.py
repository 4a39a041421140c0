"""How fast people answer, what makes them slower, and whether slow answers are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.estimate import Estimate
from analysis.report.apa import estimate_words
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, quoted
from analysis.report.detection_main import flat, sizes, with_interval
from analysis.report.inputs import Inputs
from analysis.report.rounding import count, level_words, number, p_words
from analysis.speed import (
    ResponseTimes,
    TimeEffect,
    response_times,
    time_models,
)
from analysis.speed_accuracy import SpeedAccuracy, speed_accuracy
from analysis.speed_figures import conditional_accuracy_figure, response_times_figure

_REFERENCES = ("kuznetsova2017", "satterthwaite1946", "ratcliff1993", "barr2013")
_MODEL_NOTE = (
    "One mixed model of log response time for each question, with participants and pictures as samples "
    "(REML; degrees of freedom after Satterthwaite, 1946). Ratios compare typical (geometric mean) times "
    "with all other predictors alike: 1.10 is 10 % slower. Response times run from the onset of the "
    "pictures. With a timed exposure the question comes only after them, so that a difference between "
    "exposures holds the exposure itself; a question that is answered after another one of its trial holds "
    "the time of that."
)
_ACCURACY_NOTE = (
    "Times are compared within person and exposure: a fifth holds one fifth of each person's answers, from "
    "their own fastest to their own slowest, so that neither slow people nor long exposures make a "
    "difference. How accuracy goes with time says nothing about causes: hard pictures take long "
    "and are got wrong."
)


#: What the effects of a model of response times compare, in the sentences for a paper.
_COMPARED = {"correct": ("right answers", "wrong ones"), "made": ("made faces", "real ones")}


def section(inputs: Inputs) -> Section | None:
    times = response_times(inputs.kept)
    if times["log_rt"].notna().sum() == 0:
        return None
    found = time_models(times, level=inputs.level)
    scored = [(one, _accuracy(times, one.question, inputs)) for one in found if _has_right(times, one)]
    texts = {key: one.text for key, one in inputs.protocol.questions().items()}
    models = [one.model for one in found if one.model is not None]
    models += [one.model for _, one in scored if one.model is not None]
    parts: tuple[Part, ...] = (
        _times_figure(found),
        Paragraph(_excluded_words(inputs, found), "note"),
        _typical_table(found, texts),
        _effects_table(found),
        Paragraph(_MODEL_NOTE, "note"),
        *(part for times_of, one in scored for part in _accuracy_parts(times_of.question, one)),
        *models,
    )
    slopes = (_slope_sentence(texts.get(one.question, one.question), found) for one, found in scored)
    results = (*_results(found, texts), *slopes)
    return Section("speed", "Speed", parts, results=results, references=_REFERENCES)


def _has_right(times: pd.DataFrame, one: ResponseTimes) -> bool:
    return bool(times.loc[times["question"] == one.question, "correct"].notna().any())


def _accuracy(times: pd.DataFrame, question: str, inputs: Inputs) -> SpeedAccuracy:
    asked = times[times["question"] == question]
    return speed_accuracy(asked, inputs.resampling_of(asked), level=inputs.level)


def _excluded_words(inputs: Inputs, found: Sequence[ResponseTimes]) -> str:
    """What was left out because of its time, and that nothing else was."""
    rule, table = inputs.exclusions.rules.min_rt_ms, inputs.exclusions.table
    if rule is None:
        declared = "No rule about response times was declared, and none was applied"
        other = "Nothing"
    else:
        other = "Nothing else"
        fast = table.loc[table["rule"] == "min_rt_ms", "n_trials"].sum()
        declared = (
            f"As declared, trials with an answer sooner than {rule:g}\u00a0ms after the onset were excluded "
            f"({count(fast)})"
        )
    unusable = sum(one.n_unusable for one in found)
    missing = f" {count(unusable)} answers without a response time above 0 are not in it." if unusable else ""
    return (
        f"{declared}. {other} was trimmed: no slow answer was cut off, since the log scale keeps a few "
        f"of them from deciding the result, and every further rule would be a choice.{missing}"
    )


def _times_figure(found: Sequence[ResponseTimes]) -> Figure:
    data = pd.concat([one.summary.assign(question=one.question) for one in found], ignore_index=True)
    svg = response_times_figure(found, [one.question for one in found])
    caption = "Response times by question and exposure: median and middle half of the raw times."
    return Figure("response-times", caption, svg, data)


def _typical_table(found: Sequence[ResponseTimes], texts: dict[str, str]) -> Table:
    rows = []
    for one in found:
        size = one.typical_ms
        n = int(one.summary["n_trials"].sum())
        rows.append(
            {
                "question": one.question,
                "text": texts.get(one.question, ""),
                **flat("typical_ms", size),
                "n_answers": n,
                "n_participants": size.n_participants if size else np.nan,
                "note": one.note,
            }
        )
    data = pd.DataFrame(rows)
    columns = [
        Column("question", "Question", "code"),
        Column("text", "Asked"),
        with_interval("typical_ms", "Typical time (ms)", "number", 0),
        Column("n_participants", "Participants", "count"),
        Column("n_answers", "Answers", "count"),
    ]
    if (data["note"] != "").any():
        columns.append(Column("note", "Note"))
    return Table("speed", "Typical response times.", data, tuple(columns))


def _effects_table(found: Sequence[ResponseTimes]) -> Table:
    rows = [
        {
            "question": one.question,
            "about": effect.about,
            "term": effect.term,
            **flat("ratio", effect.ratio),
            "df": effect.df,
            "p": effect.p,
            **sizes(effect.ratio),
        }
        for one in found
        for effect in one.effects
    ]
    names = ["question", "about", "term", "ratio", "ratio_low", "ratio_high", "df", "p"]
    columns = (
        Column("question", "Question", "code"),
        Column("about", "Compared"),
        with_interval("ratio", "Ratio of times", "number"),
        Column("df", "df", "number", 1),
        Column("p", "p", "p"),
    )
    data = pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)
    return Table("speed-effects", "What makes answers slower (above 1) or faster.", data, columns)


def _accuracy_parts(question: str, one: SpeedAccuracy) -> tuple[Part, ...]:
    parts: list[Part] = []
    if one.fifths:
        rows = [
            {
                "fifth": each.fifth,
                "relative_time": each.relative_time,
                "typical_ms": each.typical_ms,
                **flat("share_correct", each.share_correct),
                **sizes(each.share_correct),
            }
            for each in one.fifths
        ]
        data, name = pd.DataFrame(rows), f"speed-accuracy-{question}"
        columns = (
            Column("fifth", "Fifth (1: fastest)", "count"),
            Column("relative_time", "Time, in multiples of one's own", "number"),
            Column("typical_ms", "Typical time (ms)", "number", 0),
            with_interval("share_correct", "Correct (%)", "percent", 1),
            Column("n_trials", "Answers", "count"),
        )
        level = level_words(one.fifths[0].share_correct.level)
        caption = (
            f"Share of correct answers to “{question}” from the fastest to the slowest fifth of each "
            f"person's answers, with {level} interval."
        )
        parts.append(Figure(name, caption, conditional_accuracy_figure(one.fifths, name=name), data))
        parts.append(Table(name, "Accuracy of fast and slow answers.", data, columns, folded=True))
    parts.append(Paragraph(_slope_sentence(question, one)))
    return (*parts, Paragraph(_ACCURACY_NOTE, "note"))


def _slope_sentence(question: str, one: SpeedAccuracy) -> str:
    if one.slope is None:
        return (
            f"Whether slower answers to “{quoted(question)}” are more often right could not be estimated: "
            f"{quoted(one.note)}."
        )
    words = estimate_words("*b*", one.slope)
    return (
        "With each doubling of the response time, within person and exposure, being right about "
        f"“{quoted(question)}” changed by {words} (z units of a probit model)."
    )


def _results(found: Sequence[ResponseTimes], texts: dict[str, str]) -> tuple[str, ...]:
    sentences = []
    for one in found:
        if one.typical_ms is None:
            continue
        text = f"Answers to “{quoted(texts.get(one.question, one.question))}” typically took "
        text += _ms(one.typical_ms)
        told = [effect for effect in one.effects if effect.term in _COMPARED]
        text += "".join(f"; {_effect_words(effect)}" for effect in told)
        sentences.append(text + ".")
    return tuple(sentences)


def _effect_words(effect: TimeEffect) -> str:
    one = effect.ratio
    p = p_words(effect.p).replace("p", "*p*", 1)
    first, second = _COMPARED[effect.term]
    return (
        f"{first} took {number(one.estimate)} times as long as {second}, {level_words(one.level)} CI "
        f"[{number(one.low)}, {number(one.high)}], {p} (against 1, *df* = {number(effect.df, 1)})"
    )


def _ms(one: Estimate) -> str:
    return (
        f"{number(one.estimate, 0)}\u00a0ms, {level_words(one.level)} CI [{number(one.low, 0)}, "
        f"{number(one.high, 0)}]"
    )
