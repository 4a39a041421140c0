"""Build the stimulus set of the demonstration, with or without a network.

In order: a folder of faces if one is given; else the openly licensed catalogue; else, where no
download is possible, edited twins of two public-domain portraits that scientific Python packages
carry.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np

from stimuli.catalogue import CatalogueUnreachable, catalogue, catalogue_names, fetch_catalogue
from stimuli.check import check_set
from stimuli.degrade import Portrait
from stimuli.eyes import find_eyes
from stimuli.framing import Framing, frame_picture
from stimuli.manifest import Stimulus, StimulusError, StimulusSet, write_set
from stimuli.pair import match_pairs
from stimuli.picture import Pixels
from stimuli.prepare import prepare_set, refuse_used_folder
from stimuli.problem import Problem
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals
from stimuli.twins import Edit, Twin, write_twins

CATALOGUE = "london-sd3"
N_MAIN_PAIRS = 24
N_PRACTICE_PAIRS = 2
DEFECTS = ("skin", "lighting", "symmetry")
DOSES = (0.4, 0.8)
PRACTICE_DOSE = 1.0


@dataclass(frozen=True)
class DemoSet:
    """``kind`` is ``ai`` (real and AI people) or ``edited`` (portraits and their edited twins).

    ``note``: one line on what the set is and is not good for. ``warnings``: what the check found.
    """

    stimulus_set: StimulusSet
    kind: Literal["ai", "edited"]
    note: str
    warnings: tuple[Problem, ...] = ()


def build_demo_set(
    target: Path,
    *,
    faces: Path | None = None,
    base_url: str | None = None,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> DemoSet:
    """Prepare and pair the demonstration's pictures in the new folder ``target``.

    ``faces``: a folder with sources.csv to use instead of a download. ``base_url``: a mirror of
    the catalogue. ``cache``: where downloads are kept (default: the user's cache folder).
    """
    refuse_used_folder(target)
    # Built beside its place and moved when complete: an interrupted attempt never looks like a set.
    building = target.with_name(f".{target.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    try:
        demo = _build(building, faces, base_url, cache, progress)
        target.parent.mkdir(parents=True, exist_ok=True)
        building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return replace(demo, stimulus_set=replace(demo.stimulus_set, folder=target))


def _build(
    target: Path, faces: Path | None, base_url: str | None, cache: Path | None, progress: Progress
) -> DemoSet:
    if faces is not None:
        return _with_real_and_ai(read_originals(faces), target, progress)
    try:
        originals = fetch_catalogue(
            CATALOGUE, cache or _default_cache() / CATALOGUE, base_url=base_url, progress=progress
        )
    except CatalogueUnreachable as reason:
        return _with_edited_portraits(target, reason, progress)
    return _with_real_and_ai(originals, target, progress)


def _default_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("facevalue", appauthor=False) / "catalogues"


def _with_real_and_ai(originals: StimulusSet, target: Path, progress: Progress) -> DemoSet:
    known = {entry.sha256: entry.row for name in catalogue_names() for entry in catalogue(name)}
    chosen = [_with_known_rights(s, known) for s in originals.stimuli if not _is_public_figure(s)]
    report = prepare_set(
        replace(originals, stimuli=tuple(chosen)), target, max_outside_share=0.02, progress=progress
    )
    stimuli = report.stimulus_set.stimuli
    matching = match_pairs(stimuli)
    closest = sorted(matching.pairs, key=lambda pair: (pair.distance or 0.0, pair.pair))
    kept = {pair.pair for pair in closest[: N_MAIN_PAIRS + N_PRACTICE_PAIRS]}
    if len(kept) <= N_PRACTICE_PAIRS:
        reasons = [failure.reason for failure in report.failures]
        raise StimulusError(
            [f"{originals.folder}: only {len(kept)} real-AI pairs of equal gender; more are needed", *reasons]
        )
    practice = {pair.pair for pair in closest[: len(kept)][-N_PRACTICE_PAIRS:]}
    pairs = tuple(replace(p, practice=p.pair in practice) for p in matching.pairs if p.pair in kept)
    shown = {id for pair in pairs for id in (pair.first, pair.second)}
    for stimulus in stimuli:
        if stimulus.stimulus not in shown:
            (target / stimulus.file).unlink()
    demo = StimulusSet(target, tuple(s for s in stimuli if s.stimulus in shown), pairs)
    write_set(demo)
    note = (
        f"{len(pairs) - N_PRACTICE_PAIRS} pairs of a real and an AI-made portrait, alike in gender and age. "
        "Clothing and background differ by source: good for trying things out, not for a real study."
    )
    return DemoSet(demo, "ai", note, _checked(target, progress))


def _is_public_figure(stimulus: Stimulus) -> bool:
    """Whether the source's note says so: people who may be recognised do not belong in a study."""
    return "public figure" in stimulus.extra.get("note", "").lower()


def _with_known_rights(stimulus: Stimulus, known: dict[str, dict[str, str]]) -> Stimulus:
    """Licence, attribution and consent from the catalogue, if it has exactly this file."""
    row = known.get(stimulus.sha256)
    if row is None:
        return stimulus
    return replace(
        stimulus,
        licence=row["licence"],
        attribution=stimulus.attribution or row["attribution"],
        consent=stimulus.consent or row["consent"],
    )


def build_portrait_set(target: Path, *, progress: Progress = no_progress) -> StimulusSet:
    """A small set that needs no download: two public-domain portraits, cut and edited in several ways."""
    n_twins = len(_PORTRAITS) * (len(DEFECTS) * len(DOSES) + 1)
    return write_twins(target, _portrait_twins(), n_twins=n_twins, progress=progress)


def _with_edited_portraits(target: Path, reason: CatalogueUnreachable, progress: Progress) -> DemoSet:
    demo = build_portrait_set(target, progress=progress)
    note = (
        "The openly licensed faces could not be downloaded, so this is a study of edited portraits: two "
        f"public-domain photographs, each beside itself with one defect. ({reason})"
    )
    return DemoSet(demo, "edited", note, _checked(target, progress))


def _checked(target: Path, progress: Progress) -> tuple[Problem, ...]:
    problems = check_set(target, progress=progress)
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise StimulusError(errors)
    return tuple(problems)


@dataclass(frozen=True)
class _Portrait:
    identity: str
    eye_height: float
    attribution: str
    source: str


_PORTRAITS = (
    _Portrait(
        "hopper",
        0.345,
        "Grace Hopper, photograph by James S. Davis, US Navy (1984)",
        "matplotlib sample data grace_hopper.jpg",
    ),
    _Portrait("collins", 0.315, "Eileen Collins, photograph by NASA", "scikit-image data.astronaut()"),
)


def _portrait_pixels(identity: str) -> Pixels:
    # Imported here: both packages take a second to load and only this fallback needs them.
    if identity == "collins":
        from skimage import data

        astronaut: Any = data.astronaut
        return np.asarray(astronaut())
    from matplotlib import cbook
    from PIL import Image

    sample: Any = cbook.get_sample_data("grace_hopper.jpg")
    with sample as file, Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def _portrait_twins() -> Iterator[Twin]:
    """Each condition on its own cut of the portrait, so that no picture is ever shown twice."""
    for portrait in _PORTRAITS:
        pixels = _portrait_pixels(portrait.identity)
        eyes = find_eyes(pixels)
        conditions = [*product(DEFECTS, DOSES), ("skin", PRACTICE_DOSE)]
        for number, (defect, dose) in enumerate(conditions):
            framing = _cut(portrait, number)
            framed = frame_picture(pixels, eyes, framing)
            original = Stimulus(
                stimulus=f"{portrait.identity}_{number + 1}",
                file="",
                sha256="",
                origin="real",
                identity=portrait.identity,
                gender="female",
                licence="Public domain",
                attribution=portrait.attribution,
                source=portrait.source,
                consent="official portrait, published by the agency",
            )
            edit = Edit(original.stimulus, defect, dose, practice=dose == PRACTICE_DOSE)
            yield Twin(original, Portrait(framed.pixels.astype(np.float32), framing.eyes), edit)


def _cut(portrait: _Portrait, number: int) -> Framing:
    """Seven cuts that differ a little in closeness and place, all inside the photograph."""
    return Framing(
        eye_distance=0.200 + 0.004 * number,
        eye_height=portrait.eye_height + 0.006 * (number % 3 - 1),
        eye_shift=0.008 * (number * 3 % 7 - 3),
    )
