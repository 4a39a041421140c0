"""The production server as a process that can be killed and started again at the same port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

import requests

from study.serving import as_environment, free_port
from study.settings import Settings

START_SECONDS = 60.0


class KillableServer:
    """``facevalue study serve`` in a process group of its own."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port(0)
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        #: Seconds from the start command to the first answer, of each start.
        self.starts: list[float] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait for the first answer."""
        begun = time.monotonic()
        command = [sys.executable, "-m", "study", "study", "serve", "--port", str(self.port), "--quiet"]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **as_environment(self._settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while time.monotonic() - begun < START_SECONDS:
            with suppress(requests.RequestException):
                if requests.get(f"http://127.0.0.1:{self.port}/health", timeout=2).ok:
                    self.starts.append(time.monotonic() - begun)
                    return
            time.sleep(0.02)
        raise AssertionError(f"the server did not answer within {START_SECONDS:.0f} s")

    def kill(self) -> None:
        """kill -9 of the whole process group, in the middle of whatever it does."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
