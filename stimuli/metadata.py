"""What is written in a picture file beside the picture: which kinds, what is private, what says AI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image

# JPEG and PNG facts that every file has; anything else in a picture's header is metadata.
_PLAIN_HEADER = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression",
    "srgb", "gamma", "interlace", "aspect", "mp", "mpoffset", "compression", "loop", "background",
    "timestamp", "duration", "chromaticity", "primary", "bit_depth", "transparency", "resolution",
}  # fmt: skip
_NAMES = {
    "exif": "EXIF", "xmp": "XMP", "icc_profile": "ICC", "photoshop": "Photoshop", "comment": "comment",
    "adobe": "Adobe", "adobe_transform": "Adobe", "XML:com.adobe.xmp": "XMP", "Raw profile type exif": "EXIF",
}  # fmt: skip
_PRIVATE_TAGS = {
    ExifTags.Base.Artist: "a name (EXIF Artist)",
    ExifTags.Base.CameraOwnerName: "a name (EXIF CameraOwnerName)",
    ExifTags.Base.BodySerialNumber: "a camera's serial number",
    ExifTags.Base.XPAuthor: "a name (EXIF XPAuthor)",
}
# Keys under which image generators write their prompts into PNG files.
_PROMPT_KEYS = {
    "parameters",
    "prompt",
    "workflow",
    "sd-metadata",
    "invokeai_metadata",
    "dream",
    "generation_data",
}
_AI_WORDS = re.compile(
    r"trainedAlgorithmicMedia|stable.?diffusion|midjourney|dall[·.\- ]?e\b|firefly|comfyui|automatic1111|"
    r"invokeai|novelai|stylegan|negative prompt|made with google ai|imagen \d|gpt-image|ideogram|"
    r"leonardo\.ai|generative ai|ai[- ]generated|generated (?:by|with) ai",
    re.IGNORECASE,
)


def metadata_kinds(image: Image.Image) -> set[str]:
    """The kinds of metadata that Pillow finds in an opened picture's header."""
    kinds = {_NAMES.get(str(key), str(key)) for key in image.info if str(key) not in _PLAIN_HEADER}
    if _exif(image).get_ifd(ExifTags.IFD.GPSInfo):
        kinds.add("GPS")
    return kinds


def private_facts(image: Image.Image) -> tuple[str, ...]:
    """What in the metadata points to a person or a place, in words."""
    exif = _exif(image)
    found = ["the place where it was taken (GPS)"] if exif.get_ifd(ExifTags.IFD.GPSInfo) else []
    tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    return (*found, *(what for tag, what in _PRIVATE_TAGS.items() if str(tags.get(tag, "")).strip(" \x00")))


def words_of_ai(image: Image.Image) -> str:
    """The first words in the metadata that name an image generator; empty if there are none."""
    for key, text in _texts(image):
        if key.lower() in _PROMPT_KEYS and text.strip():
            return f"a text chunk {key!r}"
        if found := _AI_WORDS.search(text):
            return f"{key}: {found.group()!r}"
    return ""


def _texts(image: Image.Image) -> Iterator[tuple[str, str]]:
    for key, value in image.info.items():
        if str(key) not in ("icc_profile", "exif"):
            yield str(key), _readable(value)
    exif = _exif(image)
    for tag, value in {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}.items():
        yield ExifTags.TAGS.get(tag, str(tag)), _readable(value)


def _readable(value: Any) -> str:
    if isinstance(value, bytes):
        # EXIF comments may be UTF-16: without its zeros the words are the same.
        return value.replace(b"\x00", b"").decode("latin-1")
    return str(value)


def _exif(image: Image.Image) -> Image.Exif:
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.GPSInfo)
        exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # Pillow raises whatever a broken block makes it stumble over
        return Image.Exif()
    return exif
