"""What a file tells about itself without anyone looking at the face."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from stimuli.manifest import StimulusError
from stimuli.picture import Pixels

# JPEG and PNG facts that every file has; anything else in a picture's header is metadata.
_PLAIN_HEADER = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression",
    "srgb", "gamma", "interlace", "aspect", "mp", "mpoffset",
}  # fmt: skip
_METADATA_NAMES = {
    "exif": "EXIF", "xmp": "XMP", "icc_profile": "ICC", "photoshop": "Photoshop", "comment": "comment",
    "adobe": "Adobe", "adobe_transform": "Adobe", "XML:com.adobe.xmp": "XMP", "Raw profile type exif": "EXIF",
}  # fmt: skip


@dataclass(frozen=True)
class Fingerprint:
    """Properties of one file that a script could read.

    ``encoding`` stands for quantisation tables, colour subsampling and progressive mode, shortened
    to 8 hex digits; ``metadata`` names the kinds found in the header.
    """

    container: str
    dimensions: tuple[int, int]
    byte_size: int
    encoding: str
    metadata: tuple[str, ...]


def file_fingerprint(path: Path) -> Fingerprint:
    try:
        with Image.open(path) as image:
            keys = [str(key) for key in image.info if key not in _PLAIN_HEADER]
            return Fingerprint(
                container=image.format or "unknown",
                dimensions=image.size,
                byte_size=path.stat().st_size,
                encoding=_encoding(image),
                metadata=tuple(sorted({_METADATA_NAMES.get(key, key) for key in keys})),
            )
    except (OSError, SyntaxError, ValueError) as error:
        raise StimulusError(f"{path.name}: cannot be opened as a picture: {error}") from None


def _encoding(image: Image.Image) -> str:
    tables = getattr(image, "quantization", None)
    sampling = [layer[1:3] for layer in getattr(image, "layer", [])]
    facts = (image.mode, sorted(tables.items()) if tables else None, sampling, "progressive" in image.info)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def picture_hash(pixels: Pixels) -> int:
    """A 256-bit perceptual hash: signs of the lowest frequencies of a 64x64 grey picture.

    Similar pictures differ in few bits (pHash, Zauner 2010, here with 16x16 frequencies: with the
    usual 8x8 two aligned faces before the same wall are as close as two cuts of one picture).
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:16, :16].flatten()
    bits = low > np.median(low[1:])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def hash_difference(first: int, second: int) -> float:
    """Share (0-1) of the bits in which two picture hashes differ; about 0.5 for unlike pictures."""
    return (first ^ second).bit_count() / 256
