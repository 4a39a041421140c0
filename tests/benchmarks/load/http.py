"""A light HTTP/1.1 client: one kept connection for each robot, cookies, nothing that costs much.

Robots share their cores with the server they measure, so what they cost is taken from it. Of a response no
more is read than what somebody asks for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    status: int
    head: bytes
    body: bytes

    @cached_property
    def headers(self) -> dict[str, str]:
        """By name in small letters; of several with one name the last."""
        return dict(self.named)

    @property
    def named(self) -> list[tuple[str, str]]:
        lines = (line.partition(": ") for line in self.head.decode("latin-1").split("\r\n")[1:])
        return [(name.lower(), value) for name, _, value in lines]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Line(asyncio.Protocol):
    """One connection: what is sent is answered before anything else is sent."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[Reply] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._fail(exc or EOFError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        reply = _read(self._received)
        if reply is not None and self._waiting is not None and not self._waiting.done():
            self._received.clear()
            self._waiting.set_result(reply)

    async def ask(self, request: bytes) -> Reply:
        if self.transport is None:
            raise EOFError("the server closed the connection")
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        late = loop.call_later(TIMEOUT_SECONDS, self._fail, TimeoutError(f"no answer in {TIMEOUT_SECONDS} s"))
        self.transport.write(request)
        try:
            return await self._waiting
        finally:
            late.cancel()

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def _read(received: bytearray) -> Reply | None:
    """The response when all of it is there."""
    end = received.find(_END)
    if end < 0:
        return None
    head = bytes(received[:end])
    lowered = head.lower()
    begin, status = end + len(_END), int(head[9:12])
    if b"transfer-encoding: chunked" in lowered:
        body = _joined(received[begin:])
        return None if body is None else Reply(status, head, body)
    at = lowered.find(b"content-length:")
    length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(received) < begin + length:
        return None
    return Reply(status, head, bytes(received[begin : begin + length]))


def _joined(chunks: bytes | bytearray) -> bytes | None:
    """The body that came in chunks; None while some are missing."""
    body = b""
    while True:
        size, found, rest = chunks.partition(b"\r\n")
        length = int(size, 16) if found else -1
        if length < 0 or len(rest) < length + 2:
            return None
        if length == 0:
            return body
        body, chunks = body + rest[:length], rest[length + 2 :]


class Connection:
    """Requests one after another to one server, as one browser with its cookies."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._cookies: dict[str, str] = {}
        self._line: _Line | None = None
        self._always = ""
        self._say_always()

    async def get(self, path: str) -> Reply:
        """A page, after as many redirects as it takes."""
        reply = await self._ask("GET", path)
        return await self._follow(reply)

    async def form(self, path: str, fields: dict[str, str]) -> Reply:
        """Send a form and go where it leads."""
        body = urlencode(fields).encode()
        return await self._follow(await self._ask("POST", path, body, "application/x-www-form-urlencoded"))

    async def send(self, path: str, body: bytes, *, headers: str = "") -> Reply:
        """Send JSON."""
        return await self._ask("POST", path, body, "application/json", headers)

    def close(self) -> None:
        if self._line and self._line.transport:
            self._line.transport.close()
        self._line = None

    async def _follow(self, reply: Reply) -> Reply:
        while reply.status in (301, 302, 303, 307):
            target = urlsplit(reply.headers["location"])
            reply = await self._ask("GET", target.path + (f"?{target.query}" if target.query else ""))
        return reply

    async def _ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "", headers: str = ""
    ) -> Reply:
        about = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if method == "POST" else ""
        request = f"{method} {path} HTTP/1.1\r\n{self._always}{about}{headers}\r\n".encode() + body
        if self._line is None:
            loop = asyncio.get_running_loop()
            _, self._line = await loop.create_connection(_Line, self._host, self._port)
        try:
            reply = await self._line.ask(request)
        except (OSError, EOFError):
            self.close()
            raise
        lowered = reply.head.lower()
        if b"\r\nset-cookie:" in lowered:
            self._keep_cookies(reply)
        if b"\r\nconnection: close" in lowered:
            self.close()
        return reply

    def _keep_cookies(self, reply: Reply) -> None:
        for name, value in reply.named:
            if name == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
        self._say_always()

    def _say_always(self) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        said = f"Host: {self._host}:{self._port}\r\nUser-Agent: load\r\n"
        self._always = said + (f"Cookie: {cookies}\r\n" if cookies else "")
