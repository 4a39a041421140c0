"""Make all pictures of a set alike in everything but the face.

Same frame with the eyes at the same places, same size, sRGB, same encoding, no metadata, names
that say nothing. Originals are only read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from stimuli.eyes import (
    EYE_COLUMNS,
    Eyes,
    EyesNotFoundError,
    eyes_from_columns,
    eyes_from_landmarks,
    find_eyes,
)
from stimuli.framing import FramedPicture, Framing, frame_picture
from stimuli.manifest import Stimulus, StimulusError, StimulusSet, write_set
from stimuli.picture import Pixels, encode_jpeg, read_picture
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals
from stimuli.tables import write_atomically

STEP = "prepare pictures"
_N_THREADS = 2

# Facts about the original file that are no longer true of the prepared one.
_STALE_COLUMNS = ("width", "height", *EYE_COLUMNS)


@dataclass(frozen=True)
class PreparedPicture:
    """What was done to one picture. ``scale``: above 1 the original was enlarged.

    ``outside_share``: share (0-1) of the frame beyond the original's edge, filled by mirroring.
    """

    stimulus: str
    original_file: str
    original_sha256: str
    file: str
    sha256: str
    eyes_found_by: str
    scale: float
    outside_share: float


@dataclass(frozen=True)
class Failure:
    """A picture that could not be prepared, and what to do about it."""

    stimulus: str
    file: str
    reason: str


@dataclass(frozen=True)
class PreparationReport:
    stimulus_set: StimulusSet
    framing: Framing
    prepared: tuple[PreparedPicture, ...]
    failures: tuple[Failure, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should look at, one line per picture and matter."""
        return tuple(line for picture in self.prepared for line in _remarks(picture))


def prepare_set(
    source: Path | StimulusSet,
    target: Path,
    *,
    framing: Framing | None = None,
    max_outside_share: float = 0.05,
    progress: Progress = no_progress,
) -> PreparationReport:
    """Prepare every picture of ``source`` into the new folder ``target``.

    Eyes are taken from a ``.tem`` file beside the picture, else from the columns left_eye_x,
    left_eye_y, right_eye_x, right_eye_y, else found automatically. A frame that runs past the
    picture's edge is filled, in every picture by the same rule, up to ``max_outside_share``;
    beyond that, and for any other reason, the picture is listed among the failures and the rest
    is done. The result has no pairs: earlier ones may name pictures that failed.
    """
    originals = source if isinstance(source, StimulusSet) else read_originals(source)
    framing = framing or Framing()
    refuse_used_folder(target)
    (target / "images").mkdir(parents=True, exist_ok=True)

    def work(stimulus: Stimulus) -> tuple[Stimulus, PreparedPicture] | Failure:
        try:
            return _prepare_one(originals, stimulus, target, framing, max_outside_share)
        except StimulusError as error:
            return Failure(stimulus.stimulus, stimulus.file, " ".join(error.problems))
        except EyesNotFoundError as error:
            return Failure(stimulus.stimulus, stimulus.file, f"{stimulus.file}: {error}")

    results = []
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for result in pool.map(work, originals.stimuli):
            results.append(result)
            progress(STEP, len(results), len(originals.stimuli))
    done = [result for result in results if not isinstance(result, Failure)]
    failures = [result for result in results if isinstance(result, Failure)]
    done, twins = _without_twins(done, target)
    failures += twins
    if not done:
        raise StimulusError([failure.reason for failure in failures] or f"{originals.folder}: no pictures")
    prepared = StimulusSet(target, tuple(stimulus for stimulus, _ in done))
    write_set(prepared)
    return PreparationReport(prepared, framing, tuple(picture for _, picture in done), tuple(failures))


def refuse_used_folder(target: Path) -> None:
    """Results go to a new or empty folder, so that nothing is overwritten or mixed."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StimulusError(
            f"{target}: expected a new or empty folder, found files in it; choose another one"
        )


def store_picture(folder: Path, stimulus_id: str, pixels: Pixels) -> tuple[str, str]:
    """Encode and write a picture; its file and sha256.

    The name is a hash of id and bytes: opaque, and different for pictures that look the same.
    """
    content = encode_jpeg(pixels)
    sha256 = hashlib.sha256(content).hexdigest()
    name = hashlib.sha256(f"{stimulus_id} {sha256}".encode()).hexdigest()[:16]
    file = f"images/{name}.jpg"
    write_atomically(folder / file, content)
    return file, sha256


def _prepare_one(
    originals: StimulusSet, stimulus: Stimulus, target: Path, framing: Framing, max_outside_share: float
) -> tuple[Stimulus, PreparedPicture]:
    path = originals.folder / stimulus.file
    pixels = read_picture(path)
    eyes = locate_eyes(path, stimulus, pixels)
    framed = frame_picture(pixels, eyes, framing)
    if framed.outside_share > max_outside_share:
        raise StimulusError(_too_far_outside(stimulus, framed, max_outside_share))
    file, sha256 = store_picture(target, stimulus.stimulus, framed.pixels)
    picture = PreparedPicture(
        stimulus.stimulus,
        stimulus.file,
        stimulus.sha256,
        file,
        sha256,
        eyes.found_by,
        framed.scale,
        framed.outside_share,
    )
    return _prepared_stimulus(stimulus, picture, framing, pixels), picture


def locate_eyes(path: Path, stimulus: Stimulus, pixels: Pixels) -> Eyes:
    """From the ``.tem`` file beside the picture, else the eye columns, else found in the picture."""
    landmarks = path.with_suffix(".tem")
    if landmarks.exists():
        return eyes_from_landmarks(landmarks)
    return eyes_from_columns(stimulus.extra) or find_eyes(pixels)


def _too_far_outside(stimulus: Stimulus, framed: FramedPicture, allowed: float) -> str:
    return (
        f"{stimulus.file}: {framed.outside_share:.1%} of the frame lie beyond the picture's edge, "
        f"at most {allowed:.1%} are filled; use an original with more around the face, "
        "or cut all pictures closer (a larger eye distance)"
    )


def _prepared_stimulus(
    stimulus: Stimulus, picture: PreparedPicture, framing: Framing, original: Pixels
) -> Stimulus:
    """The prepared picture's row: the source's facts, and where its pixels came from."""
    extra = {name: value for name, value in stimulus.extra.items() if name not in _STALE_COLUMNS}
    eyes = [*framing.eyes.left, *framing.eyes.right]
    row = replace(stimulus, file=picture.file, sha256=picture.sha256, extra=extra)
    return row.with_extra(
        **{name: f"{value:g}" for name, value in zip(EYE_COLUMNS, eyes, strict=True)},
        eyes_found_by=picture.eyes_found_by,
        scale=f"{picture.scale:.4f}",
        outside_share=f"{picture.outside_share:.4f}",
        original_sha256=picture.original_sha256,
        original_width=str(original.shape[1]),
        original_height=str(original.shape[0]),
    )


def _without_twins(
    done: list[tuple[Stimulus, PreparedPicture]], target: Path
) -> tuple[list[tuple[Stimulus, PreparedPicture]], list[Failure]]:
    """Keep the first of pictures that came out identical; the others are failures and go."""
    first: dict[str, str] = {}
    kept, twins = [], []
    for stimulus, picture in done:
        other = first.setdefault(picture.sha256, stimulus.stimulus)
        if other == stimulus.stimulus:
            kept.append((stimulus, picture))
        else:
            (target / picture.file).unlink()
            reason = f"{picture.original_file}: the same picture as stimulus {other}; keep only one of them"
            twins.append(Failure(stimulus.stimulus, picture.original_file, reason))
    return kept, twins


def _remarks(picture: PreparedPicture) -> Iterator[str]:
    if picture.eyes_found_by == "face box":
        columns = ", ".join(EYE_COLUMNS)
        yield f"{picture.original_file}: eyes placed by the face box only; look at it, or fill {columns}"
    if picture.scale > 1.05:
        yield f"{picture.original_file}: enlarged {picture.scale:.2f} times; it may look softer than others"
    if picture.outside_share > 0:
        share = max(picture.outside_share, 0.001)
        yield f"{picture.original_file}: {share:.1%} of the frame lie beyond its edge and were filled"
