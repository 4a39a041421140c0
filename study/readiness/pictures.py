"""Whether the published pictures are all alike in everything but the face."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from stimuli.fingerprint import Fingerprint, file_fingerprint
from stimuli.leaks import leak_problems, picture_separations
from stimuli.manifest import Pair, Stimulus, StimulusError, file_sha256
from stimuli.measures import measure_picture
from stimuli.picture import read_picture
from study.models import Study, StudyPair, StudyStimulus
from study.picture_sizes import copy_name
from study.readiness.check import Check, some, verdict

_RANDOM_NAME = re.compile(r"^[A-Za-z0-9_-]{20,40}\.jpg$")
_REMEDY = "prepare the set (facevalue stimuli prepare), check it, and publish it as a study of a new slug"


def prepared_pictures(study: Study, stimuli: Sequence[StudyStimulus], folder: Path) -> Check:
    """Every picture is there and unchanged, of one size and encoding, without metadata."""
    faults = list(_missing_or_changed(stimuli, folder))
    prints = _fingerprints(stimuli, folder) if not faults else {}
    faults += _unlike(study, prints)
    width, height = study.picture_width_px, study.picture_height_px
    return verdict(
        "pictures",
        faults,
        found=f"{len(stimuli)} pictures of {width} x {height} px, one encoding, no metadata",
        remedy=_REMEDY,
    )


def hidden_origin(stimuli: Sequence[StudyStimulus], pairs: Sequence[StudyPair], folder: Path) -> Check:
    """Nothing but the face tells real from other pictures; statistics that overlap are told, not refused."""
    try:
        prints = [file_fingerprint(folder / row.picture) for row in stimuli]
        measures = [measure_picture(read_picture(folder / row.picture)) for row in stimuli]
    except (StimulusError, OSError) as error:
        return Check("leaks", False, f"the pictures cannot be read: {error}", _REMEDY)
    served = [_as_served(row) for row in stimuli]
    problems = list(leak_problems(served, prints, measures, [_as_pair(pair) for pair in pairs]))
    worst = picture_separations(served, prints, measures)
    told = f"; most telling statistic: {worst[0].measure}, AUC {worst[0].tells:.2f}" if worst else ""
    notable = sum(problem.severity == "warning" for problem in problems)
    return verdict(
        "leaks",
        [problem.sentence for problem in problems if problem.severity == "error"],
        found=f"no file property tells origin, {notable} statistics to weigh{told}",
        remedy=_REMEDY,
    )


def _missing_or_changed(stimuli: Sequence[StudyStimulus], folder: Path) -> Iterator[str]:
    for what, files in (("pictures", _whole), ("pictures' copies", _copies)):
        missing: dict[str, None] = {}
        changed: dict[str, None] = {}
        for row in stimuli:
            for file, sha256 in files(row):
                if not (folder / file).is_file():
                    missing[row.stimulus] = None
                elif file_sha256(folder / file) != sha256:
                    changed[row.stimulus] = None
        if missing:
            yield f"{len(missing)} {what} are not in {folder} ({some(list(missing))})"
        if changed:
            yield f"{len(changed)} {what} were changed after publishing ({some(list(changed))})"
    if told := [row.stimulus for row in stimuli if not _RANDOM_NAME.match(row.picture)]:
        yield f"{len(told)} pictures have no random name ({some(told)})"


def _whole(row: StudyStimulus) -> Iterator[tuple[str, str]]:
    yield row.picture, row.sha256


def _copies(row: StudyStimulus) -> Iterator[tuple[str, str]]:
    for width, sha256 in row.copies.items():
        yield copy_name(row.picture, int(width)), sha256


def _fingerprints(stimuli: Sequence[StudyStimulus], folder: Path) -> dict[str, Fingerprint]:
    return {row.stimulus: file_fingerprint(folder / row.picture) for row in stimuli}


def _unlike(study: Study, prints: dict[str, Fingerprint]) -> Iterator[str]:
    expected = (study.picture_width_px, study.picture_height_px)
    sizes = [name for name, found in prints.items() if found.dimensions != expected]
    if sizes:
        yield f"{len(sizes)} pictures are not {expected[0]} x {expected[1]} px ({some(sizes)})"
    encodings = Counter((found.container, found.encoding) for found in prints.values())
    if len(encodings) > 1:
        usual = encodings.most_common(1)[0][0]
        others = [name for name, found in prints.items() if (found.container, found.encoding) != usual]
        yield f"{len(encodings)} encodings are in use, {len(others)} pictures differ ({some(others)})"
    marked = {name: found.metadata for name, found in prints.items() if found.metadata}
    if marked:
        kinds = sorted({kind for kinds in marked.values() for kind in kinds})
        yield f"{len(marked)} pictures carry metadata, {some(kinds)} ({some(list(marked))})"


def _as_served(row: StudyStimulus) -> Stimulus:
    # The names are random, of one length and ending; a word in one of them would be chance. A digest in
    # their place keeps the other checks of names from seeing patterns in chance.
    name = hashlib.sha256(row.picture.encode()).hexdigest()
    return Stimulus(row.stimulus, f"{name}.jpg", row.sha256, row.origin)


def _as_pair(row: StudyPair) -> Pair:
    return Pair(row.pair, row.first, row.second, row.distance, row.practice)
