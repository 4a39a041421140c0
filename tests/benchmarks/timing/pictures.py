"""Test pictures for the benchmark: grey texture with two coloured patches that say which picture it is."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from tests.benchmarks.timing.colour_codes import patch_colours

PATCH_SHARE = 0.16
# Height of the patches' centres, as a share of the picture's height.
CENTRES = (0.25, 0.75)


@dataclass(frozen=True)
class Size:
    """Size of the picture files of one kind, in px, and about how large a JPEG is, in KB."""

    name: str
    width: int
    height: int
    kilobytes: int


SIZES = {
    "display": Size("display", 480, 600, 210),
    "oversized": Size("oversized", 1000, 1250, 410),
}


def write_pictures(folder: Path, size: Size, n: int) -> list[Path]:
    """Write pictures 0 to n - 1 of one size as JPEG; files that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:04d}.jpg" for number in range(n)]
    quality = _quality_for(size)
    for number, file in enumerate(files):
        if not file.exists():
            file.write_bytes(_jpeg(draw_picture(size, number), quality))
    return files


def draw_picture(size: Size, number: int) -> Image.Image:
    """One picture; the same number always gives the same texture, no two numbers the same."""
    rng = np.random.default_rng(number)
    noise = rng.integers(0, 256, (size.height, size.width), dtype=np.uint8)
    # As busy as a photograph: coarse and fine structure.
    grey = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(1.2))
    picture = Image.merge("RGB", [grey] * 3)
    side = round(PATCH_SHARE * size.width)
    for colour, centre in zip(patch_colours(number), CENTRES, strict=True):
        corner = (round((size.width - side) / 2), round(centre * size.height - side / 2))
        picture.paste(colour, (*corner, corner[0] + side, corner[1] + side))
    return picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def _quality_for(size: Size) -> int:
    sample = draw_picture(size, 0)
    return min(
        range(30, 101, 2), key=lambda quality: abs(len(_jpeg(sample, quality)) / 1000 - size.kilobytes)
    )
