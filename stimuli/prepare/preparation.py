"""Prepare a whole set: look at all pictures, agree on a goal, make each, make the files alike."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from stimuli.eyes import EYE_COLUMNS, Eyes, EyesNotFoundError
from stimuli.framing import Framing
from stimuli.manifest import Stimulus, StimulusError, StimulusSet, write_set
from stimuli.picture import encode_jpeg, read_picture
from stimuli.prepare.confounds import Confound, Seen, confounds, seen
from stimuli.prepare.finish import Finished, Goal, finished, sharpness_once_lit
from stimuli.prepare.frame import Framed, face_of_frame, framed_original
from stimuli.prepare.light import Floats, Light, average_light, lab_of, light_of
from stimuli.prepare.recipe import Recipe
from stimuli.prepare.report import RECORD_FILE, Failure, PreparationReport, PreparedPicture
from stimuli.prepare.staging import staged, store_alike
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals

STEP = "prepare pictures"
N_THREADS = min(8, os.cpu_count() or 1)

# Facts about the original file that are no longer true of the prepared one.
_STALE_COLUMNS = ("width", "height", *EYE_COLUMNS)

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Made:
    """One picture, encoded under a number instead of a name."""

    stimulus: Stimulus
    framed: Framed
    finished: Finished
    path: Path
    before: Seen | None


def prepare_set(
    source: Path | StimulusSet,
    target: Path,
    *,
    framing: Framing | None = None,
    max_outside_share: float = 0.05,
    match_luminance: str = "keep",
    match_region: str = "face",
    background: str = "keep",
    match_sharpness: bool = False,
    recompress: int | None = None,
    compare: bool = True,
    progress: Progress = no_progress,
) -> PreparationReport:
    """Prepare every picture of ``source`` into the new folder ``target``; see ``Recipe``.

    Eyes are taken from a ``.tem`` file beside the picture, else from the columns left_eye_x,
    left_eye_y, right_eye_x, right_eye_y, else found automatically. A frame that runs past the
    picture's edge is filled, in every picture by the same rule, up to ``max_outside_share``;
    beyond that, and for any other reason, the picture is listed among the failures and the rest
    is done. ``compare``: whether to measure how well a script tells real from other pictures,
    before and after. The result has no pairs: earlier ones may name pictures that failed.

    The same originals give the same bytes, whatever the order of rows and the number of cores,
    with the same versions of OpenCV and Pillow.
    """
    originals = source if isinstance(source, StimulusSet) else read_originals(source)
    recipe = Recipe(
        framing or Framing(),
        max_outside_share,
        match_luminance,
        match_region,
        background,
        match_sharpness,
        recompress,
    )
    with staged(target) as folder, _one_core_each():
        return _Preparation(originals, recipe, folder, compare, progress).run(target)


class _Preparation:
    def __init__(
        self, originals: StimulusSet, recipe: Recipe, folder: Path, compare: bool, progress: Progress
    ) -> None:
        self.originals, self.recipe, self.folder = originals, recipe, folder
        self.compare, self.progress = compare, progress
        # Sorted, so that neither averages nor the choice among twins hang on the order of rows.
        self.stimuli = sorted(originals.stimuli, key=lambda stimulus: stimulus.stimulus)
        self.numbers = {stimulus.stimulus: number for number, stimulus in enumerate(self.stimuli)}
        self.failures: list[Failure] = []
        self.eyes: dict[str, Eyes] = {}
        self.face = face_of_frame(recipe)
        self.weights: Floats = self.face if recipe.match_region == "face" else np.ones_like(self.face)

    def run(self, target: Path) -> PreparationReport:
        goal, softest = self._goal()
        made = self._without_twins(self._each(STEP, lambda stimulus: self._make(stimulus, goal)))
        if not made:
            reasons = [failure.reason for failure in self.failures]
            raise StimulusError(reasons or f"{self.originals.folder}: no pictures")
        stored = store_alike(self.folder, [(one.stimulus.stimulus, one.path) for one in made])
        pictures = [_picture(one, *names) for one, names in zip(made, stored, strict=True)]
        rows = [_row(one, picture, self.recipe) for one, picture in zip(made, pictures, strict=True)]
        write_set(StimulusSet(self.folder, tuple(rows)))
        failures = tuple(sorted(self.failures, key=lambda failure: failure.stimulus))
        told = self._confounds(made, rows)
        kept = StimulusSet(target, tuple(rows))
        report = PreparationReport(kept, self.recipe, tuple(pictures), failures, goal, softest, told)
        record = json.dumps(report.record(), indent=2, ensure_ascii=False) + "\n"
        (self.folder / RECORD_FILE).write_text(record, encoding="utf-8", newline="\n")
        return report

    def _each(self, step: str, work: Callable[[Stimulus], Result]) -> list[Result]:
        """The results for all pictures that have not failed, in their order."""

        def careful(stimulus: Stimulus) -> Result | Failure:
            try:
                return work(stimulus)
            except StimulusError as error:
                return Failure(stimulus.stimulus, stimulus.file, " ".join(error.problems))
            except EyesNotFoundError as error:
                return Failure(stimulus.stimulus, stimulus.file, f"{stimulus.file}: {error}")

        results = []
        failed = {failure.stimulus for failure in self.failures}
        open_ones = [stimulus for stimulus in self.stimuli if stimulus.stimulus not in failed]
        with ThreadPoolExecutor(N_THREADS) as pool:
            for number, result in enumerate(pool.map(careful, open_ones), start=1):
                if isinstance(result, Failure):
                    self.failures.append(result)
                else:
                    results.append(result)
                self.progress(step, number, len(open_ones))
        return results

    def _framed(self, stimulus: Stimulus) -> Framed:
        framed = framed_original(
            self.originals, stimulus, self.recipe, self.face, self.eyes.get(stimulus.stimulus)
        )
        self.eyes[stimulus.stimulus] = framed.eyes
        return framed

    def _goal(self) -> tuple[Goal, str]:
        """What luminance and sharpness all pictures are brought to, and whose sharpness that is."""
        goal, softest = Goal(), ""
        if self.recipe.match_luminance != "keep":
            lights: list[Light] = self._each(
                "measure luminance", lambda s: light_of(lab_of(self._framed(s).pixels)[:, :, 0], self.weights)
            )
            goal = Goal(light=average_light(lights)) if lights else goal
        if self.recipe.match_sharpness:
            found = self._each(
                "measure sharpness",
                lambda s: (
                    sharpness_once_lit(self._framed(s).pixels, self.weights, self.recipe, goal),
                    s.file,
                ),
            )
            if found:
                sharpness, softest = min(found)
                goal = replace(goal, sharpness=sharpness)
        return goal, softest

    def _make(self, stimulus: Stimulus, goal: Goal) -> _Made:
        framed = self._framed(stimulus)
        made = finished(framed.pixels, self.weights, self.recipe, goal)
        path = self.folder / "images" / f"{self.numbers[stimulus.stimulus]}.part"
        path.write_bytes(encode_jpeg(made.pixels))
        source = self.originals.folder / stimulus.file
        before = seen(source, framed.original, framed.eyes) if self.compare else None
        # An empty slice would keep all pixels of a thousand pictures in memory.
        made = replace(made, pixels=np.zeros((0, 0, 3), np.uint8))
        return _Made(stimulus, framed.without_pixels(), made, path, before)

    def _without_twins(self, made: Sequence[_Made]) -> list[_Made]:
        """Keep the first of pictures that came out identical; the others are failures and go."""
        first: dict[bytes, str] = {}
        kept = []
        for one in made:
            other = first.setdefault(one.path.read_bytes(), one.stimulus.stimulus)
            if other == one.stimulus.stimulus:
                kept.append(one)
                continue
            one.path.unlink()
            file = one.stimulus.file
            reason = f"{file}: the same picture as stimulus {other}; keep only one of them"
            self.failures.append(Failure(one.stimulus.stimulus, file, reason))
        return kept

    def _confounds(self, made: Sequence[_Made], rows: Sequence[Stimulus]) -> tuple[Confound, ...]:
        before = [one.before for one in made if one.before]
        if len(before) < len(rows) or len({row.origin == "real" for row in rows}) < 2:
            return ()
        paths = [self.folder / row.file for row in rows]
        after = []
        with ThreadPoolExecutor(N_THREADS) as pool:
            looks = pool.map(lambda path: seen(path, read_picture(path), self.recipe.framing.eyes), paths)
            for number, look in enumerate(looks, start=1):
                after.append(look)
                self.progress("compare with the originals", number, len(paths))
        return confounds(rows, before, after)


@contextmanager
def _one_core_each() -> Iterator[None]:
    """Pictures are shared out among cores; OpenCV shall not share out each of them again."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _picture(made: _Made, file: str, sha256: str) -> PreparedPicture:
    return PreparedPicture(
        stimulus=made.stimulus.stimulus,
        original_file=made.stimulus.file,
        original_sha256=made.stimulus.sha256,
        file=file,
        sha256=sha256,
        eyes_found_by=made.framed.eyes.found_by,
        eye_doubts=made.framed.eyes.doubts,
        scale=made.framed.scale,
        outside_share=made.framed.outside_share,
        background_doubts=made.framed.background_doubts,
        blur_px=made.finished.blur_px,
        luminance_change=made.finished.luminance_change,
    )


def _row(made: _Made, picture: PreparedPicture, recipe: Recipe) -> Stimulus:
    """The prepared picture's row: the source's facts, and where its pixels came from."""
    stimulus, framed = made.stimulus.without_measures(), made.framed
    extra = {name: value for name, value in stimulus.extra.items() if name not in _STALE_COLUMNS}
    eyes = [*recipe.framing.eyes.left, *recipe.framing.eyes.right]
    row = replace(stimulus, file=picture.file, sha256=picture.sha256, extra=extra)
    return row.with_extra(
        **{name: f"{value:g}" for name, value in zip(EYE_COLUMNS, eyes, strict=True)},
        eyes_found_by=picture.eyes_found_by,
        doubts="; ".join((*picture.eye_doubts, *picture.background_doubts)),
        scale=f"{picture.scale:.4f}",
        outside_share=f"{picture.outside_share:.4f}",
        original_sha256=picture.original_sha256,
        original_width=str(framed.original_size[0]),
        original_height=str(framed.original_size[1]),
    )
