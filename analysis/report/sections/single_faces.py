"""Faces shown one at a time and called real or made: the average person and face, curves, groups, faces."""

from __future__ import annotations

from analysis.detection_by import detection_by_groups
from analysis.detection_by_tag import detection_by_tag
from analysis.detection_model import single_judgements
from analysis.graded_detection import graded_detection
from analysis.hierarchical_detection import hierarchical_detection
from analysis.report.content import Paragraph, Part, Section
from analysis.report.detection_curves import curve_parts, curves_of, threshold_sentence
from analysis.report.detection_main import (
    FACES,
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
from analysis.single_faces import confident_judgements, detect_faces, face_judgements

_REFERENCES = ("decarlo1998", "hautus1995", "macmillan2005", "owen2007", "wilson1927")


def section(inputs: Inputs) -> Section | None:
    judged = face_judgements(inputs.kept)
    if judged.empty:
        return None
    judgements = single_judgements(judged)
    resampling = inputs.resampling_of(judgements.table)
    found = hierarchical_detection(judgements, resampling, level=inputs.level)
    pooled = detect_faces(judged, resampling)
    groups = detection_by_groups(found.model, inputs.kept, resampling, level=inputs.level)
    curves = curves_of(found, groups, inputs)
    tags = detection_by_tag(found.model, inputs.kept.stimuli, resampling, level=inputs.level)
    confident = confident_judgements(inputs.kept)
    graded = graded_detection(confident, resampling, pairs=False) if len(confident) else ()
    people = pooled.participants
    sentences = [levels_sentence(one) for one in (*groups, *([tags.levels] if tags else [])) if one.test]
    parts: tuple[Part, ...] = (
        Paragraph(_introduction(inputs)),
        *main_parts(found, people, (*pooled.by_exposure, pooled.overall), FACES),
        *curve_parts(curves, FACES),
        *group_parts(groups, tags, found.model.d_prime, FACES),
        *together(
            item_parts(found.model, FACES, level=inputs.level),
            participant_parts(found.model, people[people["exposure_ms"].isna()], FACES),
        ),
        *graded_parts(graded, FACES),
    )
    results = (
        *main_results(found, FACES),
        *(threshold_sentence(one, FACES) for one, _ in curves),
        *sentences,
    )
    return Section("single-faces", "Single faces", parts, results=results, references=_REFERENCES)


def _introduction(inputs: Inputs) -> str:
    edited = inputs.protocol.stimulus_kind == "edited"
    return (
        f"Faces shown one at a time and called {'unedited or edited' if edited else 'real or AI'}. "
        f"Sensitivity d′ is on the scale of the pairs: 0 is guessing. {FACES.bias_note}"
    )
