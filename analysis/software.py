"""Versions of what computes the numbers of a report."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

#: Everything whose version may move a digit of the report, or a point of its drawings.
PACKAGES = (
    "facevalue",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "numba",
    "formulaic",
    "statsmodels",
    "pyarrow",
    "joblib",
    "threadpoolctl",
    "jinja2",
    "markdown-it-py",
    "click",
)


def software_versions() -> dict[str, str]:
    """Versions of what computed the numbers."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed as a package"
    return versions
