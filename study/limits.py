"""How often one address may ask for things that create rows or guess codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Flask, abort, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# A whole lecture hall can sit behind one address, so what a participant does is limited generously; what
# guesses codes or links is not.
ENTER_STUDY = "1200 per minute"
GUESS_CODE = "10 per minute"

View = Callable[..., Any]


def install(app: Flask) -> None:
    """Count in this process; RATELIMIT_ENABLED switches it."""
    app.config.setdefault("RATELIMIT_ENABLED", True)
    app.extensions["facevalue_limits"] = FixedWindowRateLimiter(MemoryStorage())


def limited(rate: str, *, unless: Callable[[], bool] = lambda: False) -> Callable[[View], View]:
    """Let one address call a view so often, such as ``10 per minute``; then it is told to wait (429)."""
    allowed = parse(rate)

    def decorate(view: View) -> View:
        @wraps(view)
        def within_limit(*args: Any, **kwargs: Any) -> Any:
            if current_app.config["RATELIMIT_ENABLED"] and not unless():
                _count(allowed)
            return view(*args, **kwargs)

        return within_limit

    return decorate


def _count(allowed: RateLimitItem) -> None:
    counter = cast(FixedWindowRateLimiter, current_app.extensions["facevalue_limits"])
    if not counter.hit(allowed, str(request.endpoint), request.remote_addr or ""):
        abort(429)
