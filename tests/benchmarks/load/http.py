"""A light HTTP/1.1 client: one kept connection for each robot, cookies, nothing that costs much."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """Requests one after another to one server, as one browser with its cookies."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

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
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _follow(self, reply: Reply) -> Reply:
        while reply.status in (301, 302, 303, 307):
            target = urlsplit(reply.headers["location"])
            reply = await self._ask("GET", target.path + (f"?{target.query}" if target.query else ""))
        return reply

    async def _ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "", headers: str = ""
    ) -> Reply:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", "User-Agent: load"]
        if self._cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self._cookies.items()))
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        request = ("\r\n".join(lines) + "\r\n" + headers + "\r\n").encode() + body
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._exchange(request)

    async def _exchange(self, request: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            reply = await self._read(reader, head)
        except (OSError, EOFError):
            self.close()
            raise
        if reply.headers.get("connection") == "close":
            self.close()
        return reply

    async def _read(self, reader: asyncio.StreamReader, head: list[str]) -> Reply:
        headers: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
            headers[name.lower()] = value
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b"".join([part async for part in _chunks(reader)])
        else:
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Reply(int(head[0].split()[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> Any:
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
