"""Build a set beside its place and move it there when it is whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stimuli.manifest import StimulusError
from stimuli.picture import Pixels, encode_jpeg
from stimuli.tables import write_atomically


def refuse_used_folder(target: Path) -> None:
    """Results go to a new or empty folder, so that nothing is overwritten or mixed."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StimulusError(
            f"{target}: expected a new or empty folder, found files in it; choose another one"
        )


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder to build in, which becomes ``target`` at the end; gone if anything goes wrong.

    What an interrupted run left behind is cleared by the next one.
    """
    refuse_used_folder(target)
    building = target.with_name(f".{target.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    try:
        (building / "images").mkdir(parents=True)
        yield building
        if target.exists():
            target.rmdir()
        building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def store_picture(folder: Path, stimulus_id: str, pixels: Pixels) -> tuple[str, str]:
    """Encode and write a picture; its file and sha256.

    The name is a hash of id and bytes: opaque, and different for pictures that look the same.
    """
    content = encode_jpeg(pixels)
    file, sha256 = _name(stimulus_id, content)
    write_atomically(folder / file, content)
    return file, sha256


def store_alike(folder: Path, rough: Iterable[tuple[str, Path]]) -> list[tuple[str, str]]:
    """Give encoded pictures, each with its stimulus, equal lengths and names; file and sha256 of each.

    How well a face compresses goes with its origin, so shorter files are lengthened behind their
    end, where no decoder reads. (Another quality for each would show in the quantisation tables.)
    All get one time of writing: their order would tell too.
    """
    pictures = list(rough)
    length = max((path.stat().st_size for _, path in pictures), default=0)
    stored = []
    for stimulus_id, path in pictures:
        content = path.read_bytes().ljust(length, b"\0")
        file, sha256 = _name(stimulus_id, content)
        path.write_bytes(content)
        path.replace(folder / file)
        stored.append((file, sha256))
    if stored:
        now = (folder / stored[-1][0]).stat().st_mtime_ns
        for file, _ in stored:
            os.utime(folder / file, ns=(now, now))
    return stored


def _name(stimulus_id: str, content: bytes) -> tuple[str, str]:
    sha256 = hashlib.sha256(content).hexdigest()
    name = hashlib.sha256(f"{stimulus_id} {sha256}".encode()).hexdigest()[:16]
    return f"images/{name}.jpg", sha256
