"""The examples in docstrings are true."""

import doctest

import pytest

from analysis import detection
from analysis.claims import formulas, reasons, verdict
from analysis.reliability import coefficient


@pytest.mark.parametrize("module", [coefficient, detection, formulas, reasons, verdict])
def test_docstring_examples_hold(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted > 0
    assert results.failed == 0
