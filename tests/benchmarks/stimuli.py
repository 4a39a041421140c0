"""How long check, prepare and pair take for a large set: `python -m tests.benchmarks.stimuli`.

A thousand pictures of 1024 px are made from a folder of faces (`FACEVALUE_SHARED`, else `../shared`), or from
the two public-domain portraits that matplotlib and scikit-image carry, each with a turn, a shift, a size, a
tone and a grain of its own. Each command runs as a process of its own, as a researcher starts it; seconds
are wall time and CPU on whatever else the machine does, memory is the most that the process and its
children together held at one moment.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from stimuli.picture import Pixels, read_picture

SIDE_PX = 1024
COLUMNS = ("file", "origin", "generator", "stated_gender", "stated_age", "licence", "consent", "attribution")


@dataclass(frozen=True)
class Usage:
    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int


def write_pictures(folder: Path, n_pictures: int, *, seed: int = 0) -> str:
    """A folder of originals with its sources.csv, half of them called real; says what they are made from."""
    rng = np.random.default_rng(seed)
    real, ai, source = _portraits()
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(n_pictures):
        origin = ("real", "ai")[number % 2]
        portraits = real if origin == "real" else ai
        pixels, gender = portraits[number // 2 % len(portraits)]
        file = f"images/{number:04d}.jpg"
        Image.fromarray(_variant(pixels, rng)).save(folder / file, quality=92, subsampling=0)
        rows.append(
            {
                "file": file,
                "origin": origin,
                "generator": "" if origin == "real" else "varied",
                "stated_gender": gender,
                "stated_age": str(rng.integers(18, 60)),
                "licence": "for benchmarks only",
                "consent": "for benchmarks only",
            }
        )
    with (folder / "sources.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return source


def _portraits() -> tuple[list[tuple[Pixels, str]], list[tuple[Pixels, str]], str]:
    shared = Path(os.environ.get("FACEVALUE_SHARED", Path(__file__).parents[3] / "shared")) / "faces"
    if not (shared / "sources.csv").is_file():
        women = [(_shrunk(pixels), "woman") for pixels in _public_domain_portraits()]
        return women, women, "two public-domain portraits"
    with (shared / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_origin: dict[str, list[tuple[Pixels, str]]] = {"real": [], "ai": []}
    for row in rows:
        by_origin[row["origin"]].append((_shrunk(read_picture(shared / row["file"])), row["stated_gender"]))
    return by_origin["real"], by_origin["ai"], f"{len(rows)} portraits"


def _public_domain_portraits() -> Iterator[Pixels]:
    from matplotlib import cbook
    from skimage import data

    yield data.astronaut()
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        yield np.asarray(image.convert("RGB"))


def _shrunk(pixels: Pixels) -> Pixels:
    """At most as large as the pictures to be made, so that all fit into memory."""
    scale = min(1.0, SIDE_PX / max(pixels.shape))
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _variant(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The whole portrait on a square, turned by up to 8 degrees, up to 15 % smaller, lighter or darker."""
    height, width = pixels.shape[:2]
    scale = SIDE_PX / max(height, width) * rng.uniform(0.85, 1.0)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-8, 8), scale)
    matrix[:, 2] += SIDE_PX / 2 - np.array([width, height]) / 2 + rng.uniform(-20, 20, 2)
    turned = cv2.warpAffine(
        pixels, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    tone = 255 * (turned / 255) ** rng.uniform(0.8, 1.25)
    grain = rng.normal(0, rng.uniform(0.5, 2.5), (SIDE_PX, SIDE_PX, 1))
    return np.clip(tone + grain, 0, 255).astype(np.uint8)


def measured(arguments: list[str]) -> Usage:
    """Run one facevalue command to its end."""
    command = [str(Path(sys.executable).with_name("facevalue")), "stimuli", *arguments]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        watch = _PeakMemory(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - started
    return Usage(wall_s, used.ru_utime + used.ru_stime, watch.stop(), process.returncode)


class _PeakMemory:
    """Looks ten times a second how much memory a process and its children hold; needs Linux's /proc."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak_kb, self._done = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._done.set()
        self._thread.join()
        return self._peak_kb / 1024

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self._peak_kb = max(self._peak_kb, sum(_resident_kb(pid) for pid in _family(self._pid)))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
    except OSError:
        return  # gone meanwhile


def _resident_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def table(folder: Path, n_pictures: int) -> Iterator[str]:
    originals, prepared = folder / "originals", folder / "prepared"
    steps = [
        ("check", ["check", str(originals)]),
        ("prepare", ["prepare", str(originals), str(prepared)]),
        ("pair", ["pair", str(prepared)]),
    ]
    yield "| command | wall, s | CPU, s | peak memory, MB | pictures/s | exit status |"
    yield "|---|---|---|---|---|---|"
    total = Usage(0, 0, 0, 0)
    for name, arguments in steps:
        used = measured(arguments)
        yield _row(f"`{name}`", used, n_pictures, str(used.status))
        total = Usage(
            total.wall_s + used.wall_s, total.cpu_s + used.cpu_s, max(total.peak_mb, used.peak_mb), 0
        )
    yield _row("all three", total, n_pictures, "")


def _row(name: str, used: Usage, n_pictures: int, status: str) -> str:
    rate = n_pictures / used.wall_s
    return f"| {name} | {used.wall_s:.1f} | {used.cpu_s:.1f} | {used.peak_mb:.0f} | {rate:.1f} | {status} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="keep the originals in this folder, or use those there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.keep or Path(place)
        if not (folder / "originals").exists():
            source = write_pictures(folder / "originals", options.pictures)
            print(f"{options.pictures} pictures of {SIDE_PX} px made from {source}", flush=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            (Path(work) / "originals").symlink_to((folder / "originals").resolve())
            for line in table(Path(work), options.pictures):
                print(line, flush=True)


if __name__ == "__main__":
    main()
