"""A usual study, simulated once in a test run, and the whole report of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.dataset import read_export
from analysis.report import Report, build_report
from analysis.simulate import simulate_export
from tests.once import made_once


def usual_export(factory: pytest.TempPathFactory) -> Path:
    """A small study with careless, late and stopping robots."""

    def simulate(folder: Path) -> Path:
        simulate_export(
            folder / "study",
            n_participants=24,
            n_pairs=12,
            exposures_ms=(100, 500, None),
            careless_share=0.1,
            late_frame_share=0.1,
            dropout_share=0.15,
            seed=3,
        )
        return folder / "study"

    return made_once(factory, "usual_export", simulate)


def whole_report(factory: pytest.TempPathFactory) -> tuple[Report, list[str]]:
    """All chapters, built in two processes, and their names in the order in which they were done."""

    def build(_: Path) -> tuple[Report, list[str]]:
        done: list[str] = []
        report = build_report(
            read_export(usual_export(factory)),
            n_resamples=200,
            jobs=2,
            progress=lambda one: done.append(one.name),
        )
        return report, done

    return made_once(factory, "whole_report", build)
