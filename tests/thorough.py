"""How many examples hypothesis tries: enough to notice a slip in every run, and all of them on request."""

from __future__ import annotations

import os


def examples(n: int) -> int:
    """A third of ``n``, or all where the variable FACEVALUE_THOROUGH is set."""
    return n if "FACEVALUE_THOROUGH" in os.environ else n // 3
