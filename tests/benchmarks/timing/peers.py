"""jsPsych and lab.js, from npm, in pages that follow their manuals."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.timing.bench import Bench
from tests.benchmarks.timing.blocks import (
    AFTER_MS,
    FIXATION_MS,
    GAP_PX,
    HEIGHT_PX,
    KEY,
    UNLIMITED_MS,
    WIDTH_PX,
    Block,
    Told,
)
from tests.benchmarks.timing.screen import ScreenError

PACKAGES = {
    "jspsych": "jspsych@8.3.0",
    "plugin-image-keyboard-response": "@jspsych/plugin-image-keyboard-response@2.2.0",
    "plugin-html-keyboard-response": "@jspsych/plugin-html-keyboard-response@2.2.0",
    "plugin-preload": "@jspsych/plugin-preload@2.1.0",
    "lab.js": "lab.js@20.2.4",
}
PAGES = Path(__file__).parent / "pages"
PATIENCE_S = 60.0


def fetch_peers(cache: Path) -> Path:
    """The packages unpacked under ``cache``, fetched with ``npm pack`` unless they are there; returns it."""
    cache.mkdir(parents=True, exist_ok=True)
    for name, package in PACKAGES.items():
        folder = cache / name
        if (folder / "package.json").is_file() and _version(folder) == package.rpartition("@")[2]:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        _unpack(package, folder)
    return cache


def _version(folder: Path) -> str:
    return str(json.loads((folder / "package.json").read_text())["version"])


def _unpack(package: str, folder: Path) -> None:
    if not shutil.which("npm"):
        raise ScreenError("no npm found; install it, or leave the peers out with --platforms facevalue")
    with tempfile.TemporaryDirectory(prefix="facevalue-npm-") as name:
        command = ["npm", "pack", "--silent", package]
        done = subprocess.run(command, cwd=name, capture_output=True, text=True, timeout=180)
        if done.returncode != 0:
            raise ScreenError(f"npm could not fetch {package}; it said:\n{done.stderr}")
        archive = Path(name) / done.stdout.split()[-1]
        with tarfile.open(archive) as packed:
            packed.extractall(name, filter="data")
        shutil.move(Path(name) / "package", folder)


def write_site(folder: Path, *, cache: Path, pictures: Path) -> None:
    """Everything the peers' pages need, below one folder; ``pictures`` holds a folder for each size."""
    for page in PAGES.iterdir():
        shutil.copy(page, folder)
    (folder / "lib").symlink_to(cache)
    (folder / "pictures").symlink_to(pictures)


@dataclass
class Peer:
    """One page of a peer's; pictures 2k and 2k + 1 are the pair of trial k."""

    name: str
    page: str
    site: Path
    address: str
    n_pictures: int = 2
    needs_answers: bool = False

    def open(self, bench: Bench, block: Block) -> None:
        self._exposures = block.planned_exposures()
        trials = [
            {
                "left": f"pictures/{block.size}/{2 * number:04d}.jpg",
                "right": f"pictures/{block.size}/{2 * number + 1:04d}.jpg",
                "exposure_ms": None if exposure == UNLIMITED_MS else exposure,
            }
            for number, exposure in enumerate(self._exposures)
        ]
        plan = {
            "trials": trials,
            "fixation_ms": FIXATION_MS,
            "after_ms": AFTER_MS,
            "width_px": WIDTH_PX,
            "height_px": HEIGHT_PX,
            "gap_px": GAP_PX,
            "respond": block.respond,
            "key": KEY,
        }
        (self.site / "plan.json").write_text(json.dumps(plan))
        bench.page.goto(f"{self.address}/{self.page}")
        self._until(bench, "window.ready", "the page did not get ready")

    def begin(self, bench: Bench) -> None:
        bench.page.evaluate("window.begin()")

    def is_over(self, bench: Bench) -> bool:
        return bool(bench.page.evaluate("window.finished"))

    def collect(self, bench: Bench) -> list[Told]:
        self._until(bench, "window.finished", "the trials did not come to their end")
        results = bench.page.evaluate("window.results")
        return [
            Told(
                left=_number(result["left"]),
                right=_number(result["right"]) if self.n_pictures == 2 else None,
                exposure_ms=exposure,
                rt_ms=result["rt_ms"],
            )
            for result, exposure in zip(results, self._exposures, strict=True)
        ]

    # Asked a few times a second from here: Playwright's own waiting would ask in every frame.
    def _until(self, bench: Bench, true: str, else_say: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not bench.page.evaluate(true):
            if time.monotonic() > end:
                raise ScreenError(f"{self.name}: {else_say} within {PATIENCE_S:.0f} s")
            time.sleep(0.2)


def _number(address: str) -> int:
    return int(Path(address).stem)


def peers(site: Path, address: str) -> list[Peer]:
    """The pages measured: jsPsych with one picture, jsPsych with two, lab.js."""
    return [
        Peer("jspsych-image", "jspsych.html?plugin=image", site, address, n_pictures=1),
        Peer("jspsych-html", "jspsych.html?plugin=html", site, address),
        Peer("labjs", "labjs.html", site, address),
    ]
