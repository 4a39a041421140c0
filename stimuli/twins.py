"""Give real photographs edited twins: the same picture with one defect at one dose.

Original and twin go through the same steps and the same encoding, so that only the defect
differs between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Literal

from stimuli.degrade import (
    DEFECTS,
    CannotDegradeError,
    Portrait,
    defect_measure,
    degrade_portrait,
    eyes_after,
)
from stimuli.eyes import EYE_COLUMNS, Eyes, EyesNotFoundError
from stimuli.manifest import Pair, Stimulus, StimulusError, StimulusSet, write_set
from stimuli.picture import read_picture
from stimuli.prepare import locate_eyes, refuse_used_folder, store_alike, store_picture
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals

STEP = "make edited twins"
DEFAULT_DOSES = (0.4, 0.8)
DESIGNS = ("one-each", "full")
Design = Literal["one-each", "full"]
_SMALLEST_EYE_DISTANCE_PX = 40
_N_THREADS = 2


@dataclass(frozen=True)
class Edit:
    """One defect at one dose for one photograph. ``name``: the stimulus that its original becomes."""

    name: str
    defect: str
    dose: float
    practice: bool = False


@dataclass(frozen=True)
class Twin:
    """A photograph, already framed, and the edit its twin receives."""

    original: Stimulus
    portrait: Portrait
    edit: Edit


@dataclass(frozen=True)
class LeftOut:
    """A twin that could not be made, and what to do about it."""

    stimulus: str
    file: str
    defect: str
    dose: float
    reason: str


@dataclass(frozen=True)
class TwinReport:
    stimulus_set: StimulusSet
    left_out: tuple[LeftOut, ...]


def degrade_set(
    source: Path | StimulusSet,
    target: Path,
    *,
    defects: Sequence[str] = DEFECTS,
    doses: Sequence[float] = DEFAULT_DOSES,
    design: Design = "one-each",
    n_practice: int = 0,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TwinReport:
    """Give the real pictures of a prepared set edited twins, and write all into a new folder.

    ``one-each``: every photograph receives one defect at one dose, every combination as often as
    the others, give or take one; ``seed`` decides which. ``full``: every photograph receives
    every combination, each beside its own copy of the original. The last ``n_practice``
    photographs drawn give one practice pair each, with the strongest dose.

    Where a defect cannot be put into a picture well, that twin is left out with the reason and
    the others are made. StimulusError if nothing could be made.
    """
    originals = source if isinstance(source, StimulusSet) else read_originals(source)
    real = sorted((s for s in originals.stimuli if s.origin == "real"), key=lambda s: s.stimulus)
    if len(real) <= n_practice:
        raise StimulusError(
            f"{originals.folder}: expected more than {n_practice} real pictures to edit, found {len(real)}"
        )
    refuse_used_folder(target)
    conditions = list(product(dict.fromkeys(defects), dict.fromkeys(doses)))
    plan = _planned(real, conditions, design=design, n_practice=n_practice, seed=seed)

    def work(planned: tuple[Stimulus, list[Edit]]) -> list[_Stored | LeftOut]:
        return _made(originals.folder, target, *planned)

    results: list[_Stored | LeftOut] = []
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for number, made in enumerate(pool.map(work, plan), start=1):
            results += made
            progress(STEP, number, len(plan))
    left_out = tuple(result for result in results if isinstance(result, LeftOut))
    stored = [result for result in results if not isinstance(result, LeftOut)]
    if not stored:
        raise StimulusError(list(dict.fromkeys(f"{gone.file}: {gone.reason}" for gone in left_out)))
    return TwinReport(_written(target, stored), left_out)


def write_twins(
    target: Path, twins: Iterable[Twin], *, n_twins: int, progress: Progress = no_progress
) -> StimulusSet:
    """Write originals, twins and their pairs into a new folder.

    CannotDegradeError where a twin cannot be made.
    """
    refuse_used_folder(target)
    stored = []
    for number, twin in enumerate(twins, start=1):
        stored.append(_stored(target, twin))
        progress(STEP, number, n_twins)
    return _written(target, stored)


def _planned(
    real: list[Stimulus],
    conditions: list[tuple[str, float]],
    *,
    design: Design,
    n_practice: int,
    seed: int,
) -> list[tuple[Stimulus, list[Edit]]]:
    rng = Random(seed)  # noqa: S311  an assignment others can repeat, not a secret
    real, shuffled = list(real), list(conditions)
    rng.shuffle(real)
    rng.shuffle(shuffled)
    strongest = max(dose for _, dose in conditions)
    plan = []
    for number, stimulus in enumerate(real):
        defect, dose = shuffled[number % len(shuffled)]
        if number >= len(real) - n_practice:
            edits = [Edit(stimulus.stimulus, defect, strongest, practice=True)]
        elif design == "full":
            edits = [Edit(f"{stimulus.stimulus}_for_{d}_{x:g}", d, x) for d, x in conditions]
        else:
            edits = [Edit(stimulus.stimulus, defect, dose)]
        plan.append((stimulus, edits))
    return plan


_Stored = tuple[Stimulus, Stimulus, bool]  # original, twin, whether for practice


def _made(folder: Path, target: Path, stimulus: Stimulus, edits: Sequence[Edit]) -> list[_Stored | LeftOut]:
    path = folder / stimulus.file
    try:
        pixels = read_picture(path)
        eyes = locate_eyes(path, stimulus, pixels)
        _refuse_small(eyes)
        portrait = Portrait(pixels.astype("float32"), eyes)
    except StimulusError as error:
        reason = " ".join(error.problems).removeprefix(f"{path.name}: ")
        return [_left_out(stimulus, edit, reason) for edit in edits]
    except EyesNotFoundError as error:
        return [_left_out(stimulus, edit, str(error)) for edit in edits]
    made: list[_Stored | LeftOut] = []
    for edit in edits:
        try:
            made.append(_stored(target, Twin(stimulus, portrait, edit)))
        except CannotDegradeError as error:
            made.append(_left_out(stimulus, edit, str(error)))
    return made


def _refuse_small(eyes: Eyes) -> None:
    if eyes.distance_px < _SMALLEST_EYE_DISTANCE_PX:
        raise EyesNotFoundError(
            f"the eyes are {eyes.distance_px:.0f} px apart, at least {_SMALLEST_EYE_DISTANCE_PX} are needed; "
            "prepare larger pictures or cut them closer"
        )


def _left_out(stimulus: Stimulus, edit: Edit, reason: str) -> LeftOut:
    return LeftOut(stimulus.stimulus, stimulus.file, edit.defect, edit.dose, reason)


def _stored(target: Path, twin: Twin) -> _Stored:
    """Both pictures, each encoded once from pixels: copying the original's file would leave it
    compressed once and its twin twice."""
    original, portrait, edit = twin.original, twin.portrait, twin.edit
    untouched = degrade_portrait(portrait, defect=edit.defect, dose=0)
    changed = degrade_portrait(portrait, defect=edit.defect, dose=edit.dose)
    before, after = (
        defect_measure(pixels, portrait.eyes, edit.defect, original=portrait)
        for pixels in (untouched, changed)
    )
    file, sha256 = store_picture(target, edit.name, untouched)
    first = replace(
        original.without_measures(),
        stimulus=edit.name,
        file=file,
        sha256=sha256,
        identity=original.identity or original.stimulus,
    ).with_extra(**_eye_columns(portrait.eyes), defect_before="", defect_after="")
    id = f"{original.stimulus}_{edit.defect}_{edit.dose:g}"
    file, sha256 = store_picture(target, id, changed)
    second = replace(
        first,
        stimulus=id,
        file=file,
        sha256=sha256,
        origin="edited",
        edited_from=edit.name,
        defect=edit.defect,
        dose=edit.dose,
        attribution="; ".join(filter(None, [original.attribution, _said_to_be_changed(edit)])),
    ).with_extra(
        **_eye_columns(eyes_after(portrait, defect=edit.defect, dose=edit.dose)),
        defect_before=f"{before:.4g}",
        defect_after=f"{after:.4g}",
    )
    return first, second, edit.practice


def _said_to_be_changed(edit: Edit) -> str:
    """CC BY asks to say that a picture was changed; at dose 0 it is not."""
    return f"edited: {edit.defect}, dose {edit.dose:g}" if edit.dose else ""


def _eye_columns(eyes: Eyes) -> dict[str, str]:
    places = [*eyes.left, *eyes.right]
    return {name: f"{place:g}" for name, place in zip(EYE_COLUMNS, places, strict=True)}


def _written(target: Path, stored: Sequence[_Stored]) -> StimulusSet:
    width = max(2, len(str(len(stored))))
    pairs = tuple(
        Pair(f"p{number:0{width}d}", first.stimulus, second.stimulus, None, practice)
        for number, (first, second, practice) in enumerate(stored, start=1)
    )
    # What an edit takes from a picture or adds to it shows in how well it compresses.
    rows = list(_both(stored))
    alike = store_alike(target, [(row.stimulus, target / row.file) for row in rows])
    rows = [replace(row, file=file, sha256=sha256) for row, (file, sha256) in zip(rows, alike, strict=True)]
    edited = StimulusSet(target, tuple(sorted(rows, key=lambda s: s.stimulus)), pairs)
    write_set(edited)
    return edited


def _both(stored: Iterable[_Stored]) -> Iterator[Stimulus]:
    for first, second, _ in stored:
        yield first
        yield second
