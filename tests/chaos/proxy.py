"""A proxy between browser and server that loses, repeats, delays, reorders, cuts and forges what passes.

One connection a request, in both directions, so that each fault hits exactly one of them. What the server
said is passed on byte by byte.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 30.0
MOST_BYTES = 4 * 1024 * 1024

KINDS = (
    "lost on the way there",
    "lost on the way back",
    "reset on the way there",
    "reset on the way back",
    "duplicated",
    "delayed",
    "arrives late, after newer ones",
    "replayed later",
    "request cut short",
    "answer cut short",
    "page of a captive portal",
    "redirect to a captive portal",
    "429 with Retry-After",
    "503",
    "413",
    "502 as HTML",
)

_PORTAL = b"<!doctype html><title>Welcome to our network</title><p>Please accept the terms.</p>"


@dataclass(frozen=True)
class _Request:
    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.partition(b"\r\n")[0].decode("latin-1")

    @property
    def path(self) -> str:
        return self.line.split(" ")[1].partition("?")[0]

    @property
    def whole(self) -> bytes:
        lines = [
            line
            for line in self.head.split(b"\r\n")
            if line and not line.lower().startswith((b"connection:", b"keep-alive:"))
        ]
        return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + self.body


class FaultyProxy:
    """Listens on a port of its own and passes requests on to ``upstream_port``.

    ``rate`` is the share of requests that meet a fault, drawn evenly from ``kinds``; it may be changed while
    the proxy runs. ``spares`` names paths by their ending that meet none. ``counts`` says what was injected.
    """

    def __init__(
        self,
        upstream_port: int,
        *,
        rate: float,
        seed: int,
        kinds: Collection[str] = KINDS,
        hits: Callable[[str], bool] = lambda _path: True,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.rate = rate
        self.port = 0
        self._upstream = upstream_port
        self._hits = hits
        self.kinds = tuple(kinds)
        self._rng = Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._later: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settle(self) -> None:
        """Wait until everything that was held back has arrived."""
        asyncio.run_coroutine_threadsafe(self._settled(), self._loop).result(timeout=60)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MOST_BYTES)

    async def _end(self) -> None:
        await self._settled()
        if self._server:
            self._server.close()
        # Whoever asked has gone; what is still waiting would complain when the loop is gone too.
        waiting = asyncio.all_tasks() - {task for task in (asyncio.current_task(),) if task}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _settled(self) -> None:
        while self._later:
            await asyncio.gather(*self._later, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            request = await asyncio.wait_for(_read_request(reader), PATIENCE_SECONDS)
            kind = self._draw(request)
            if kind:
                self.counts[kind] += 1
            await _FAULTS.get(kind, FaultyProxy._pass)(self, request, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def _draw(self, request: _Request) -> str:
        if not self._hits(request.path) or self._rng.random() >= self.rate:
            return ""
        return self._rng.choice(self.kinds)

    def _afterwards(self, work: Awaitable[object], seconds: float) -> None:
        async def run() -> None:
            await asyncio.sleep(seconds)
            with suppress(OSError, TimeoutError):
                await work

        task = self._loop.create_task(run())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _ask(self, content: bytes) -> bytes:
        """What the server answers; empty when it is not there."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            return b""
        try:
            writer.write(content)
            await writer.drain()
            return await asyncio.wait_for(reader.read(-1), PATIENCE_SECONDS)
        except (OSError, TimeoutError):
            return b""
        finally:
            writer.close()

    # Each takes the request and where its answer goes.

    async def _pass(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        writer.write(await self._ask(request.whole))
        await writer.drain()

    async def _lose_there(self, _request: _Request, _writer: asyncio.StreamWriter) -> None:
        pass

    async def _lose_back(self, request: _Request, _writer: asyncio.StreamWriter) -> None:
        await self._ask(request.whole)

    async def _reset_there(self, _request: _Request, writer: asyncio.StreamWriter) -> None:
        _reset(writer)

    async def _reset_back(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        await self._ask(request.whole)
        _reset(writer)

    async def _duplicate(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        first, _ = await asyncio.gather(self._ask(request.whole), self._ask(request.whole))
        writer.write(first)
        await writer.drain()

    async def _delay(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._rng.uniform(0.2, 2))
        await self._pass(request, writer)

    async def _late(self, request: _Request, _writer: asyncio.StreamWriter) -> None:
        # The client hears nothing and asks again; that one overtakes this one.
        self._afterwards(self._ask(request.whole), self._rng.uniform(0.5, 3))

    async def _replay(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        await self._pass(request, writer)
        self._afterwards(self._ask(request.whole), self._rng.uniform(0.2, 3))

    async def _cut_request(self, request: _Request, _writer: asyncio.StreamWriter) -> None:
        content = request.whole
        cut = len(content) - max(1, len(request.body) // 2)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        writer.write(content[:cut])
        await writer.drain()
        writer.close()
        del reader

    async def _cut_answer(self, request: _Request, writer: asyncio.StreamWriter) -> None:
        answer = await self._ask(request.whole)
        writer.write(answer[: max(1, len(answer) - self._rng.randint(1, max(1, len(answer) // 3)))])
        await writer.drain()


def _saying(status: str, body: bytes, *headers: bytes) -> Callable[..., Awaitable[None]]:
    async def say(_proxy: FaultyProxy, _request: _Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}".encode(), b"Content-Type: text/html", *headers]
        lines += [f"Content-Length: {len(body)}".encode(), b"Connection: close", b"", b""]
        writer.write(b"\r\n".join(lines) + body)
        await writer.drain()

    return say


_FAULTS: dict[str, Callable[..., Awaitable[None]]] = {
    "lost on the way there": FaultyProxy._lose_there,
    "lost on the way back": FaultyProxy._lose_back,
    "reset on the way there": FaultyProxy._reset_there,
    "reset on the way back": FaultyProxy._reset_back,
    "duplicated": FaultyProxy._duplicate,
    "delayed": FaultyProxy._delay,
    "arrives late, after newer ones": FaultyProxy._late,
    "replayed later": FaultyProxy._replay,
    "request cut short": FaultyProxy._cut_request,
    "answer cut short": FaultyProxy._cut_answer,
    "page of a captive portal": _saying("200 OK", _PORTAL),
    "redirect to a captive portal": _saying("302 Found", _PORTAL, b"Location: http://127.0.0.1:9/portal"),
    "429 with Retry-After": _saying("429 Too Many Requests", b"slow down", b"Retry-After: 1"),
    "503": _saying("503 Service Unavailable", b"not now"),
    "413": _saying("413 Content Too Large", b"too much"),
    "502 as HTML": _saying("502 Bad Gateway", _PORTAL),
}


async def _read_request(reader: asyncio.StreamReader) -> _Request:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return _Request(head, await reader.readexactly(length) if length else b"")


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, as a rebooting router does: the other side gets a reset."""
    stream = writer.get_extra_info("socket")
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
