"""The light client of the load benchmark reads what servers send, however it is cut, and says what failed."""

from __future__ import annotations

import asyncio

import pytest

from tests.benchmarks.load import http
from tests.benchmarks.load.http import Connection

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


def talk(script, ask):
    """Run ``ask(connection)`` against a server that answers with ``script``: for each request some parts."""
    heard: list[bytes] = []

    async def answer(reader, writer):
        for parts in script:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    async def run():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await ask(Connection(f"http://127.0.0.1:{port}"))

    return asyncio.run(run()), heard


@pytest.mark.parametrize("whole", [PLAIN, CHUNKED])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_response_is_read_however_it_is_cut(whole, size):
    parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    reply, _ = talk([parts], lambda connection: connection.get("/"))
    assert (reply.status, reply.text) == (200, "hello")


def test_a_response_without_a_body_is_complete():
    reply, _ = talk([[EMPTY]], lambda connection: connection.get("/"))
    assert (reply.status, reply.body) == (204, b"")


def test_cookies_are_sent_back_and_redirects_followed():
    script = [
        [
            b"HTTP/1.1 303 See Other\r\nlocation: /next?a=1\r\n",
            b"set-cookie: one=1; Path=/\r\nSet-Cookie: two=2\r\n\r\n",
        ],
        [PLAIN],
    ]
    reply, heard = talk(script, lambda connection: connection.form("/begin", {}))
    assert reply.text == "hello"
    assert heard[0].startswith(b"POST /begin HTTP/1.1\r\n")
    assert b"Cookie" not in heard[0]
    assert heard[1].startswith(b"GET /next?a=1 HTTP/1.1\r\n")
    assert b"\r\nCookie: one=1; two=2\r\n" in heard[1]


def test_a_connection_that_ends_too_early_is_an_error():
    with pytest.raises(EOFError, match="the server closed the connection"):
        talk([[PLAIN[:-1]]], lambda connection: connection.get("/"))


def test_a_server_that_says_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.05)

    async def ask(connection):
        with pytest.raises(TimeoutError, match=r"no answer in 0.05 s"):
            await connection.get("/")

    talk([[b""], [PLAIN]], ask)
