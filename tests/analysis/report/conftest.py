"""Reports made once: one of the quick chapters, to be written in every format, and one of all."""

from pathlib import Path

import pytest

from analysis.dataset import Dataset
from analysis.report import Report, assemble, build_report, render_html
from tests.once import made_once

#: Chapters of every kind of part; what the others say is tested chapter by chapter.
QUICK = ("question", "claims", "design", "flow", "detection", "trust", "pairs", "deviations", "provenance")


@pytest.fixture(scope="session")
def report(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Report:
    def build(_: Path) -> Report:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assemble, "ORDER", QUICK)
            return build_report(dataset, n_resamples=200)

    return made_once(tmp_path_factory, "quick_report", build)


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    return render_html(report)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports made in the test, also by a command, hold the chapters of ``report``."""
    monkeypatch.setattr(assemble, "ORDER", QUICK)


@pytest.fixture
def quickest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports made in the test hold no model, for what is told beside the numbers."""
    monkeypatch.setattr(assemble, "ORDER", ("question", "design", "pairs", "deviations", "provenance"))
