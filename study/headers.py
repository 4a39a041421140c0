"""What responses tell the browser: what the page may do, and that nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

STATIC = "/static/"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "worker-src 'self'; frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PROTECTION = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
    # Cross-origin isolation gives scripts the finest clock the browser has.
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)


_PROTECTION = {name.lower(): (name, value) for name, value in PROTECTION}


class ProtectiveHeaders:
    """A WSGI app with these headers on all its responses, but where it sets one of them itself."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if status < "400" and str(environ.get("PATH_INFO", "")).startswith(STATIC):
                # Scripts and styles need none of this but what they carry, and there are many of them.
                return start_response(status, headers, *rest)
            there = {name.lower() for name, _ in headers}
            missing = [header for name, header in _PROTECTION.items() if name not in there]
            return start_response(status, headers + missing, *rest)

        return self._app(environ, start)  # type: ignore[no-any-return]
