"""How long verifying, saving and restoring take, and how much memory: `python -m tests.benchmarks.keeping`.

Sessions are answered through the flow, then each command runs in a process of its own. Seconds are wall time
on whatever else the machine does; memory is the peak of that process.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, select

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import LedgerEntry
from study.protocol import read_study
from tests.conftest import MOMENT, ROOT, write_stimulus_set
from tests.study.test_flow import answer_everything, start


def prepare(folder: Path, n_sessions: int) -> int:
    """An installation with so many people who answered everything; returns its links."""
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder / "study")
    write_stimulus_set(folder / "study" / "stimuli", n_pairs=24)
    engine = open_engine(f"sqlite:///{folder / 'facevalue.sqlite'}")
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(
            db, read_study(folder / "study" / "study.toml"), pictures=folder / "pictures", now=MOMENT
        )
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    for _ in range(n_sessions):
        answer_everything(engine, start(engine, namespace="robot"))
    with reading(engine) as db:
        n_links = db.scalar(select(func.count()).select_from(LedgerEntry)) or 0
    engine.dispose()
    return n_links


def measured(arguments: Sequence[str]) -> tuple[float, float]:
    """Seconds of a command and its peak memory, MB."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (list(arguments),))


def _measured(arguments: list[str]) -> tuple[float, float]:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "study", "study", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - begun
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, nargs="+", default=[50, 400])
    print("sessions  records  command      s     MB")
    for n_sessions in options.parse_args().sessions:
        with tempfile.TemporaryDirectory(prefix="facevalue-keeping-") as name:
            folder = Path(name)
            n_links = prepare(folder, n_sessions)
            data = ["--data", str(folder)]
            for command in (
                ["verify", *data],
                ["backup", str(folder / "b.zip"), *data],
                ["restore", str(folder / "b.zip"), "--data", str(folder / "new")],
            ):
                seconds, megabytes = measured(command)
                print(f"{n_sessions:8}  {n_links:7}  {command[0]:<8} {seconds:6.1f} {megabytes:6.0f}")


if __name__ == "__main__":
    main()
