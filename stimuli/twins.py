"""Give real photographs edited twins: the same picture with one defect at one dose.

Original and twin go through the same steps and the same encoding, so that only the defect
differs between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from random import Random

from stimuli.degrade import DEFECTS, degrade
from stimuli.eyes import EYE_COLUMNS, Eyes, EyesNotFoundError
from stimuli.manifest import Pair, Stimulus, StimulusError, StimulusSet, write_set
from stimuli.picture import Pixels, read_picture
from stimuli.prepare import locate_eyes, refuse_used_folder, store_picture
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals

STEP = "make edited twins"


@dataclass(frozen=True)
class Twin:
    """One original, already framed, and the edit its twin receives."""

    original: Stimulus
    pixels: Pixels
    eyes: Eyes
    defect: str
    dose: float
    practice: bool = False


def degrade_set(
    source: Path | StimulusSet,
    target: Path,
    *,
    defects: Sequence[str] = DEFECTS,
    doses: Sequence[float] = (0.4, 0.8),
    n_practice: int = 0,
    seed: int = 0,
    progress: Progress = no_progress,
) -> StimulusSet:
    """Give each real picture of a prepared set one twin, and write both into a new folder.

    Every combination of defect and dose is used equally often (give or take one); ``seed``
    decides which picture gets which. The last ``n_practice`` pairs drawn become practice pairs
    with the strongest dose.
    """
    originals = source if isinstance(source, StimulusSet) else read_originals(source)
    real = sorted((s for s in originals.stimuli if s.origin == "real"), key=lambda s: s.stimulus)
    if len(real) <= n_practice:
        raise StimulusError(
            f"{originals.folder}: expected more than {n_practice} real pictures to edit, found {len(real)}"
        )
    conditions = list(product(defects, doses))
    rng = Random(seed)  # noqa: S311  an assignment others can repeat, not a secret
    rng.shuffle(real)
    rng.shuffle(conditions)
    problems: list[str] = []

    def twins() -> Iterable[Twin]:
        for number, stimulus in enumerate(real):
            defect, dose = conditions[number % len(conditions)]
            practice = number >= len(real) - n_practice
            path = originals.folder / stimulus.file
            try:
                pixels = read_picture(path)
                eyes = locate_eyes(path, stimulus, pixels)
            except StimulusError as error:
                problems.extend(error.problems)
            except EyesNotFoundError as error:
                problems.append(f"{stimulus.file}: {error}")
            else:
                yield Twin(stimulus, pixels, eyes, defect, max(doses) if practice else dose, practice)

    return write_twins(target, twins(), n_twins=len(real), problems=problems, progress=progress)


def write_twins(
    target: Path,
    twins: Iterable[Twin],
    *,
    n_twins: int,
    problems: Sequence[str] = (),
    progress: Progress = no_progress,
) -> StimulusSet:
    """Write originals, twins and their pairs into a new folder.

    ``problems`` is read when all twins are made: if there are any, no manifest is written.
    """
    refuse_used_folder(target)
    stimuli: list[Stimulus] = []
    pairs: list[Pair] = []
    width = max(2, len(str(n_twins)))
    for number, twin in enumerate(twins, start=1):
        first, second = _stored(target, twin)
        stimuli += [first, second]
        pairs.append(Pair(f"p{number:0{width}d}", first.stimulus, second.stimulus, None, twin.practice))
        progress(STEP, number, n_twins)
    if problems:
        raise StimulusError(problems)
    edited = StimulusSet(target, tuple(sorted(stimuli, key=lambda s: s.stimulus)), tuple(pairs))
    write_set(edited)
    return edited


def _stored(target: Path, twin: Twin) -> tuple[Stimulus, Stimulus]:
    """Both pictures, each encoded once from pixels: copying the original's file would leave it
    compressed once and its twin twice."""
    original = twin.original
    untouched = degrade(twin.pixels, twin.eyes, defect=twin.defect, dose=0)
    changed = degrade(twin.pixels, twin.eyes, defect=twin.defect, dose=twin.dose)
    identity = original.identity or original.stimulus
    file, sha256 = store_picture(target, original.stimulus, untouched)
    eyes = [*twin.eyes.left, *twin.eyes.right]
    columns = {name: f"{value:g}" for name, value in zip(EYE_COLUMNS, eyes, strict=True)}
    first = replace(original, file=file, sha256=sha256, identity=identity).with_extra(**columns)
    id = f"{original.stimulus}_{twin.defect}_{twin.dose:g}"
    file, sha256 = store_picture(target, id, changed)
    second = replace(
        first,
        stimulus=id,
        file=file,
        sha256=sha256,
        origin="edited",
        edited_from=original.stimulus,
        defect=twin.defect,
        dose=twin.dose,
        # CC BY asks to say that a picture was changed.
        attribution="; ".join(
            filter(None, [original.attribution, f"edited: {twin.defect}, dose {twin.dose:g}"])
        ),
    )
    return first, second
