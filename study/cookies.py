"""The signed cookie and the token of a page, without working out the same signature again and again.

A participant's browser sends the same cookie and the same token with every answer. Whether a signature is
right depends on the signed text and the key alone, so what was found right once is remembered; age and
content are looked at every time. Any other text is checked in full.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, generate_csrf, same_origin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.sansio.http import parse_cookie
from werkzeug.wsgi import get_host

# For so many people at once; a few hundred bytes each.
_REMEMBERED = 4096
_NOTHING: Mapping[str, Any] = MappingProxyType({})
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

        def read(header: str) -> tuple[Mapping[str, Any], datetime]:
            text = parse_cookie(header).get(self._name, "")
            content, signed_at = signer.loads(text, return_timestamp=True)
            return content, signed_at

        # The header is the same with every request of a browser. Most hold our cookie alone.
        self._read = lru_cache(_REMEMBERED)(read)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:  # noqa: ARG002 - Flask's
        content = self.content_of(request.environ.get("HTTP_COOKIE", ""))
        plain = all(type(value) in _PLAIN for value in content.values())
        return self.session_class(content if plain else deepcopy(content))

    def content_of(self, header: str) -> Mapping[str, Any]:
        """What our cookie among those of a request holds, not to be changed; nothing when it is not right."""
        try:
            content, signed_at = self._read(header)
        except BadData:
            return _NOTHING
        return _NOTHING if datetime.now(UTC) - signed_at > self._lifetime else content

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
        # Tokens do not age, so that of a browser is the same on each of its pages.
        self._signed = lru_cache(_REMEMBERED)(signer.dumps)

    def protect(self, apply_exemptions: bool = False) -> None:
        token = request.headers.get("X-CSRFToken", "") if request.is_json else ""
        if self.is_right(token, request.environ, session):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)

    def of_this_browser(self) -> str:
        """The token that a page carries."""
        kept = session.get("csrf_token")
        return str(self._signed(kept) if isinstance(kept, str) else generate_csrf())

    def is_right(self, token: str, environ: dict[str, Any], kept: Mapping[str, Any]) -> bool:
        """Whether a token is signed by us, belongs to the cookie that holds ``kept``, and comes from here."""
        if not token or not _comes_from_here(environ):
            return False
        try:
            signed = self._read(token)
        except BadData:
            return False
        return hmac.compare_digest(str(kept.get("csrf_token", "")), str(signed))


def _comes_from_here(environ: dict[str, Any]) -> bool:
    """Over HTTPS the page that sends something must be one of ours, as flask-wtf demands of forms."""
    if environ["wsgi.url_scheme"] != "https":
        return True
    return _is_of(environ.get("HTTP_REFERER", ""), get_host(environ))


@lru_cache
def _is_of(page: str, host: str) -> bool:
    return bool(page and same_origin(page, f"https://{host}/"))
