"""What is kept of people for how long, and what is due to be purged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RetentionDue:
    """One study at one moment: sessions with recruiter identifiers, and sessions that never completed.

    ``identifiers_next`` and ``unfinished_next`` are when the oldest becomes due, UTC; None: nothing will.
    """

    identifiers_days: int
    n_identified: int
    n_identifiers_due: int
    identifiers_next: datetime | None
    unfinished_days: int | None
    n_unfinished: int
    n_unfinished_due: int
    unfinished_next: datetime | None
