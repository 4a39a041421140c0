"""The demo study with robots, step by step, for benchmarks to time or to repeat."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from study.database import open_engine
from study.demo import prepare_demo
from study.export import Selection, export_study
from study.links import participant_link
from study.robots import RobotTruth, run_robots
from study.running import now
from study.serving import running_server
from study.settings import read_settings

Stage = Callable[[str], AbstractContextManager[None]]


def rehearse(
    folder: Path, *, faces: Path | None, n: int, seed: int, stage: Stage = lambda _: nullcontext()
) -> dict[str, Any]:
    """Pictures, study, robots, export, report; the numbers of the report."""
    settings = read_settings({}, data=folder)
    with stage("prepare and publish"):
        demo = prepare_demo(folder, database=settings.database, pictures=settings.pictures, faces=faces)
    # The server's CPU is counted when it has ended, so its start and end belong to the stage.
    with stage("robots, with the server"), running_server(settings) as address:
        link = participant_link(settings, demo.slug, address=address, namespace="robot")
        stimulus_set = demo.study_folder / "stimuli"
        run_robots(link, n=n, truth=RobotTruth(), seed=seed, stimulus_set=stimulus_set)
    with stage("export"):
        engine = open_engine(settings.database)
        export_study(
            engine, demo.slug, folder / "export", now=now(), selection=Selection(namespaces=("robot",))
        )
        engine.dispose()
    with stage("report"):
        make_report(folder / "export", folder / "report.html", "html")
    make_report(folder / "export", folder / "report.json", "json")
    numbers: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return numbers


def make_report(export: Path, file: Path, kind: str) -> None:
    command = [sys.executable, "-m", "analysis", "report", export, "-o", file, "--format", kind]
    subprocess.run(command, check=True, capture_output=True)
