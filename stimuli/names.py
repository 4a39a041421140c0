"""File names as systems compare them, and as a terminal can show them."""

from __future__ import annotations

import unicodedata


def name_key(file: str) -> str:
    """Names with the same key are one file on a Mac or under Windows: letter case, composed accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", file).casefold())


def shown(file: str) -> str:
    """A file's name as a terminal can show it, whatever its bytes."""
    readable = file.encode("utf-8", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in readable)
