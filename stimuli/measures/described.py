"""The measures by name, each with its unit, what it means and where its formula is from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Described:
    """What a measure is: ``unit``, ``meaning``, ``source`` of the formula (empty where it is plain)."""

    name: str
    unit: str
    meaning: str
    source: str


def _measure(unit: str, meaning: str, source: str = "") -> Any:
    return field(metadata={"unit": unit, "meaning": meaning, "source": source})


@dataclass(frozen=True)
class Measures:
    """Statistics of one picture; ``described()`` gives unit, meaning and source of each.

    All are finite for any picture, but those of face and background are nan where no face is known.
    Noise and compression are measured on the pixels of the file (of very large pictures on the middle
    1024 x 1024), face and skin on the face at one size, everything else on the picture scaled to the
    area of 512 x 512, as people would see pictures of different sizes side by side.
    """

    luminance: float = _measure("L*, 0-100", "mean lightness", "CIELAB, CIE 15:2004")
    contrast: float = _measure("L*", "standard deviation of lightness")
    clipped: float = _measure("share, 0-1", "pixels that are black or white to within one level of 255")
    saturation: float = _measure("chroma", "mean CIELAB chroma", "CIE 15:2004")
    colourfulness: float = _measure(
        "levels of 255", "spread and strength of opponent colours", "Hasler & Süsstrunk 2003"
    )
    warmth: float = _measure("b*", "colour cast: mean of b*, higher is yellower, lower bluer")
    tint: float = _measure("a*", "colour cast: mean of a*, higher is redder, lower greener")
    sharpness: float = _measure("L* per square pixel", "standard deviation of the Laplacian of lightness")
    detail_1px: float = _measure(
        "dB re 1 L*",
        "strength of detail of about 1 px, of 512",
        "differences of Gaussians, Burt & Adelson 1983",
    )
    detail_2px: float = _measure("dB re 1 L*", "the same, about 2 px")
    detail_4px: float = _measure("dB re 1 L*", "the same, about 4 px")
    detail_8px: float = _measure("dB re 1 L*", "the same, about 8 px")
    spectral_slope: float = _measure(
        "power of frequency",
        "how fast power falls with spatial frequency, 8 to 100 cycles per side; about -2 to -3 in "
        "photographs, lower is softer",
        "van der Schaaf & van Hateren 1996",
    )
    noise: float = _measure(
        "levels of 255", "grain: standard deviation in the evenest fifth of the picture", "Immerkær 1996"
    )
    blockiness: float = _measure(
        "dB", "steps at the edges of 8 x 8 blocks against those inside", "after Wang, Sheikh & Bovik 2002"
    )
    jpeg_trace: float = _measure(
        "0-1",
        "how much the block frequencies keep to multiples of a step, as JPEG leaves them, in whatever "
        "format they were stored since",
        "after Fan & de Queiroz 2003",
    )
    jpeg_quality: float = _measure(
        "1-100",
        "quality of the JPEG compression that these steps betray, on libjpeg's scale; 100 without a trace",
        "ITU-T T.81, annex K",
    )
    double_compression: float = _measure(
        "log counts",
        "gaps and peaks among these steps, as a second compression makes them",
        "Popescu & Farid 2004",
    )
    face_size: float = _measure("share", "distance between the pupils, of the root of the picture's area")
    face_x: float = _measure("share", "middle between the pupils, of the width, from the middle to the right")
    face_y: float = _measure("share", "middle between the pupils, of the height, from the top")
    face_tilt: float = _measure("degrees", "turn of the line between the pupils, positive clockwise")
    face_luminance: float = _measure("L*, 0-100", "mean lightness of the oval of the face")
    face_contrast: float = _measure("L*", "standard deviation of lightness in the oval of the face")
    light_from_right: float = _measure("L*", "how much lighter the right half of the face is, in the picture")
    face_asymmetry: float = _measure(
        "L*", "mean difference of the face from its mirror image, side light taken out"
    )
    skin_smoothness: float = _measure(
        "dB",
        "how little detail finer than 3 % of the distance between the pupils bare cheeks and forehead have",
    )
    background_luminance: float = _measure("L*, 0-100", "mean lightness around head and shoulders")
    background_unevenness: float = _measure(
        "L*a*b*", "standard deviation of colour around head and shoulders"
    )
    background_detail: float = _measure("dB re 1 L*", "strength of detail up to about 2 px of 512 there")


MEASURES = tuple(field.name for field in fields(Measures))


def described() -> tuple[Described, ...]:
    """Every measure with unit, meaning and source, in the order of ``Measures``."""
    return tuple(Described(name=field.name, **field.metadata) for field in fields(Measures))
