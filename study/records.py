"""What of the stored rows enters the chain of a session: one content for each kind of record.

Rows come as mappings of column names to values, as they are written and as they are read back alike. What
is empty is left out, so that columns of later releases leave the links of earlier records as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from study.plan import PlannedTrial

Row = Mapping[str, Any]

CONSENT: Final = "consent"
DEVICE: Final = "device"
PLAN: Final = "plan"
#: A trial that was added to the plan because another one was interrupted.
REPLACEMENT: Final = "replacement"
TRIAL: Final = "trial"
EVENT: Final = "event"
PAGE: Final = "questionnaire"
END: Final = "end"
CODE: Final = "code"
#: Begins the chain of a session that is older than chains; what follows was computed from what was stored.
MIGRATION: Final = "migration"
#: A message of such a session of which only the number is known.
MESSAGE: Final = "message"

_KEYS = frozenset({"id", "session_id", "trial_id", "sequence"})
_OF_CONSENT = (
    "session",
    "participant",
    "namespace",
    "language",
    "consent_hash",
    "consent_action",
    "consented_at",
    "recruiter",
    "browser",
    "operating_system",
    "form",
)
OF_PLACE = ("place", "cell", "list_number", "seed", "started_at")
PLANNED = tuple(field.name for field in fields(PlannedTrial))
_NOT_GIVEN = _KEYS | (frozenset(PLANNED) - {"position"})


# Whatever is stored together carries one time, in many columns.
@lru_cache(64)
def moment(at: datetime) -> str:
    """A time as it stands in a record: ISO 8601 in UTC with microseconds.

    One without a zone is in UTC: SQLite forgets the zone.
    """
    aware = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _only(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name in names
        if (value := row.get(name)) is not None
    }


def _all_but(row: Row, names: frozenset[str]) -> dict[str, Any]:
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and name not in names
    }


def consent_content(session: Row, *, protocol_hash: str) -> dict[str, Any]:
    """Who agreed to what, when, and the protocol that the session follows."""
    return {**_only(session, _OF_CONSENT), "protocol_hash": protocol_hash}


def device_content(session: Row) -> dict[str, Any]:
    """What the device check found."""
    return {"device": session["device"]}


def plan_content(session: Row, trials: Iterable[Row]) -> dict[str, Any]:
    """The place taken and every trial planned; ``trials`` in the order of their positions."""
    return {**_only(session, OF_PLACE), "trials": [_only(trial, PLANNED) for trial in trials]}


def replacement_content(trial: Row) -> dict[str, Any]:
    """A trial that was added to the plan."""
    return {"trial": _only(trial, PLANNED)}


def trial_content(trial: Row, ratings: Iterable[Row]) -> dict[str, Any]:
    """What was shown on a trial and what was answered; ``ratings`` in the order in which they were given."""
    return {**_all_but(trial, _NOT_GIVEN), "ratings": [_all_but(rating, _KEYS) for rating in ratings]}


def event_content(event: Row) -> dict[str, Any]:
    return _all_but(event, _KEYS)


def page_content(answers: Iterable[Row]) -> dict[str, Any]:
    """The answers to one page of a questionnaire, by item."""
    in_order = sorted(answers, key=lambda answer: str(answer["item"]))
    return {"answers": [_all_but(answer, _KEYS) for answer in in_order]}


def end_content(session: Row) -> dict[str, Any]:
    """How a session ended."""
    return _only(session, ("status", "completed_at"))


def code_content(session: Row) -> dict[str, Any]:
    """The digest of the code by which its participant can withdraw."""
    return _only(session, ("withdrawal_code_hash",))
