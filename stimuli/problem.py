"""One thing that is wrong with a set of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """``file`` is empty for what concerns the whole set; ``remedy`` says what to do.

    ``kind`` is one word or two under which problems are listed together, such as ``licence``.
    """

    severity: Severity
    file: str
    sentence: str
    remedy: str
    kind: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        return f"{self.severity}: {where}{self.sentence}; {self.remedy}"
