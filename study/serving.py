"""Serve the app: in this process until Ctrl-C, or beside it for as long as a block runs."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from study.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from granian.server.common import AbstractServer

START_SECONDS = 30.0
STOP_SECONDS = 10

#: Requests that one process works on at a time. Answers that wait for the same commit cost least.
THREADS = 16

#: Processes that are started unasked. PostgreSQL takes a hundred connections, and each process up to twenty.
MOST_WORKERS = 4


class ServerError(RuntimeError):
    """The server did not come up; the text carries what it said."""


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment variables that read_settings reads."""
    return {
        "FACEVALUE_DATA": str(settings.data),
        "FACEVALUE_DATABASE": settings.database,
        "FACEVALUE_SECRET_KEY": settings.secret_key,
        "FACEVALUE_HTTPS": "1" if settings.https else "0",
        "FACEVALUE_PROXIES": str(settings.proxies),
        "FACEVALUE_LOG": settings.log,
    }


def serve(settings: Settings, *, host: str, port: int, workers: int = 1, quiet: bool = False) -> None:
    """Serve until interrupted. Worker processes read their settings from the environment."""
    os.environ.update(as_environment(settings))
    _share_memory_among_threads()
    production_server("study.serving:worker_app", host=host, port=port, workers=workers, quiet=quiet).serve()


def worker_app() -> Flask:
    """The app of a process that works, which stops when its parent says so.

    Ctrl-C in a terminal reaches the parent and its workers alike. A worker that is asked twice at once may
    wait for itself until it is killed, so it does not hear the terminal.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from study.app import create_app

    app = create_app()
    # What is there from the beginning stays for ever. Looking through all of it for what could be forgotten
    # would hold up everybody for some 70 ms, every few hundred visits.
    gc.freeze()
    return app


def usual_workers(database: str) -> int:
    """Processes for a database: one for SQLite; for PostgreSQL one for each core, up to MOST_WORKERS."""
    if database.startswith("sqlite"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


def _share_memory_among_threads() -> None:
    """Let glibc keep two heaps for all threads instead of one for each.

    Threads that hold Python's lock in turn gain nothing from heaps of their own, and what each of them frees
    stays with its own: tens of megabytes. Workers, which are forked, inherit it; elsewhere than with glibc
    nothing happens.
    """
    m_arena_max = -8
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(m_arena_max, 2)


def production_server(
    target: str, *, host: str, port: int, workers: int = 1, quiet: bool = False
) -> AbstractServer[Any]:
    """The server that runs the app that ``target`` makes, ready to serve."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels, logger

    # It finds so many threads high for the cores. They do not compute: they wait for the disk together.
    logger.addFilter(lambda record: "Python threads" not in record.getMessage())
    return Granian(
        target=target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        # Requests have this long to finish.
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
        log_level=LogLevels.warning if quiet else LogLevels.info,
    )


def free_port(preferred: int, *, host: str = "127.0.0.1") -> int:
    """``preferred`` if nobody listens there, else any free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError(f"no free port on {host}; close another program that listens there")


@contextmanager
def running_server(settings: Settings, *, port: int | None = None) -> Iterator[str]:
    """A server in a process group of its own; yields its address and leaves nothing running."""
    with server_process(settings, port=port) as (_, address):
        yield address


@contextmanager
def server_process(
    settings: Settings, *, port: int | None = None, workers: int = 1
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server in a process group of its own: its first process and its address."""
    chosen = free_port(0) if port is None else port
    address = f"http://127.0.0.1:{chosen}"
    command = [sys.executable, "-m", "study", "study", "serve", "--port", str(chosen), "--quiet"]
    command += ["--workers", str(workers)]
    with child_server(command, address, environment={**os.environ, **as_environment(settings)}) as process:
        yield process, address


@contextmanager
def child_server(
    command: Sequence[str],
    address: str,
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    path: str = "/health",
) -> Iterator[subprocess.Popen[bytes]]:
    """Any server in a process group of its own, up when ``path`` answers; ended with all it started."""
    # A pipe that nobody reads would fill up, and then stop the server in the middle of a line.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - commands come from this program and its benchmarks
            list(command),
            env=dict(environment),
            cwd=folder,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_up(process, address, path, said)
            yield process
        finally:
            stop_group(process)


def is_up(address: str, *, seconds: float, path: str = "/health") -> bool:
    """Whether a server answers at ``address`` within ``seconds``."""
    import requests

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if requests.get(f"{address}{path}", timeout=2).ok:
                return True
        except requests.RequestException:
            time.sleep(0.1)
    return False


def _wait_until_up(process: subprocess.Popen[bytes], address: str, path: str, said: IO[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise ServerError(f"the server stopped at once (status {process.returncode}); it said:\n{words}")
        if is_up(address, seconds=0.3, path=path):
            return
    raise ServerError(f"the server did not answer at {address} within {START_SECONDS:.0f} s")


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started: the first is asked, and asks the others; then all are made to."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS + 5)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=5)
