"""The short way for answers: what nearly all requests of a study are, without the detours of the framework.

A request that brings answers as our scripts send them, with a cookie and a token that are right, goes
straight to the queue. Whatever else comes, and whatever goes wrong, is the framework's to answer
(study.participant.task): this decides nothing that is not decided there in the same way.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from typing import Any

from flask import Flask

from study import flow
from study.answer_queue import AnswerQueue
from study.compact_json import encode
from study.cookies import PageToken, SignedCookie
from study.participant.batches import batch_of, said_of
from study.request_log import ROUTE

_PATH = re.compile(r"/s/([a-z0-9-]+)/messages")
_RULE = "/s/<slug>/messages"


class AnswerLane:
    """A WSGI app before Flask's; ``after`` is where everything else goes."""

    def __init__(self, app: Flask, after: Any) -> None:
        self._app = app
        self._after = after
        self._cookies: SignedCookie = app.session_interface  # type: ignore[assignment]
        self._tokens: PageToken = app.extensions["csrf"]
        self._longest: int = app.config["MAX_CONTENT_LENGTH"]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        delivery = self._delivery(environ)
        if delivery is None:
            return self._after(environ, start_response)  # type: ignore[no-any-return]
        environ[ROUTE] = _RULE
        try:
            queue: AnswerQueue = self._app.extensions["facevalue_answers"]
            outcome = queue.store(delivery)
        except Exception as error:
            return self._say_what_went_wrong(error, environ, start_response)
        if outcome is None:
            # The session is no more, and nothing was stored: Flask finds the same, and says so.
            return self._after(environ, start_response)  # type: ignore[no-any-return]
        body = (encode(said_of(outcome)) + "\n").encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return (body,)

    def _delivery(self, environ: dict[str, Any]) -> flow.Delivery | None:
        """What a request brings, if everything about it is as it should be; its body can be read again."""
        length = environ.get("CONTENT_LENGTH", "")
        if (
            environ["REQUEST_METHOD"] != "POST"
            or environ.get("CONTENT_TYPE") != "application/json"
            or not length.isdecimal()
            or int(length) > self._longest
            or "HTTP_TRANSFER_ENCODING" in environ
        ):
            return None
        found = _PATH.fullmatch(environ["PATH_INFO"])
        session = self._session(environ, found[1]) if found else None
        return _delivered(session, environ, int(length)) if session else None

    def _session(self, environ: dict[str, Any], slug: str) -> str | None:
        """The session of the browser that sends, if the token is one of its own."""
        kept = self._cookies.content_of(environ.get("HTTP_COOKIE", ""))
        session = kept.get(f"session:{slug}")
        belongs = self._tokens.is_right(environ.get("HTTP_X_CSRFTOKEN", ""), environ, kept)
        return str(session) if session and belongs else None

    def _say_what_went_wrong(
        self, error: Exception, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        app = self._app
        with app.request_context(environ):
            try:
                said = app.handle_user_exception(error)
            except Exception as unhandled:
                said = app.handle_exception(unhandled)
            return app.make_response(said)(environ, start_response)


def _delivered(session: str, environ: dict[str, Any], length: int) -> flow.Delivery | None:
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    if len(body) != length:
        return None
    try:
        batch = batch_of(json.loads(body))
    except ValueError:
        return None
    return None if batch is None else flow.Delivery(session, batch)
