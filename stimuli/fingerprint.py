"""What a file tells about itself without anyone looking at the face."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from stimuli.file_structure import Structure, file_structure
from stimuli.manifest import StimulusError
from stimuli.metadata import metadata_kinds, private_facts, words_of_ai
from stimuli.picture import Pixels

# Sum of the luminance table in annex K of ITU-T T.81, which libjpeg scales by quality.
_ANNEX_K_SUM = 3688
HASH_BITS = 256
_SAMPLINGS = {
    ((1, 1), (1, 1), (1, 1)): "4:4:4",
    ((2, 1), (1, 1), (1, 1)): "4:2:2",
    ((2, 2), (1, 1), (1, 1)): "4:2:0",
}


@dataclass(frozen=True)
class Fingerprint:
    """Properties of one file that a script could read.

    ``encoding`` names mode, JPEG quality, colour subsampling and progressive mode, with 8 hex digits
    that stand for all of it and the quantisation tables. ``construction``: segments or chunks in
    order. ``density``: the resolution the file claims, empty if none. ``metadata`` names the kinds
    found, embedded previews, content credentials and bytes after the end among them. ``private``: what
    points to a person or place. ``says_ai``: where the file itself says that it is AI-made, else empty.
    """

    container: str
    dimensions: tuple[int, int]
    byte_size: int
    encoding: str
    metadata: tuple[str, ...]
    construction: str = ""
    density: str = ""
    private: tuple[str, ...] = ()
    says_ai: str = ""


def file_fingerprint(path: Path) -> Fingerprint:
    return fingerprint_of(path.read_bytes(), path.name)


def fingerprint_of(content: bytes, name: str) -> Fingerprint:
    """The fingerprint of a file's content; ``StimulusError`` names it if it is no picture."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            structure = file_structure(content)
            return Fingerprint(
                container=image.format or "unknown",
                dimensions=image.size,
                byte_size=len(content),
                encoding=_encoding(image),
                metadata=tuple(sorted(metadata_kinds(image) | _extras(structure))),
                construction=" ".join(structure.parts),
                density=_density(image),
                private=private_facts(image),
                says_ai="content credentials (C2PA)" if structure.has_c2pa else words_of_ai(image),
            )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise StimulusError(f"{name}: cannot be opened as a picture: {error}") from None


def _extras(structure: Structure) -> set[str]:
    found = {
        "trailing bytes": structure.trailing > 0,
        "C2PA": structure.has_c2pa,
        "embedded preview": structure.n_previews > 0,
    }
    return {name for name, there in found.items() if there}


def _encoding(image: Image.Image) -> str:
    tables = getattr(image, "quantization", None)
    sampling = [layer[1:3] for layer in getattr(image, "layer", [])]
    facts = (image.mode, sorted(tables.items()) if tables else None, sampling, "progressive" in image.info)
    words = [image.mode]
    if tables:
        words += [f"quality {jpeg_quality(tables[0])}", _SAMPLINGS.get(tuple(sampling), "")]
    words += ["progressive"] if "progressive" in image.info else []
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:8]
    return " ".join([*(word for word in words if word), f"#{digest}"])


def jpeg_quality(table: list[int]) -> int:
    """libjpeg's quality (1-100) whose luminance table has about the same sum as this one.

    >>> jpeg_quality([1] * 64)
    100
    """
    if max(table) <= 1:
        return 100
    scale = 100 * sum(table) / _ANNEX_K_SUM
    return max(1, round((200 - scale) / 2 if scale <= 100 else 5000 / scale))


def _density(image: Image.Image) -> str:
    dpi = image.info.get("dpi")
    if not dpi or ("jfif_density" in image.info and not image.info.get("jfif_unit")):
        return ""
    return "x".join(f"{float(value):.0f}" for value in dpi) + " dpi" if any(dpi) else ""


def picture_hash(pixels: Pixels) -> int:
    """A 256-bit perceptual hash: signs of the lowest frequencies of a 64x64 grey picture.

    Similar pictures differ in few bits (pHash, Zauner 2010, here with 16x16 frequencies: with the
    usual 8x8 two aligned faces before the same wall are as close as two cuts of one picture).
    """
    return picture_hashes(pixels)[0]


def picture_hashes(pixels: Pixels) -> tuple[int, int]:
    """The perceptual hash of a picture and that of its mirror image."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    return _hash(small), _hash(np.ascontiguousarray(small[:, ::-1]))


def _hash(small: Pixels) -> int:
    low = cv2.dct(small)[:16, :16].flatten()
    return int.from_bytes(np.packbits(low > np.median(low[1:])).tobytes(), "big")


def hash_difference(first: int, second: int) -> float:
    """Share (0-1) of the bits in which two picture hashes differ; about 0.5 for unlike pictures."""
    return (first ^ second).bit_count() / HASH_BITS
