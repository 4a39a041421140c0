"""What a researcher asks of a download, as the form on the study's page sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from study.codebook import STATUSES
from study.export_formats import FORMATS

if TYPE_CHECKING:
    from study.export.as_written import Times

#: How exactly times can be given, with the words of the form.
TIMES: Mapping[Times, str] = {"exact": "to the microsecond", "hour": "to the hour", "day": "to the day"}


class AskedError(ValueError):
    """A form that cannot be read; the text says what was expected."""


@dataclass(frozen=True)
class Asked:
    """Further formats, and which sessions with which times; everything when nothing is said."""

    formats: Sequence[str] = ()
    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    times: Times = "exact"


def read_asked(form: MultiDict[str, str]) -> Asked:
    """What the form says; names that do not exist are passed over. Raises AskedError for what is no date."""
    return Asked(
        formats=[name for name in FORMATS if name in form.getlist("also")],
        statuses=tuple(name for name, _ in STATUSES if name in form.getlist("status")),
        since=_day(form, "since"),
        until=_day(form, "until"),
        times=next((times for times in TIMES if times == form.get("times")), "exact"),
    )


def _day(form: MultiDict[str, str], name: str) -> datetime | None:
    said = form.get(name, "").strip()
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise AskedError(f"{name}: expected a day such as 2026-03-01, found {said!r}") from None
    return datetime.combine(day, time(), UTC)
