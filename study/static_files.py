"""Scripts and styles: sent small, and kept by browsers for ever under an address that changes with them.

The address holds a digest of all of them, so what a page asks for is of one version. A script comes with all
that it imports (study.joined_scripts). Nothing else is compressed: pages hold a token against forged
requests, which compression together with words of an attacker's choice could give away.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import brotli
from flask import Flask, Response, abort, request
from rjsmin import jsmin

from study.joined_scripts import joined

ENDPOINT = "static"
FOLDER = Path(__file__).parent / "static"
WORKERS = frozenset({"js/frame_clock.js"})
# A frame without rights, and its script. It has no origin, so to it everything here is foreign.
FRAMES = frozenset({"isolated_frame.html"})
FRAME_SCRIPTS = frozenset({"js/isolated_frame.js"})
FRAME_POLICY = "sandbox allow-scripts; default-src 'none'; script-src 'self'; frame-ancestors 'self'"
FOR_EVER = "public, max-age=31536000, immutable"

Encoding = Literal["br", "gzip", "identity"]


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent, in each encoding; scripts without comments and needless space."""

    mimetype: str
    encoded: dict[Encoding, bytes]


def install(app: Flask) -> None:
    """Serve the files at /static/VERSION/NAME; ``url_for("static", filename=…)`` puts the version in."""
    app.add_url_rule("/static/<in_version>/<path:filename>", ENDPOINT, _send)
    app.url_defaults(_add_version)


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == ENDPOINT:
        values.setdefault("in_version", version())


def _send(in_version: str, filename: str) -> Response:
    if filename not in contents():
        abort(404)
    file, encoding = static_file(filename), _encoding()
    response = Response(file.encoded[encoding], mimetype=file.mimetype)
    # A page made before an update asks for files that are no more: what it gets is not to be kept as them.
    response.headers["Cache-Control"] = FOR_EVER if in_version == version() else "no-store"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    shared = filename in FRAMES | FRAME_SCRIPTS
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if shared else "same-origin"
    if filename in FRAMES:
        response.headers["Content-Security-Policy"] = FRAME_POLICY
    if filename in WORKERS | FRAMES:
        # An isolated page may only start workers, and show frames, that ask for the same isolation.
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    response.set_etag(f"{version()}-{encoding}")
    response.make_conditional(request)
    return response


def _encoding() -> Encoding:
    """The smallest that the browser takes."""
    preferred: tuple[Encoding, ...] = ("br", "gzip")
    return next((each for each in preferred if request.accept_encodings[each] > 0), "identity")


@cache
def contents() -> dict[str, bytes]:
    """All files by name, as they were written."""
    files = sorted(file for file in FOLDER.rglob("*") if file.suffix in (".js", ".css", ".html"))
    return {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in files}


@cache
def scripts() -> dict[str, str]:
    """The scripts among them, by the names under which they import each other."""
    return {
        name.removeprefix("js/"): content.decode()
        for name, content in contents().items()
        if name.endswith(".js")
    }


@cache
def version() -> str:
    """Twelve digits that change with any of the files."""
    digest = hashlib.sha256()
    for name, content in contents().items():
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]


@cache
def static_file(name: str) -> StaticFile:
    """A file made ready to be sent; done once in each process, when it is first asked for."""
    content = contents()[name]
    if name.endswith(".js"):
        content = without_comments(joined(name.removeprefix("js/"), scripts())).encode()
    encoded: dict[Encoding, bytes] = {
        "br": brotli.compress(content),
        "gzip": gzip.compress(content, 9, mtime=0),
        "identity": content,
    }
    return StaticFile(mimetypes.types_map[Path(name).suffix], encoded)


def without_comments(script: str) -> str:
    """A script as the browser needs it: every name as it was, no comment and no needless space.

    It understands neither a template within a template nor a regular expression after an arrow; a test
    compares what a parser makes of every script and of what is left of it.
    """
    return str(jsmin(script))
