"""The package's face: what it offers, and that importing it costs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis import mixed


def test_everything_offered_is_there():
    for name in mixed.__all__:
        assert getattr(mixed, name) is not None
    with pytest.raises(AttributeError, match=r"module 'analysis.mixed' has no attribute 'nothing'"):
        mixed.nothing  # noqa: B018


def test_importing_the_analysis_loads_neither_numba_nor_formulaic():
    code = (
        "import sys, analysis, analysis.mixed, analysis.report\n"
        "print([name for name in ('numba', 'llvmlite', 'formulaic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_everything_offered_is_in_the_docs():
    page = (Path(__file__).parents[3] / "docs" / "mixed.md").read_text()
    attributes = [name for name in vars(mixed.MixedFit) if not name.startswith("_")]
    attributes += list(mixed.MixedFit.__dataclass_fields__)
    missing = [name for name in (*mixed.__all__, *attributes) if f"`{name}" not in page]
    assert missing == []
