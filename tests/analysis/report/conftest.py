"""One report, made once, to be written in every format."""

import pytest

from analysis.dataset import Dataset
from analysis.report import Report, build_report, render_html


@pytest.fixture(scope="session")
def report(dataset: Dataset) -> Report:
    return build_report(dataset, n_resamples=200)


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    return render_html(report)
