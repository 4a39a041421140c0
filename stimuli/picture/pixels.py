"""What a picture is once it is open."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Pixels = npt.NDArray[Any]
"""Height x width x 3 values 0-255 in sRGB."""
