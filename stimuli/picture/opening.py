"""Open a picture file of any kind, or say in one sentence why not and what to do."""

from __future__ import annotations

import ctypes
import io
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from stimuli.manifest import StimulusError
from stimuli.picture.colour import ColourCodes, ColourError, to_srgb
from stimuli.picture.damage import DamageError, refuse_damaged
from stimuli.picture.kinds import ENDINGS_OF_FORMAT, FORMATS, RAW_ENDINGS, is_picture_start, other_kind
from stimuli.picture.pixels import Pixels

MAX_MEGAPIXELS = 100.0
"""Larger pictures are not opened. No camera's headshot comes near it; a decompression bomb does."""

LIMIT_VARIABLE = "FACEVALUE_MAX_MEGAPIXELS"

_NAMES = {"MPO": "JPEG", "HEIF": "HEIC", "JPEG2000": "JPEG 2000", "WEBP": "WebP", "PPM": "PGM or PPM"}
_EXPORT_AGAIN = "export it again or take it out of the folder"
_EXIF_INTEROPERABILITY = 0xA005
_HEAD_BYTES = 65536

# Pillow's own limit is a global that warns or raises without saying how large a picture is.
_PILLOW_LIMIT = threading.Lock()


@dataclass(frozen=True)
class OpenedPicture:
    """Pixels as a viewer would show them, upright and in sRGB, and what opening took.

    ``kind``: JPEG, PNG, TIFF, WebP, BMP, GIF, HEIC, AVIF, JPEG 2000, PGM or PPM, by content.
    ``notes``: one clause for each point in which the file left room for interpretation.
    """

    pixels: Pixels
    kind: str
    notes: tuple[str, ...] = ()


class _NoStillPictureError(ValueError):
    """What was found instead, and the remedy."""

    def __init__(self, found: str, remedy: str = _EXPORT_AGAIN) -> None:
        super().__init__(found)
        self.remedy = remedy


def read_picture(path: Path) -> Pixels:
    """The pixels of :func:`open_picture`."""
    return open_picture(path).pixels


def open_picture(path: Path, *, max_megapixels: float | None = None) -> OpenedPicture:
    """Pixels as a viewer would show them: turned by EXIF orientation, colours brought to sRGB.

    A picture without a colour profile is taken as sRGB, as browsers do. Transparent parts lie
    on mid-grey. 16 bits are scaled by the range of the format. ``StimulusError`` refuses what is
    empty, damaged, animated, of several pages, larger than ``max_megapixels`` (else the
    environment variable FACEVALUE_MAX_MEGAPIXELS, else 100), or no picture.
    """
    limit = max_megapixels or _limit_megapixels()
    notes: list[str] = []
    remedy = _EXPORT_AGAIN
    try:
        content = _content(path)
        with _image(content) as image:
            kind = image.format or "unknown"
            _refuse_huge(image, limit)
            _refuse_several(image, notes)
            if (
                ";16" in str(getattr(image, "tile", ""))
                or image.mode.startswith("I")
                or image.info.get("bit_depth", 8) > 8
            ):
                notes.append("more than 8 bits a channel, read as 8")
            image.load()
            codes = _colour_codes(image, content)
            _turn_upright(image, notes)
            pixels = np.asarray(to_srgb(image, kind, codes, notes))
        with _image(content) as image:
            refuse_damaged(content, image)
    except (_NoStillPictureError, ColourError, DamageError) as error:
        found, remedy = str(error), getattr(error, "remedy", _EXPORT_AGAIN)
    except UnidentifiedImageError:
        # Pillow's own sentence for this one is the path again.
        found = _unidentified(content[:_HEAD_BYTES])
    except Exception as error:
        # Decoders answer damaged bytes with any exception there is.
        found = _in_words(error)
    else:
        notes[:0] = _misnamed(path, kind)
        return OpenedPicture(pixels, _NAMES.get(kind, kind), tuple(notes))
    raise StimulusError(
        f"{path.name}: expected a picture that can be opened (JPEG, PNG, TIFF, WebP, HEIC, AVIF, GIF, BMP), "
        f"found {found}; {remedy}"
    ) from None


def _limit_megapixels() -> float:
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        limit = float(text) if text else MAX_MEGAPIXELS
    except ValueError:
        limit = 0.0
    if not limit > 0:
        raise StimulusError(f"{LIMIT_VARIABLE}: expected a number of megapixels above 0, found {text!r}")
    return limit


def _content(path: Path) -> bytes:
    if path.suffix.lower() in RAW_ENDINGS:
        raise _NoStillPictureError(
            "a camera's RAW file, which each program develops differently",
            "develop it and export a TIFF or JPEG",
        )
    content = path.read_bytes()
    if not content:
        raise _NoStillPictureError(
            "an empty file (0 bytes), as an interrupted copy leaves it", "copy or download it again"
        )
    return content


@contextmanager
def _image(content: bytes) -> Iterator[Image.Image]:
    _with_heif()
    _quiet_libtiff()
    with _PILLOW_LIMIT:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = before
    with image:
        yield image


@cache
def _with_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


@cache
def _quiet_libtiff() -> None:
    """libtiff writes to the terminal what Pillow raises as well; its handler is set to none.

    Pillow brings the library in its wheel and offers no way to ask for that.
    """
    here = Path(Image.__file__).parent
    libraries = [*here.parent.glob("pillow.libs/libtiff*"), *here.glob(".dylibs/libtiff*")]
    for library in libraries:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(str(library)).TIFFSetErrorHandler(ctypes.c_void_p(None))


def _refuse_huge(image: Image.Image, limit: float) -> None:
    width, height = image.size
    megapixels = width * height / 1e6
    if megapixels > limit:
        raise _NoStillPictureError(
            f"{width}x{height} = {megapixels:,.0f} megapixels, which would need about "
            f"{megapixels * 3 / 1000:,.1f} GB of memory (at most {limit:g} megapixels are opened)",
            f"save a smaller copy, or set {LIMIT_VARIABLE} if it really is a photograph of this size",
        )


def _refuse_several(image: Image.Image, notes: list[str]) -> None:
    """Only one still picture can be a stimulus; which one of several is not for us to choose."""
    number = getattr(image, "n_frames", 1)
    if image.format == "TIFF":
        if image.tag_v2.get(50706):  # type: ignore[attr-defined]
            raise _NoStillPictureError("a camera's RAW file (DNG)", "develop it and export a TIFF or JPEG")
        pages = [page for page in range(number) if not _is_reduced(image, page)]
        if len(pages) > 1:
            raise _NoStillPictureError(
                f"a TIFF of {len(pages)} pages", "save the page to be shown as a file of its own"
            )
        image.seek(pages[0] if pages else 0)
        if number > 1:
            notes.append(f"the reduced copy in it ({number - 1} further pages) was left aside")
    elif number > 1 and image.format in ("MPO", "HEIF"):
        # Both name one of them as the picture; the others are for depth, other views or a burst.
        notes.append(f"the main one of the {number} pictures in it was taken")
    elif number > 1:
        raise _NoStillPictureError(
            f"an animation of {number} frames", "save the frame to be shown as a file of its own"
        )


def _is_reduced(image: Image.Image, page: int) -> bool:
    image.seek(page)
    return bool(int(image.tag_v2.get(254, 0)) & 1)  # type: ignore[attr-defined]


def _turn_upright(image: Image.Image, notes: list[str]) -> None:
    if image.info.get("exif") and not _exif_is_readable(image):
        notes.append("its EXIF data cannot be read: taken as upright")
        return
    if image.getexif().get_ifd(_EXIF_INTEROPERABILITY).get(1) == "R03" and "icc_profile" not in image.info:
        notes.append("its EXIF says Adobe RGB but no profile is embedded: taken as sRGB, as browsers do")
    ImageOps.exif_transpose(image, in_place=True)


def _exif_is_readable(image: Image.Image) -> bool:
    """Whether Pillow finds entries where the data announce some; it passes over broken ones in silence."""
    content = image.info["exif"].removeprefix(b"Exif\x00\x00")
    try:
        order = {b"II": "<", b"MM": ">"}[content[:2]]
        (start,) = struct.unpack(f"{order}L", content[4:8])
        (n_entries,) = struct.unpack(f"{order}H", content[start : start + 2])
        return n_entries == 0 or len(image.getexif()) > 0
    except Exception:  # as any decoder
        return False


def _colour_codes(image: Image.Image, content: bytes) -> ColourCodes | None:
    """Primaries and transfer function as HEIF, AVIF and PNG state them in two numbers."""
    head = content[:_HEAD_BYTES]
    if image.format == "HEIF" and (stated := image.info.get("nclx_profile")):
        return ColourCodes(int(stated["color_primaries"]), int(stated["transfer_characteristics"]))
    if image.format == "AVIF" and (at := head.find(b"colrnclx")) >= 0 and len(head) >= at + 12:
        return ColourCodes(*struct.unpack(">HH", head[at + 8 : at + 12]))
    if image.format == "PNG" and (at := head.find(b"\x00\x00\x00\x04cICP")) >= 0 and len(head) >= at + 12:
        return ColourCodes(head[at + 8], head[at + 9])
    return None


def _misnamed(path: Path, kind: str) -> list[str]:
    ending = path.suffix.lower()
    if ending in ENDINGS_OF_FORMAT.get(kind, (ending,)):
        return []
    called = f"although its name ends in {path.suffix}" if ending else "although its name has no ending"
    return [f"is {_NAMES.get(kind, kind)} {called}"]


def _unidentified(head: bytes) -> str:
    if is_picture_start(head):
        return "damaged data (the header of the picture cannot be read)"
    return other_kind(head) or "no known picture format"


def _in_words(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "nothing there"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, MemoryError):
        return "one that needs more memory than there is"
    return f"damaged data ({' '.join(str(error).split()) or type(error).__name__})"
