"""One line for each request: what was asked for, how it ended, how long it took, and nothing of the person.

A line holds the method, the route as the app knows it (`/s/<slug>/messages`, not the address that was asked
for), the status, milliseconds, and a random number that the response carries as X-Request-ID. Where a request
failed there are the kind of error and the lines of code it came through; its words are left out, because
they may repeat what somebody sent.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from study.settings import LogForm

#: Where in the environment of a request its route stands.
ROUTE = "facevalue.route"
_ERROR = "facevalue.error"
_ROOT = Path(__file__).parent.parent
_FRAMES = 12
_encode = json.JSONEncoder(separators=(", ", ": ")).encode


def install(app: Flask, form: LogForm) -> None:
    """Write a line for each request of an app to stderr; does nothing when the form is ``off``."""
    if form == "off":
        return
    app.after_request(_note_route)
    app.wsgi_app = RequestLog(app.wsgi_app, form)  # type: ignore[method-assign]


def note_error(error: BaseException) -> None:
    """Say in the line of this request what it failed on."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    request.environ[_ERROR] = {
        "error": type(error).__name__,
        "code": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _short(file: str) -> str:
    path = Path(file)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def _note_route(response: Response) -> Response:
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else None
    return response


class RequestLog:
    """A WSGI app that writes a line for each request."""

    def __init__(self, app: Any, form: LogForm, *, write: Callable[[str], object] | None = None) -> None:
        self._app = app
        self._line = _as_json if form == "json" else _as_text
        self._write = write or (lambda line: sys.stderr.write(line))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begun = time.perf_counter()
        number = secrets.token_hex(8)
        answered = [0]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answered[0] = int(status[:3])
            # What caches keep and hand out again, pictures and scripts, is not of one request.
            kept = any("immutable" in value for name, value in headers if name == "Cache-Control")
            named = headers if kept else [*headers, ("X-Request-ID", number)]
            return start_response(status, named, *rest)

        try:
            return self._app(environ, start)  # type: ignore[no-any-return]
        finally:
            facts = {
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "method": environ["REQUEST_METHOD"],
                "route": environ.get(ROUTE),
                "status": answered[0],
                "ms": round(1000 * (time.perf_counter() - begun), 1),
                "request": number,
                **environ.get(_ERROR, {}),
            }
            self._write(self._line(facts))


def _as_json(facts: dict[str, Any]) -> str:
    return _encode(facts) + "\n"


def _as_text(facts: dict[str, Any]) -> str:
    line = "{at} {status} {method} {route} {ms} ms {request}".format(**facts)
    where = "".join(f"\n    {frame}" for frame in facts.get("code", ()))
    return line + (f" {facts['error']}{where}" if "error" in facts else "") + "\n"
