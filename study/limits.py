"""How often one address may ask for things that create rows or guess codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any, cast

from flask import Flask, abort, current_app, request

WINDOW_SECONDS = 60.0

# A whole lecture hall can sit behind one address, so what a participant does is limited generously; what
# guesses codes or links is not. Per minute.
ENTER_STUDY = 1200
GUESS_CODE = 10

View = Callable[..., Any]


@dataclass
class _Window:
    ends: float
    n: int = 0


class Counter:
    """Counts what each address asked for in its minute; ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self._cleared = clock()
        self._guard = Lock()

    def allows(self, what: str, address: str, *, per_minute: int) -> bool:
        """Count once more; whether it was within the limit. A minute begins with the first time."""
        with self._guard:
            now = self._clock()
            if now - self._cleared > WINDOW_SECONDS:
                self._forget(now)
            window = self._windows.get((what, address))
            if window is None or window.ends <= now:
                window = self._windows[what, address] = _Window(now + WINDOW_SECONDS)
            window.n += 1
            return window.n <= per_minute

    def _forget(self, now: float) -> None:
        self._windows = {key: one for key, one in self._windows.items() if one.ends > now}
        self._cleared = now


def install(app: Flask) -> None:
    """Count in this process; RATELIMIT_ENABLED switches it."""
    app.config.setdefault("RATELIMIT_ENABLED", True)
    app.extensions["facevalue_limits"] = Counter()


def limited(per_minute: int, *, unless: Callable[[], bool] = lambda: False) -> Callable[[View], View]:
    """Let one address call a view so often in a minute; then it is told to wait (429)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def within_limit(*args: Any, **kwargs: Any) -> Any:
            if current_app.config["RATELIMIT_ENABLED"] and not unless():
                _count(per_minute)
            return view(*args, **kwargs)

        return within_limit

    return decorate


def _count(per_minute: int) -> None:
    counter = cast(Counter, current_app.extensions["facevalue_limits"])
    if not counter.allows(str(request.endpoint), request.remote_addr or "", per_minute=per_minute):
        abort(429)
