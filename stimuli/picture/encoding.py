"""Encode every picture of a study in the same way."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from stimuli.picture.pixels import Pixels

JPEG_QUALITY = 92


def encode_jpeg(pixels: Pixels) -> bytes:
    """One JPEG encoding for every picture of a study, so that the file says nothing about it.

    Quality 92, full colour resolution, baseline, standard Huffman tables, no metadata. The same
    pixels always give the same bytes with the same version of Pillow.
    """
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8)).save(
        buffer, format="JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=False, progressive=False
    )
    return buffer.getvalue()
