"""Open any picture as upright sRGB pixels; encode every picture of a study in the same way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from stimuli.manifest import StimulusError

Pixels = npt.NDArray[Any]
"""Height x width x 3 values 0-255 in sRGB."""

JPEG_QUALITY = 92
_UNDER_TRANSPARENCY = (128, 128, 128)


def read_picture(path: Path) -> Pixels:
    """Pixels as a viewer would show them: turned by EXIF orientation, colours brought to sRGB.

    A picture without a colour profile is taken as sRGB, as browsers do. Transparent parts lie
    on mid-grey.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return np.asarray(_in_srgb(ImageOps.exif_transpose(image)))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        # Pillow's own sentence for this one is the path again.
        found = "no known picture format" if isinstance(error, UnidentifiedImageError) else str(error)
        raise StimulusError(
            f"{path.name}: expected a picture that can be opened (JPEG, PNG, TIFF, WebP), found {found}; "
            "export it again or take it out of the folder"
        ) from None


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*_UNDER_TRANSPARENCY, 255))
        image = Image.alpha_composite(ground, image).convert("RGB")
    elif image.mode in ("P", "1", "LA"):
        image = image.convert("RGB")
    if profile and image.mode in ("RGB", "L", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError as error:
            raise ValueError(f"a colour profile that does not fit the picture ({error})") from None
        if converted is not None:
            return converted
    if image.mode.startswith("I") or image.mode == "F":
        # 16-bit greys: Pillow would clip instead of scale.
        values = np.asarray(image, dtype=float)
        image = Image.fromarray((values / max(values.max(), 1.0) * 255).astype(np.uint8))
    return image.convert("RGB")


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
