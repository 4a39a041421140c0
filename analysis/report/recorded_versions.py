"""Compute a report with the versions another one was made with, in an environment of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import analysis
from analysis.report.verify import VerifyError

Run = Callable[[Sequence[str], Mapping[str, str]], None]
#: Not packages that can be installed there: the interpreter is this one, facevalue is copied.
_NOT_INSTALLED = ("python", "facevalue")


def numbers_with_recorded_versions(
    export: Path, recorded: Mapping[str, Any], *, measures: Path | None = None, run: Run | None = None
) -> dict[str, Any]:
    """The numbers of ``export`` as the recorded versions compute them.

    Makes a virtual environment in a temporary folder and installs what the report names with pip, which needs
    a network. Python itself stays the one that runs this; facevalue is copied.
    """
    run = run or _run
    with tempfile.TemporaryDirectory(prefix="facevalue-verify-") as folder:
        home = Path(folder)
        python = home / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        run([sys.executable, "-m", "venv", str(home / "venv")], {})
        run([str(python), "-m", "pip", "install", "--quiet", *_wanted(recorded["software"])], {})
        _copy_analysis(home / "code")
        output = home / "numbers.json"
        command = [str(python), "-m", "analysis", "report", str(export.absolute()), "-o", str(output)]
        run([*command, *_settings(recorded, measures)], {"PYTHONPATH": str(home / "code")})
        found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return found


def _wanted(software: Mapping[str, str]) -> list[str]:
    return [
        f"{name}=={version}"
        for name, version in software.items()
        if name not in _NOT_INSTALLED and version[:1].isdigit()
    ]


def _settings(recorded: Mapping[str, Any], measures: Path | None) -> list[str]:
    settings = ["--format", "json", "--seed", str(recorded["seed"])]
    settings += ["--resamples", str(recorded["n_resamples"]), "--namespace", recorded["namespace"]]
    return settings + (["--measures", str(measures.absolute())] if measures else [])


def _copy_analysis(folder: Path) -> None:
    """This package and the version it goes by; facevalue as a whole would bring its web server along."""
    from importlib.metadata import version

    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(analysis.__file__).parent, folder / "analysis", ignore=without)
    name = version("facevalue")
    about = folder / f"facevalue-{name}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: facevalue\nVersion: {name}\n")


def _run(command: Sequence[str], variables: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own arguments
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-6:]
        raise VerifyError(
            f"The recorded versions could not be used ({' '.join(command[1:4])} …):\n" + "\n".join(said)
        )
