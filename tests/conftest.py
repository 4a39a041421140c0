"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of faces and data beside the project; in CI it must be there."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("FACEVALUE_SHARED") or root / ".." / "shared").resolve()
    if not (folder / "faces" / "sources.csv").is_file():
        reason = f"expected faces/sources.csv in {folder}, not there; set FACEVALUE_SHARED"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
