"""Which sessions an export holds, and how exactly it gives their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from study.codebook import NAMESPACES, STATUSES
from study.export.as_written import EXACTNESS, Times
from study.models import Departure, Session, Study


class SelectionError(ValueError):
    """Sessions that cannot be asked for; the text says why and what can."""


@dataclass(frozen=True)
class Selection:
    """The sessions of an export; those of the study itself unless others are wanted.

    ``statuses``: empty for all. ``since`` and ``until``: moments of consent, from the first on and before
    the second, with a zone. ``times`` says how exactly every moment is written.
    """

    namespaces: tuple[str, ...] = ("live",)
    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    times: Times = "exact"

    def checked(self) -> Selection:
        """The same in the order of the codebook; raises SelectionError for what does not exist."""
        names = [name for name, _ in NAMESPACES]
        if not self.namespaces:
            raise SelectionError(f"namespaces: expected some of {', '.join(names)}, found none")
        if self.times not in EXACTNESS:
            raise SelectionError(f"times: expected one of {', '.join(EXACTNESS)}, found {self.times}")
        if self.since and self.until and self.until <= self.since:
            raise SelectionError(
                f"expected an end after the beginning, found {self.since.isoformat()} to "
                f"{self.until.isoformat()}"
            )
        return replace(
            self,
            namespaces=_known("namespaces", self.namespaces, names),
            statuses=_known("statuses", self.statuses, [name for name, _ in STATUSES]),
        )

    @property
    def is_everything(self) -> bool:
        """Whether nobody of the namespaces was left out, and nothing made less exact."""
        return not (self.statuses or self.since or self.until) and self.times == "exact"

    def of_sessions(self, study: Study) -> ColumnElement[bool]:
        """The condition for a session to be exported."""
        conditions = [*self._within(study, Session, Session.consented_at)]
        if self.statuses:
            conditions.append(Session.status.in_(self.statuses))
        return and_(*conditions)

    def of_departures(self, study: Study) -> ColumnElement[bool]:
        """The same for who left nothing but a count; they have no status."""
        return and_(*self._within(study, Departure, Departure.at))

    def _within(
        self, study: Study, model: type[Session] | type[Departure], moment: Any
    ) -> list[ColumnElement[bool]]:
        conditions = [model.study_id == study.id, model.namespace.in_(self.namespaces)]
        if self.since:
            conditions.append(moment >= self.since)
        if self.until:
            conditions.append(moment < self.until)
        return conditions


def _known(what: str, wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise SelectionError(f"{what}: expected some of {', '.join(known)}, found {', '.join(unknown)}")
    return tuple(name for name in known if name in wanted)
