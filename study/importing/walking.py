"""Walk through an export session by session: the rows of each, in the order of the participants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from study.importing.problems import Problems
from study.importing.source import Source
from study.importing.tables import rows_of

Row = dict[str, Any]
Numbered = tuple[int, Row]

#: Tables whose rows belong to a session.
OF_SESSIONS = ("trials", "ratings", "events")


@dataclass(frozen=True)
class SessionRecords:
    """All rows of one session, each with its number in its file."""

    person: Row
    trials: list[Numbered]
    ratings: list[Numbered]
    events: list[Numbered]


def read_people(source: Source, problems: Problems) -> dict[str, Numbered]:
    """The row of each session, in the order of the file; a session that comes again is a problem."""
    people: dict[str, Numbered] = {}
    for number, row in rows_of(source, "participants"):
        session = row["session"]
        if session in people:
            first = f"each session once, {session} is in row {people[session][0]}"
            problems.add(
                source.files["participants"], first, "it again", row=number, column="session", kind="again"
            )
        elif session is not None:
            people[session] = (number, row)
    return people


def walk(
    source: Source, people: Mapping[str, Numbered], problems: Problems, tables: tuple[str, ...] = OF_SESSIONS
) -> Iterator[SessionRecords]:
    """Each session with its rows of some tables; one session's rows are in memory at a time.

    Rows of unknown sessions, and those that are not together in the order of the participants, are problems
    and left out.
    """
    streams = {table: _Stream(source, table, people, problems) for table in tables}
    for place, (session, (_, person)) in enumerate(people.items()):
        rows = {table: stream.take(session, place) for table, stream in streams.items()}
        yield SessionRecords(person, *(rows.get(table, []) for table in OF_SESSIONS))
    for stream in streams.values():
        stream.take("", len(people))


class _Stream:
    """The rows of one table, taken session by session."""

    def __init__(
        self, source: Source, table: str, people: Mapping[str, Numbered], problems: Problems
    ) -> None:
        self._file = source.files[table]
        self._places = {session: place for place, session in enumerate(people)}
        self._problems = problems
        groups = groupby(self._known(rows_of(source, table)), key=lambda numbered: numbered[1]["session"])
        self._groups = ((session, list(rows)) for session, rows in groups)
        self._next: tuple[str, list[Numbered]] | None = next(self._groups, None)

    def _known(self, rows: Iterator[Numbered]) -> Iterator[Numbered]:
        """The rows of sessions that are there."""
        for number, row in rows:
            if row["session"] in self._places:
                yield number, row
            elif row["session"] is not None:
                expected, found = "a session of the participants", repr(row["session"])
                self._problems.add(self._file, expected, found, row=number, column="session")

    def take(self, session: str, place: int) -> list[Numbered]:
        """The rows of the session at this place among the participants; what comes before is in no place."""
        while self._next is not None and self._places[self._next[0]] <= place:
            found, rows = self._next
            self._next = next(self._groups, None)
            if found == session:
                return rows
            for number, _ in rows:
                expected = "the rows of a session together, in the order of the participants"
                said = f"session {found} out of place"
                self._problems.add(self._file, expected, said, row=number, column="session")
        return []
