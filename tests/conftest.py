"""What all tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with data and reference values that is not part of the repository."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("FACEVALUE_SHARED", root.parent / "shared"))
    if folder.is_dir():
        return folder
    message = f"no shared data at {folder}; set FACEVALUE_SHARED to the folder"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
