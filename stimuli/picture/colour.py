"""Bring the colours of any picture to sRGB, and say where that took an interpretation.

The rule is what a browser would show: an embedded profile counts; without one, colours are taken
as sRGB. Where browsers have no rule (CMYK without a profile) the note says so.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

UNDER_TRANSPARENCY = (128, 128, 128)

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}

# Linear light to linear sRGB, from the chromaticities of SMPTE EG 432-1 and ITU-R BT.2020, D65.
_WIDE_PRIMARIES = {
    12: ("Display P3", ((1.22494, -0.22494, 0.0), (-0.04206, 1.04206, 0.0), (-0.01964, -0.07864, 1.09827))),
    9: (
        "BT.2020",
        ((1.66049, -0.58764, -0.07285), (-0.12455, 1.13290, -0.00835), (-0.01815, -0.10058, 1.11873)),
    ),
}
_HIGH_DYNAMIC_RANGE = {16: "PQ", 18: "HLG"}
_SRGB_GAMMA = 1 / 2.2


class ColourError(ValueError):
    """The colours of a picture cannot be known; the message continues "found ..."."""


@dataclass(frozen=True)
class ColourCodes:
    """How HEIF, AVIF and PNG name colours without a profile (ITU-T H.273)."""

    primaries: int
    transfer: int


def to_srgb(image: Image.Image, kind: str, codes: ColourCodes | None, notes: list[str]) -> Image.Image:
    """An RGB image from a loaded image of any mode; interpretations are added to ``notes``.

    ``kind`` is the format by Pillow's name, which the image itself loses when it is turned.

    Raises ``ColourError`` where white, profile or dynamic range leave the colours unknown.
    """
    # Pillow keeps these beside the pixels, and loses them when the mode changes.
    profile = image.info.get("icc_profile")
    gamma = None if profile or "srgb" in image.info else image.info.get("gamma")
    colours, alpha = _apart(_eight_bits(image, kind))
    if profile:
        colours = _by_profile(colours, profile, notes)
    elif codes:
        colours = _by_codes(colours, codes, notes)
    elif colours.mode == "CMYK":
        notes.append("CMYK without a colour profile: the colours shown are approximate")
    elif colours.mode == "LAB":
        colours = _converted(colours, ImageCms.createProfile("LAB"))
        notes.append("Lab colours were brought to sRGB")
    if colours.mode != "RGB":
        colours = colours.convert("RGB")
    if gamma and abs(gamma - _SRGB_GAMMA) > 0.02:
        colours = _by_gamma(colours, gamma)
        notes.append(f"its gamma of {gamma:.3f} was brought to that of sRGB")
    return _on_grey(colours, alpha, notes) if alpha else colours


def _eight_bits(image: Image.Image, kind: str) -> Image.Image:
    if image.mode == "F" or (image.mode == "I" and kind != "PPM"):
        numbers = "whole numbers of 32 bits" if image.mode == "I" else "floating-point numbers"
        raise ColourError(f"{numbers}, whose white is not stated")
    if image.mode.startswith("I"):
        # The scale is the one of the format, not of this picture: a dark picture stays dark.
        values = np.asarray(image).astype(np.float64) / 257
        grey = Image.fromarray(np.rint(values).clip(0, 255).astype(np.uint8))
        grey.info = {key: value for key, value in image.info.items() if key != "transparency"}
        return grey
    return image


def _apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours (grey, RGB, CMYK or Lab) and opacity, None where everything is opaque."""
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("RGBA")
    straight = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
    if image.mode in straight:
        image = image.convert(straight[image.mode])
    if image.mode in ("LA", "RGBA"):
        alpha = image.getchannel("A")
        opaque = alpha.getextrema() == (255, 255)
        return image.convert(image.mode.removesuffix("A")), None if opaque else alpha
    if image.mode == "1":
        return image.convert("L"), None
    return (image if image.mode in _SPACES else image.convert("RGB")), None


def _by_profile(colours: Image.Image, content: bytes, notes: list[str]) -> Image.Image:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        space = profile.profile.xcolor_space.strip()
        if space == "RGB" and colours.mode == "L":
            colours = colours.convert("RGB")
        if _SPACES[colours.mode] != space:
            raise ColourError(f"a colour profile for {space} in a picture of {_SPACES[colours.mode]}")
        converted = _converted(colours, profile)
        name = (profile.profile.profile_description or "without a name").strip()
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        if isinstance(error, ColourError):
            raise
        raise ColourError(f"a colour profile that cannot be used ({error})") from None
    if "srgb" not in name.lower():
        notes.append(f"colours were brought from the profile {name} to sRGB")
    return converted


def _converted(colours: Image.Image, profile: Any) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, colours.mode, "RGB")
    return ImageCms.applyTransform(colours, transform) or colours  # None only if done in place


def _by_codes(colours: Image.Image, codes: ColourCodes, notes: list[str]) -> Image.Image:
    if codes.transfer in _HIGH_DYNAMIC_RANGE:
        raise ColourError(f"high dynamic range ({_HIGH_DYNAMIC_RANGE[codes.transfer]})")
    if codes.primaries not in _WIDE_PRIMARIES or colours.mode != "RGB":
        return colours
    name, matrix = _WIDE_PRIMARIES[codes.primaries]
    linear = _linear(np.arange(256) / 255)[np.asarray(colours)]
    notes.append(f"colours were brought from {name} to sRGB")
    return _encoded(linear @ np.array(matrix).T)


def _by_gamma(colours: Image.Image, gamma: float) -> Image.Image:
    return _encoded(((np.arange(256) / 255) ** (1 / gamma))[np.asarray(colours)])


def _linear(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Light (0-1) of sRGB values 0-1, IEC 61966-2-1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _encoded(light: npt.NDArray[np.float64]) -> Image.Image:
    light = light.clip(0, 1)
    values = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(values * 255).astype(np.uint8))


def _on_grey(colours: Image.Image, alpha: Image.Image, notes: list[str]) -> Image.Image:
    notes.append("transparent parts lie on mid-grey")
    return Image.composite(colours, Image.new("RGB", colours.size, UNDER_TRANSPARENCY), alpha)
