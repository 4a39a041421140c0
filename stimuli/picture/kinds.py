"""Which kinds of files there are, by their ending and by their first bytes."""

from __future__ import annotations

PICTURE_ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif",
    ".heic", ".heif", ".hif", ".avif", ".jp2", ".ppm", ".pgm",
)  # fmt: skip
"""Endings, in lower case, of files that are opened as pictures."""

RAW_ENDINGS = (
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mrw", ".nef",
    ".nrw", ".orf", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
)  # fmt: skip
"""Endings of what cameras record before it is developed."""

DOCUMENT_ENDINGS = (".psd", ".psb", ".xcf", ".pdf", ".ai", ".eps", ".svg", ".kra", ".afphoto")
"""Endings of documents that may hold a picture, but not one way to show it."""

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "HEIF", "AVIF", "JPEG2000", "PPM")
"""What is opened, by Pillow's names. Others (EPS, WMF, FITS) run programs or hold no photographs."""

ENDINGS_OF_FORMAT = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "HEIF": (".heic", ".heif", ".hif"),
    "AVIF": (".avif", ".heif", ".hif"),
    "JPEG2000": (".jp2",),
    "PPM": (".ppm", ".pgm"),
}

_PICTURE_STARTS = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"BM", b"GIF87a", b"GIF89a",
    b"\x00\x00\x00\x0cjP  ",
)  # fmt: skip
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")

_OTHER_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"gimp xcf", "a GIMP document"),
    (b"%!PS", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"version https://git-lfs", "a Git LFS pointer, not the picture (run git lfs pull)"),
    (b"/annex/objects", "a git-annex pointer, not the picture (run git annex get)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"FUJIFILMCCD-RAW", "a camera's RAW file"),
    (b"FOVb", "a camera's RAW file"),
    (b"IIRO", "a camera's RAW file"),
    (b"IIU\x00", "a camera's RAW file"),
    (b"\xff\x0a", "JPEG XL, which browsers do not show"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL, which browsers do not show"),
)


def is_picture_start(head: bytes) -> bool:
    """Whether a file that begins with these bytes (at least 12) is of a kind that is opened."""
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in _HEIF_BRANDS
    return head.startswith(_PICTURE_STARTS)


def other_kind(head: bytes) -> str | None:
    """What a file is that is no picture, in words, as far as its first bytes tell."""
    for start, words in _OTHER_STARTS:
        if head.startswith(start):
            return words
    if head and not any(head):
        return "nothing but zero bytes, as an interrupted copy leaves them"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page, probably an error page that was saved in place of the picture"
    if text.startswith((b"<svg", b"<?xml")):
        return "a drawing or another XML file"
    if head[4:8] == b"ftyp" and head[8:11] == b"crx":
        return "a camera's RAW file"
    if head[4:8] == b"ftyp" and head[8:12] not in _HEIF_BRANDS:
        return "a video"
    return None
