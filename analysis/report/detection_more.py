"""Further parts of the chapters on detection: groups, pairs and people one by one, graded answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.detection_by_tag import DetectionByTag
from analysis.detection_each import item_detection, participant_shrinkage, spread
from analysis.detection_figures import (
    groups_figure,
    items_figure,
    participants_figure,
)
from analysis.detection_levels import LevelsOfDetection
from analysis.detection_model import DetectionModel
from analysis.estimate import Estimate
from analysis.graded_detection import GradedDetection
from analysis.report.content import Column, Figure, Paragraph, Part, Table, estimate_table
from analysis.report.detection_main import (
    PAIRS,
    Wording,
    flat,
    level_row,
    size_columns,
    sizes,
    test_words,
    with_interval,
)
from analysis.report.rounding import level_words, number


def group_parts(
    groups: Sequence[LevelsOfDetection],
    tags: DetectionByTag | None,
    overall: Estimate,
    words: Wording,
) -> tuple[Part, ...]:
    """Figure of all groups, a table of joint tests, a folded table of all levels; nothing without groups."""
    every = (*groups, *([tags.levels] if tags is not None else []))
    if not every:
        return ()
    rows = [
        {"grouping": one.name, "title": one.title, **level_row(level)}
        for one in every
        for level in one.levels
    ]
    data = pd.DataFrame(rows)
    name = f"{words.prefix}-by-group"
    figure = Figure(
        name,
        f"Sensitivity by group with {level_words(overall.level)} interval; dashed: all answers. Hollow "
        "points are pooled answers of levels too small for the model.",
        groups_figure(every, overall, name=name),
        data,
    )
    columns = [
        Column("grouping", "Grouping"),
        Column("level", "Level"),
        with_interval("d_prime", "d′ (z)"),
        with_interval("share_correct", "Correct (%)", "percent", 1),
        *size_columns(words),
    ]
    if (data["note"] != "").any():
        columns.append(Column("note", "Note"))
    levels = Table(
        name,
        f"Detection by group: {words.things}.",
        data,
        tuple(columns),
        note=(
            "One probit mixed model for each grouping, with the random effects of the main one. Attributes "
            "are those of the made face as its source states them; real faces shown alone are compared with "
            "all kinds of made ones. Levels of fewer than 5 pairs or faces are pooled or left out. Groups "
            "are as they were found, not assigned: other differences between their pictures come with them."
        ),
        folded=True,
    )
    models = [one.model for one in every if one.model is not None]
    return (figure, _tests_table(every, name), levels, *_tag_parts(tags, words), *models)


def item_parts(model: DetectionModel, words: Wording, *, level: float) -> tuple[Part, ...]:
    """Caterpillar of pairs (faces), with its table."""
    items = item_detection(model, level=level)
    things, name = words.things.capitalize(), f"{words.prefix}-each"
    above, below = int((items["low"] > 0.5).sum()), int((items["high"] < 0.5).sum())
    text = (
        f"Of {len(items)} {words.things}, {above} were answered correctly more often, and {below} less "
        f"often, than guessing explains (Wilson interval at {level_words(level)}, each by itself)."
    )
    figure = Figure(
        name,
        f"{things} one by one: share correct expected of other people with {level_words(level)} interval "
        "(filled), shrunken towards the average by the mixed model, and as observed (open).",
        items_figure(items, name=name, things=things),
        items,
    )
    columns = [
        Column("item", things.removesuffix("s"), "code"),
        Column("share_correct", "Correct (%)", "percent", 1, ("low", "high")),
        Column("shrunken_share", "Expected (%)", "percent", 1, ("shrunken_low", "shrunken_high")),
        Column("n_trials", "Answers", "count"),
    ]
    if words is PAIRS:
        columns.insert(3, Column("shrunken_d_prime", "d′ expected (z)", "signed"))
    table = Table(
        name,
        f"{things} one by one, the best detected first.",
        items,
        tuple(columns),
        note="Observed shares with Wilson's interval; expected ones take the variances as known.",
        folded=True,
    )
    return (Paragraph(text), figure, table)


def participant_parts(model: DetectionModel, own: pd.DataFrame, words: Wording) -> tuple[Part, ...]:
    """Distribution of people; ``own``: participant, d_prime, share_correct, n_trials over all exposures."""
    if own["d_prime"].nunique() < 2:
        return ()
    data = own.merge(participant_shrinkage(model), on="participant", how="left")
    sd, name = spread(model).participants, f"{words.prefix}-participants"
    raw = float(own["d_prime"].std())
    text = (
        f"The d′ of single participants, from few answers each, has a standard deviation of {number(raw)}"
        + (f"; that of d′ in the mixed model is {number(sd)}." if np.isfinite(sd) else ".")
    )
    figure = Figure(
        name,
        "Participants by themselves (bars), and the distribution of d′ for average pictures that the mixed "
        "model finds (line). Chance spreads the bars; the correction of rates, and answers to unlike "
        "pictures taken together, draw them towards 0.",
        participants_figure(own["d_prime"], model.d_prime, sd, name=name),
        data,
    )
    columns = (
        Column("participant", "Participant", "code"),
        Column("d_prime", "d′ own (z)", "signed"),
        Column("shrunken_d_prime", "d′ expected (z)", "signed", interval=("shrunken_low", "shrunken_high")),
        Column("share_correct", "Correct (%)", "percent", 1),
        Column("n_trials", "Trials", "count"),
    )
    return (
        Paragraph(text),
        figure,
        Table(name, "Participants one by one.", data, columns, folded=True),
    )


def together(*many: Sequence[Part]) -> tuple[Part, ...]:
    """What is said of each first, then the figures side by side, then the tables."""
    order = (Paragraph, Figure, Table)
    parts = [part for parts in many for part in parts]
    return tuple(part for kind in order for part in parts if isinstance(part, kind))


def graded_parts(graded: Sequence[GradedDetection], words: Wording) -> tuple[Part, ...]:
    """The area under the ROC at each exposure, where confidence was asked."""
    if not graded:
        return ()
    rows = [
        {
            "exposure_ms": np.nan if one.exposure_ms is None else one.exposure_ms,
            **flat("area", one.area),
            "d_prime": one.d_prime,
            **sizes(one.area),
        }
        for one in (*graded[1:], graded[0])
    ]
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        with_interval("area", "Area under the ROC", "number"),
        Column("d_prime", "As d′ (z)", "signed"),
        *size_columns(words),
    )
    note = (
        "Answers graded by confidence, compared within participants: the chance that of one answer of each "
        "kind the right one is graded higher; 0.50 is guessing. No criterion and no normal distribution "
        "enter; d′ is what the area comes to with them."
    )
    table = Table(
        f"{words.prefix}-graded",
        "Detection in answers graded by confidence.",
        pd.DataFrame(rows),
        columns,
        note=note,
        folded=True,
        last_is_total=len(rows) > 1,
    )
    return (table,)


def _tests_table(groups: Sequence[LevelsOfDetection], name: str) -> Table:
    rows = [
        {
            "grouping": one.title,
            "n_levels": sum(np.isfinite(level.d_prime.estimate) and not level.note for level in one.levels),
            "statistic": np.nan if one.test is None else one.test.statistic,
            "df": np.nan if one.test is None else one.test.df,
            "p": np.nan if one.test is None else one.test.p,
            "note": one.note,
        }
        for one in groups
    ]
    data = pd.DataFrame(rows)
    columns = [
        Column("grouping", "Does sensitivity differ …"),
        Column("n_levels", "Levels in the model", "count"),
        Column("statistic", "χ²", "number"),
        Column("df", "df", "count"),
        Column("p", "p", "p"),
    ]
    if (data["note"] != "").any():
        columns.append(Column("note", "Note"))
    return Table(
        f"{name}-tests",
        "Joint tests that the levels differ.",
        data,
        tuple(columns),
        note="Likelihood ratios of mixed models, not corrected for their number: exploratory unless planned.",
    )


def _tag_parts(tags: DetectionByTag | None, words: Wording) -> tuple[Part, ...]:
    if tags is None or not tags.effects:
        return ()
    data = estimate_table(({"tag": tag}, one) for tag, one in tags.effects.items())
    columns = (
        Column("tag", "Tag"),
        Column("estimate", "Δd′ (z)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
    )
    table = Table(
        f"{words.prefix}-tags",
        "What each artifact tag adds to sensitivity, the other tags alike.",
        data,
        columns,
        note=(
            "d′ of made faces with the tag minus without it, from one model with all tags. "
            f"All together: {test_words(tags.levels)}."
        ),
    )
    return (table,)
