"""Copies of a study's pictures in a few widths, so that browsers load about what they show.

A browser that loads more than it shows spends the time on decoding; one that loads less shows a blur. All
copies of a study have the same widths and one encoding, and all of one width have the same number of bytes:
how well a face compresses goes with its origin.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

#: Renard's series R10: each width a quarter larger than the one before. The narrowest window that may take
#: part by default shows faces 142 CSS px wide.
WIDTHS_PX = (160, 200, 250, 320, 400, 500, 640, 800, 1000, 1250, 1600, 2000)

_N_THREADS = 2


def copy_widths(full_px: int) -> tuple[int, ...]:
    """The widths of the copies of pictures of this width, narrowest first; the last is their own.

    One less than a tenth narrower than the picture itself would save nothing that matters.

    >>> copy_widths(480)
    (160, 200, 250, 320, 400, 480)
    """
    return (*(width for width in WIDTHS_PX if width <= 0.9 * full_px), full_px)


def width_to_load(shown_px: int, widths: Collection[int]) -> int:
    """The narrowest copy that need not be enlarged, else the widest.

    >>> [width_to_load(shown, (160, 320, 480)) for shown in (100, 300, 320, 960)]
    [160, 320, 320, 480]
    """
    return min((width for width in widths if width >= shown_px), default=max(widths))


def copy_name(picture: str, width: int) -> str:
    """Under which name a copy lies beside the picture of this name."""
    return f"{picture.removesuffix('.jpg')}-{width}.jpg"


def write_copies(folder: Path, pictures: Sequence[str], widths: Sequence[int]) -> list[dict[str, str]]:
    """Write the copies of each picture in ``folder`` beside it; gives their sha256 by width.

    The same pictures always give the same bytes with the same version of Pillow.
    """
    with ThreadPoolExecutor(_N_THREADS) as pool:
        list(pool.map(lambda picture: _resize(folder, picture, widths), pictures))
        by_width = [
            list(pool.map(partial(_pad, length=max(file.stat().st_size for file in files)), files))
            for files in ([folder / copy_name(picture, width) for picture in pictures] for width in widths)
        ]
    names = [str(width) for width in widths]
    return [dict(zip(names, digests, strict=True)) for digests in zip(*by_width, strict=True)]


def _resize(folder: Path, picture: str, widths: Sequence[int]) -> None:
    # Only publishing looks into pictures; the server, which asks for their names, never does.
    import numpy as np
    from PIL import Image

    from stimuli.picture import encode_jpeg, read_picture

    whole = Image.fromarray(read_picture(folder / picture))
    for width in widths:
        file = folder / copy_name(picture, width)
        if width == whole.width:
            file.write_bytes((folder / picture).read_bytes())
            continue
        height = max(1, round(whole.height * width / whole.width))
        smaller = whole.resize((width, height), Image.Resampling.LANCZOS)
        file.write_bytes(encode_jpeg(np.asarray(smaller)))


def _pad(file: Path, *, length: int) -> str:
    """Lengthen a picture to so many bytes, which no decoder reads behind its end; its sha256."""
    content = file.read_bytes().ljust(length, b"\0")
    file.write_bytes(content)
    without_time(file)
    return hashlib.sha256(content).hexdigest()


def without_time(file: Path) -> None:
    """The order in which files were written would follow the manifest, and so the origin."""
    os.utime(file, (0, 0))
