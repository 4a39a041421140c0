"""Where a study stands: published, open or closed, how it was opened, and the versions of its protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from study.history import PublishedVersion, read_history
from study.models import Session, Study


@dataclass(frozen=True)
class Standing:
    """``opened_as``: study, demo, test, unchecked, or empty; ``versions``: the first one first.

    ``imported_at``: when it came from an export, None for a study that was published here; ``labs``: those
    whose exports were merged.
    """

    published_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    opened_as: str
    imported_at: datetime | None
    labs: tuple[str, ...]
    versions: tuple[PublishedVersion, ...]

    @property
    def number(self) -> int:
        """The version that new sessions follow."""
        return self.versions[-1].number

    @property
    def amendments(self) -> tuple[PublishedVersion, ...]:
        return self.versions[1:]


def read_standing(db: DatabaseSession, study: Study, *, namespace: str) -> Standing:
    """The standing of a study, with the people of one namespace counted under each version."""
    return Standing(
        published_at=study.published_at,
        opened_at=study.opened_at,
        closed_at=study.closed_at,
        opened_as=study.opened_as,
        imported_at=study.imported_at,
        labs=tuple(source["lab"] for source in (study.imported_from or {}).get("merged_from", ())),
        versions=read_history(db, study, among=Session.namespace == namespace),
    )
