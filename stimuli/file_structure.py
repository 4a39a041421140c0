"""How a picture file is built: its segments or chunks, and what lies in it besides the picture."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

_PNG_START = b"\x89PNG\r\n\x1a\n"
# Chunks that only carry metadata, which is told elsewhere.
_PNG_METADATA = {"tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "pHYs", "tIME", "caBX", "sRGB", "gAMA", "cHRM"}
_WEBP_METADATA = {"EXIF", "XMP ", "ICCP", "C2PA"}
_ALONE = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a length
_JPEG_NAMES = {0xC4: "DHT", 0xDB: "DQT", 0xDD: "DRI", 0xDA: "SOS"}


@dataclass(frozen=True)
class Structure:
    """``parts``: kinds of segments or chunks in order, those of metadata left out; empty for
    containers that are not taken apart. ``trailing``: bytes after the picture's end, but for zeros at
    the very end: they bring files to one length and say nothing. ``has_c2pa``: whether content
    credentials are embedded. ``n_previews``: smaller pictures inside.
    """

    parts: tuple[str, ...] = ()
    trailing: int = 0
    has_c2pa: bool = False
    n_previews: int = 0


def file_structure(content: bytes) -> Structure:
    """Read a JPEG, PNG or WebP file's structure; cut files are read as far as they go."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(_PNG_START):
        return _png(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    return Structure(has_c2pa=_c2pa(content))


def _jpeg(content: bytes) -> Structure:
    parts: list[str] = []
    c2pa, previews, at = False, 0, 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xD9:
            break
        if marker in _ALONE or marker == 0xFF:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        segment = content[at + 4 : at + 2 + length]
        c2pa |= marker == 0xEB and _c2pa(segment)
        previews += _jpeg_previews(marker, segment)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            parts.append(_JPEG_NAMES.get(marker, f"SOF{marker - 0xC0}" if marker < 0xD0 else f"{marker:02X}"))
        at += 2 + length
        if marker == 0xDA:
            at = _end_of_scan(content, at)
    trailing = _trailing(content, at + 2) if content[at : at + 2] == b"\xff\xd9" else 0
    # The second picture of a multi-picture file (a preview, a depth map, a gain map) comes after the first.
    if trailing > 0 and b"MPF\x00" in content[:at]:
        trailing, previews = 0, previews + 1
    return Structure(_counted(parts), trailing, c2pa, previews)


def _end_of_scan(content: bytes, at: int) -> int:
    """The next marker that ends entropy-coded data: neither a stuffed byte nor a restart."""
    while (at := content.find(b"\xff", at)) >= 0:
        if at + 1 < len(content) and content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    return len(content)


def _jpeg_previews(marker: int, segment: bytes) -> int:
    """Thumbnails in JFIF (its two last bytes are the size), JFXX, EXIF and Photoshop segments."""
    if marker == 0xE0:
        return int(segment[:5] == b"JFXX\x00" or (segment[:5] == b"JFIF\x00" and any(segment[12:14])))
    if marker == 0xE1 and segment[:4] == b"Exif":
        return int(b"\xff\xd8\xff" in segment)
    if marker == 0xED:
        return int(b"8BIM\x04\x0c" in segment or b"8BIM\x04\x09" in segment)
    return 0


def _png(content: bytes) -> Structure:
    parts: list[str] = []
    c2pa, at = False, len(_PNG_START)
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        name = kind.decode("latin-1")
        c2pa |= name == "caBX"
        if name == "IHDR":
            parts.append("IHDR " + "/".join(str(byte) for byte in content[at + 16 : at + 21]))
        elif name not in _PNG_METADATA:
            parts.append(name)
        at += 12 + length
        if name == "IEND":
            break
    return Structure(_once(parts), _trailing(content, at), c2pa)


def _webp(content: bytes) -> Structure:
    (length,) = struct.unpack("<I", content[4:8])
    end, at = min(8 + length, len(content)), 12
    parts: list[str] = []
    while at + 8 <= end:
        kind, size = struct.unpack("<4sI", content[at : at + 8])
        parts.append(kind.decode("latin-1"))
        at += 8 + size + size % 2
    kept = [part for part in parts if part not in _WEBP_METADATA]
    return Structure(_once(kept), _trailing(content, end), "C2PA" in parts)


def _trailing(content: bytes, end: int) -> int:
    return len(content[end:].rstrip(b"\0"))


def _c2pa(content: bytes) -> bool:
    return b"jumb" in content and b"c2pa" in content


def _counted(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_with_counts(parts))


def _with_counts(parts: Iterable[str]) -> Iterator[str]:
    for part, same in groupby(parts):
        count = len(list(same))
        yield f"{part} x{count}" if count > 1 else part


def _once(parts: Iterable[str]) -> tuple[str, ...]:
    """Repeated chunks as one: how many data chunks there are depends on the picture."""
    return tuple(part for part, _ in groupby(parts))
