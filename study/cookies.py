"""The signed cookie and the token of a page, without working out the same signature again and again.

A participant's browser sends the same cookie and the same token with every answer. Whether a signature is
right depends on the signed text and the key alone, so what was found right once is remembered; age and
content are looked at every time. Any other text is checked in full.
"""

from __future__ import annotations

import hmac
from copy import deepcopy
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, same_origin
from itsdangerous import BadData, URLSafeTimedSerializer

# For so many people at once; a few hundred bytes each.
_REMEMBERED = 4096
# What cannot be changed need not be copied for each request; the session copies the mapping itself.
_PLAIN = frozenset((str, int, float, bool, type(None)))
_TOKEN_SALT = "wtf-csrf-token"  # noqa: S105 - flask-wtf's word for what its signatures are about


def install(app: Flask) -> None:
    """Use both in an app whose secret key is set."""
    app.session_interface = SignedCookie(app)
    PageToken(app)


class SignedCookie(SecureCookieSessionInterface):
    """Flask's session in a signed cookie."""

    def __init__(self, app: Flask) -> None:
        signer = self.get_signing_serializer(app)
        if signer is None:
            raise ValueError("expected a secret key, found none; see FACEVALUE_SECRET_KEY")
        self._name = self.get_cookie_name(app)
        self._lifetime = app.permanent_session_lifetime
        self._read = lru_cache(_REMEMBERED)(lambda text: signer.loads(text, return_timestamp=True))

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:  # noqa: ARG002 - Flask's
        try:
            content, signed_at = self._read(request.cookies.get(self._name, ""))
        except BadData:
            return self.session_class()
        if datetime.now(UTC) - signed_at > self._lifetime:
            return self.session_class()
        plain = all(type(value) in _PLAIN for value in content.values())
        return self.session_class(content if plain else deepcopy(content))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        # Flask would add "Vary: Cookie" to all other answers; none of them may be kept by a cache anyway.
        if session.modified:
            super().save_session(app, session, response)


class PageToken(CSRFProtect):  # type: ignore[misc]  # flask-wtf has no types
    """flask-wtf's protection: a page's token must be signed by us and belong to the browser's cookie.

    Forms are checked by flask-wtf. JSON, which only our own scripts send, brings the token in a header that
    no other site can set; it is held against the same signature and the same cookie.
    """

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        signer = URLSafeTimedSerializer(app.secret_key or "", salt=_TOKEN_SALT)
        self._read = lru_cache(_REMEMBERED)(signer.loads)

    def protect(self, apply_exemptions: bool = False) -> None:
        token = request.headers.get("X-CSRFToken", "") if request.is_json else ""
        if token and _comes_from_here() and self._is_of_this_browser(token):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)

    def _is_of_this_browser(self, token: str) -> bool:
        try:
            signed: Any = self._read(token)
        except BadData:
            return False
        return hmac.compare_digest(str(session.get("csrf_token", "")), str(signed))


def _comes_from_here() -> bool:
    """Over HTTPS the page that sends something must be one of ours, as flask-wtf demands of forms."""
    if not request.is_secure:
        return True
    return request.referrer is not None and bool(same_origin(request.referrer, f"https://{request.host}/"))
