"""Telling pairs apart: the average person and average pair, curves, groups, pairs and people one by one."""

from __future__ import annotations

import pandas as pd

from analysis.confidence import confident_choices
from analysis.detection import DetectionResults, detect_pairs, pair_choices
from analysis.detection_by import detection_by_groups
from analysis.detection_by_tag import detection_by_tag
from analysis.detection_model import pair_judgements
from analysis.graded_detection import GradedDetection, graded_choices, graded_detection
from analysis.hierarchical_detection import hierarchical_detection
from analysis.intervals import Resampling
from analysis.report.content import Paragraph, Part, Section
from analysis.report.detection_curves import curve_parts, curves_of, threshold_sentence
from analysis.report.detection_main import (
    PAIRS,
    levels_sentence,
    main_parts,
    main_results,
)
from analysis.report.detection_more import (
    graded_parts,
    group_parts,
    item_parts,
    participant_parts,
    together,
)
from analysis.report.inputs import Inputs

_INTRODUCTION = (
    "Sensitivity d′ says how well the pictures are told apart, apart from any preference for a side: 0 is "
    f"guessing, 1 is about 76 % of pairs correct, 2 about 92 %. {PAIRS.bias_note}"
)
_REFERENCES = ("decarlo1998", "hautus1995", "macmillan2005", "owen2007", "wilson1927", "burnham2002")


def section(inputs: Inputs) -> Section | None:
    choices = pair_choices(inputs.kept)
    if choices.empty:
        return None
    judgements = pair_judgements(choices)
    resampling = inputs.resampling_of(judgements.table)
    found = hierarchical_detection(judgements, resampling, level=inputs.level)
    pooled = detect_pairs(choices, resampling)
    groups = detection_by_groups(found.model, inputs.kept, resampling, level=inputs.level)
    curves = curves_of(found, groups, inputs)
    tags = detection_by_tag(found.model, inputs.kept.stimuli, resampling, level=inputs.level)
    sentences = [levels_sentence(one) for one in (*groups, *([tags.levels] if tags else [])) if one.test]
    parts: tuple[Part, ...] = (
        Paragraph(_INTRODUCTION),
        *main_parts(found, pooled.participants, (*pooled.by_exposure, pooled.overall), PAIRS),
        *curve_parts(curves, PAIRS),
        *group_parts(groups, tags, found.model.d_prime, PAIRS),
        *together(
            item_parts(found.model, PAIRS, level=inputs.level),
            participant_parts(found.model, _own(pooled), PAIRS),
        ),
        *graded_parts(_graded(inputs, resampling), PAIRS),
    )
    return Section(
        "detection",
        "Telling them apart",
        parts,
        results=(
            *main_results(found, PAIRS),
            *(threshold_sentence(one, PAIRS) for one, _ in curves),
            *sentences,
        ),
        references=_REFERENCES,
    )


def _own(pooled: DetectionResults) -> pd.DataFrame:
    people = pooled.participants
    return people[people["exposure_ms"].isna()].drop(columns="exposure_ms")


def _graded(inputs: Inputs, resampling: Resampling) -> tuple[GradedDetection, ...]:
    confident = confident_choices(inputs.kept)
    if confident.empty:
        return ()
    return graded_detection(graded_choices(confident), resampling, pairs=True)
