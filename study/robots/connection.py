"""A robot's line to the server: what did not surely arrive is sent again, until patience is over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import requests

from study.robots.page import read_page

PATIENCE_SECONDS = 30.0
TIMEOUT_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

# The server, or something between, says "not now"; every other status is an answer.
_NOT_NOW = frozenset({408, 413, 425, 429, 500, 502, 503, 504})


class WalkError(RuntimeError):
    """A robot that could not go on; the text says where and what it met."""


class _NotNowError(Exception):
    """An attempt that has to be made again, at the earliest after ``after_seconds``."""

    def __init__(self, words: str, after_seconds: float = 0.0) -> None:
        super().__init__(words)
        self.after_seconds = after_seconds


class Connection:
    """Requests of one robot, with one cookie jar, as of one browser.

    Whatever a robot sends may arrive twice, so it may be sent twice. An attempt failed when the connection
    did, when the server said that it cannot now, and when something else answered in its place (the page of
    a captive portal, a proxy's error). It is made again, later each time, until the server has been out of
    reach for ``patience_seconds``; before the first answer of all there is no patience.
    """

    def __init__(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = patience_seconds
        self._timeout = timeout_seconds
        self._sleep = sleep
        self._jitter = random.Random()  # noqa: S311 - spreads robots over time, decides nothing
        self._reached = False
        self._http = requests.Session()
        self._http.headers["User-Agent"] = "facevalue-robot/1"
        #: How many attempts failed so far.
        self.failures = 0

    def page(self, method: str, url: str, *, accept: int = 200, **options: Any) -> requests.Response:
        """One of our own pages; any other page, and any other status than 200 and ``accept``, is none."""

        def check(response: requests.Response) -> requests.Response:
            if not read_page(response.text).token:
                raise _NotNowError("expected a page of the study, found another")
            return response

        page: requests.Response = self._until_answered(method, url, check, accept=accept, **options)
        return page

    def json(self, method: str, url: str, **options: Any) -> Any:
        """An answer in JSON; redirects and anything that is no JSON come from something in between."""

        def check(response: requests.Response) -> Any:
            try:
                return response.json()
            except ValueError:
                raise _NotNowError("expected JSON, found something else") from None

        return self._until_answered(method, url, check, allow_redirects=False, **options)

    def bytes(self, url: str, is_whole: Callable[[bytes], bool]) -> bytes:
        """A file; fetched once more when it did not come as it should."""

        def check(response: requests.Response) -> bytes:
            content = response.content
            if not is_whole(content) and self._is_portal(response):
                raise _NotNowError("expected a picture, found a page")
            return content

        content: bytes = self._until_answered("GET", url, check)
        return content if is_whole(content) else self._until_answered("GET", url, check)

    @staticmethod
    def _is_portal(response: requests.Response) -> bool:
        return response.headers.get("Content-Type", "").startswith("text/html")

    def close(self) -> None:
        self._http.close()

    def _until_answered(
        self,
        method: str,
        url: str,
        check: Callable[[requests.Response], Any],
        *,
        accept: int = 200,
        **options: Any,
    ) -> Any:
        where = url.partition("?")[0]
        until: float | None = None
        for attempt in range(10_000):
            try:
                checked = check(self._attempt(method, url, where, accept, options))
            except _NotNowError as trouble:
                self.failures += 1
                until = until or time.monotonic() + (self._patience if self._reached else 0)
                if time.monotonic() >= until:
                    raise WalkError(f"{where}: no answer ({trouble}); is it served?") from None
                self._sleep(self._pause(attempt, trouble))
            else:
                self._reached = True
                return checked
        raise WalkError(f"{where}: no answer after 10,000 attempts; is it served?")

    def _attempt(
        self, method: str, url: str, where: str, accept: int, options: dict[str, Any]
    ) -> requests.Response:
        try:
            response = self._http.request(method, url, timeout=self._timeout, **options)
        except requests.RequestException as error:
            # Kept connections may be dead after an outage.
            self._http.close()
            raise _NotNowError(type(error).__name__) from None
        if response.status_code in (200, accept):
            return response
        if response.status_code in _NOT_NOW or response.is_redirect:
            raise _NotNowError(f"status {response.status_code}", _retry_after(response))
        said = read_page(response.text).heading.strip() or response.text[:200]
        raise WalkError(f"{where}: expected status 200, found {response.status_code}: {said}")

    def _pause(self, attempt: int, trouble: _NotNowError) -> float:
        grown = FIRST_PAUSE_SECONDS * 2.0 ** min(attempt, 20)
        pause = min(LONGEST_PAUSE_SECONDS, grown) * self._jitter.uniform(0.5, 1.5)
        return max(pause, min(trouble.after_seconds, LONGEST_PAUSE_SECONDS))


def _retry_after(response: requests.Response) -> float:
    """Seconds that the answer asks to wait; 0 when it asks for none or names a date."""
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0
