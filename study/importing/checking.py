"""Compare the tables of an export with each other, with its protocol and with what it says of itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from study.importing.facts import PACKAGE
from study.importing.problems import Problems
from study.importing.source import Source
from study.importing.tables import check_values, has_header, rows_of
from study.importing.walking import OF_SESSIONS, Numbered, Row, SessionRecords, read_people, walk

_REPEATED = ("participant", "protocol_hash")
_REPEATED_WITH_CELL = (*_REPEATED, "namespace", "cell")
_HEAD = re.compile(r"[0-9a-f]{64}")


@dataclass
class Checked:
    """What writing has to know of an export that was read once: its people and its pictures.

    ``practice`` are the pairs that were shown in practice trials.
    """

    source: Source
    people: dict[str, Numbered] = field(default_factory=dict)
    stimuli: list[Row] = field(default_factory=list)
    practice: set[str] = field(default_factory=set)


def check_source(source: Source, problems: Problems) -> Checked:
    """Read every table once and note all that does not fit; some rows and every person are in memory."""
    readable = [table for table in source.books if has_header(source, table, problems)]
    for table in readable:
        n_rows, said = check_values(source, table, problems), source.facts.counts.get(table)
        if said != n_rows:
            problems.add(source.files[table], f"{said} rows, as {PACKAGE} says", str(n_rows))
    checked = Checked(source)
    if "stimuli" in readable:
        checked.stimuli = list(_stimuli(source, problems))
    if "participants" in readable:
        checked.people = read_people(source, problems)
        _check_people(checked, problems)
        tables = tuple(table for table in OF_SESSIONS if table in readable)
        rows = _Rows(checked, tables, problems)
        for records in walk(source, checked.people, problems, tables):
            rows.check(records)
    return checked


def _say(value: Any) -> str:
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def _compare(
    problems: Problems, file: str, number: int, row: Row, expected: Mapping[str, Any], source: str
) -> None:
    """Note every column of a row that does not say what it must, by what ``source`` says."""
    for column, value in expected.items():
        if row[column] != value:
            said = f"{_say(value)}, as {source} says"
            problems.add(file, said, _say(row[column]), row=number, column=column, kind=source)


# ---- the pictures ----


def _stimuli(source: Source, problems: Problems) -> Iterator[Row]:
    file = source.files["stimuli"]
    known: dict[str, int] = {}
    pairs: Counter[str] = Counter()
    for number, row in rows_of(source, "stimuli"):
        expected = {
            "row_id": f"stimulus-{row['stimulus']}",
            "protocol_hash": source.facts.protocol_hash,
        }
        _compare(problems, file, number, row, expected, PACKAGE)
        if row["stimulus"] in known:
            once = f"each stimulus once, {row['stimulus']} is in row {known[row['stimulus']]}"
            problems.add(file, once, "it again", row=number, column="stimulus", kind="again")
            continue
        known[row["stimulus"]] = number
        if row["pair"] is not None:
            pairs[row["pair"]] += 1
            if pairs[row["pair"]] > 2:
                found = f"a third one of pair {row['pair']}"
                problems.add(file, "two stimuli of a pair", found, row=number, column="pair")
        yield row
    frozen = source.versions[-1].stimulus_counts["n_stimuli"]
    if len(known) != frozen:
        problems.add(file, f"{frozen} stimuli, as the frozen protocol says", str(len(known)))


# ---- the people ----


def _check_people(checked: Checked, problems: Problems) -> None:
    source = checked.source
    facts, file = source.facts, source.files["participants"]
    hashes = [version.facts.protocol_hash for version in source.versions]
    labs = [one.lab for one in facts.merged_from or ()]
    allowed: dict[str, Sequence[str | None]] = {
        "protocol_hash": hashes,
        "namespace": facts.namespaces,
        "lab": labs or [None],
    }
    for session, (number, row) in checked.people.items():
        _compare(problems, file, number, row, {"row_id": f"participant-{session}"}, "the session")
        for column, known in allowed.items():
            if row[column] not in known:
                said = f"one of {', '.join(map(_say, known))}, as {PACKAGE} says"
                problems.add(file, said, _say(row[column]), row=number, column=column)
        if row["chain_head"] is not None and not _HEAD.fullmatch(row["chain_head"]):
            expected = "64 hexadecimal digits"
            problems.add(file, expected, _say(row["chain_head"]), row=number, column="chain_head")
    rows = [row for _, row in checked.people.values()]
    by_hash: Counter[str] = Counter()
    for version in facts.protocol_versions:
        by_hash[version.protocol_hash] += version.participants
    for column, n_said in (("status", facts.participants_by_status), ("protocol_hash", by_hash)):
        _compare_counts(problems, file, column, Counter(row[column] for row in rows), n_said)


def _compare_counts(
    problems: Problems, file: str, column: str, found: Mapping[str, int], said: Mapping[str, int]
) -> None:
    for value in dict.fromkeys([*said, *found]):
        if found.get(value, 0) != said.get(value, 0):
            expected = f"{said.get(value, 0)} rows with {value}, as {PACKAGE} says"
            problems.add(file, expected, str(found.get(value, 0)), column=column)


# ---- their rows ----


class _Rows:
    """Checks the rows of one session after the other."""

    def __init__(self, checked: Checked, tables: tuple[str, ...], problems: Problems) -> None:
        source = checked.source
        self._checked, self._tables, self._problems = checked, tables, problems
        self._files = source.files
        self._origins = {row["stimulus"]: row["origin"] for row in checked.stimuli}
        self._scales = {
            (block.name, question.id)
            for block in source.protocol.blocks
            for question in block.questions
            if question.kind == "scale"
        }

    def check(self, records: SessionRecords) -> None:
        session = records.person["session"]
        trials: dict[int, Row] = {}
        for number, row in records.trials:
            self._trial(number, row, records.person, trials)
        given: set[tuple[Any, ...]] = set()
        last = (0, 0)
        for number, row in records.ratings:
            if "trials" in self._tables:
                self._rating(number, row, records.person, trials)
            key = (row["position"], row["question"], row["target"])
            self._once(number, row, "ratings", "one answer to a question about a face", key, given)
            last = self._in_order(number, row, last)
        events: set[tuple[Any, ...]] = set()
        for number, row in records.events:
            self._event(number, row, records.person, events)
        if "trials" in self._tables:
            answered = sum(row["status"] == "answered" for row in trials.values())
            counts = {"n_planned": len(trials), "n_answered": answered}
            number = self._checked.people[session][0]
            _compare(
                self._problems,
                self._files["participants"],
                number,
                records.person,
                counts,
                "the trials' table",
            )

    def _repeats(self, number: int, row: Row, table: str, person: Row, names: tuple[str, ...]) -> None:
        expected = {name: person[name] for name in names}
        _compare(
            self._problems, self._files[table], number, row, expected, "the session's row of participants"
        )

    def _once(
        self, number: int, row: Row, table: str, words: str, key: tuple[Any, ...], known: set[tuple[Any, ...]]
    ) -> None:
        if key in known:
            self._problems.add(
                self._files[table], words, f"another one, {row['row_id']}", row=number, column="row_id"
            )
        known.add(key)

    def _in_order(self, number: int, row: Row, last: tuple[int, int]) -> tuple[int, int]:
        here = (row["position"] or 0, row["order"] or 0)
        if here < last:
            expected = "the answers of a session in the order of position and order"
            file = self._files["ratings"]
            self._problems.add(file, expected, f"{here} after {last}", row=number, kind="order")
        return here

    def _trial(self, number: int, row: Row, person: Row, trials: dict[int, Row]) -> None:
        file, position = self._files["trials"], row["position"]
        self._repeats(number, row, "trials", person, (*_REPEATED_WITH_CELL, "list"))
        expected = {
            "row_id": f"trial-{row['session']}-{position}",
            **{f"{side}_origin": self._origin(number, row, side) for side in ("left", "right")},
        }
        _compare(self._problems, file, number, row, expected, "the rest of the folder")
        if position is None:
            return
        if trials and position <= next(reversed(trials)):
            ascending = "positions of a session ascending, each once"
            self._problems.add(file, ascending, str(position), row=number, column="position")
        trials[position] = row
        if row["practice"] and row["pair"] is not None:
            self._checked.practice.add(row["pair"])

    def _origin(self, number: int, row: Row, side: str) -> str | None:
        stimulus = row[side]
        if stimulus is None or stimulus in self._origins:
            return self._origins.get(stimulus)
        expected = "a stimulus of the stimuli's table"
        self._problems.add(self._files["trials"], expected, repr(stimulus), row=number, column=side)
        # Its origin cannot be compared.
        origin: str | None = row[f"{side}_origin"]
        return origin

    def _rating(self, number: int, row: Row, person: Row, trials: Mapping[int, Row]) -> None:
        file = self._files["ratings"]
        self._repeats(number, row, "ratings", person, _REPEATED_WITH_CELL)
        where = f"{row['session']}-{row['position']}-{row['question']}-{row['target']}"
        _compare(self._problems, file, number, row, {"row_id": f"rating-{where}"}, "the rest of the row")
        trial = trials.get(row["position"])
        if trial is None:
            expected = "a trial of this session and position in the trials' table"
            self._problems.add(file, expected, "none", row=number, column="position")
            return
        rated = {"left": trial["left"], "face": trial["left"], "right": trial["right"]}
        expected_of_trial = {
            # What is no boolean there was noted there.
            **({"practice": trial["practice"]} if trial["practice"] is not None else {}),
            **{name: trial[name] for name in ("block", "pair")},
            "stimulus": rated.get(row["target"]),
        }
        _compare(self._problems, file, number, row, expected_of_trial, "the trials' table")
        on_scale = (row["block"], row["question"]) in self._scales
        as_number = {"value_number": _number(row["value"]) if on_scale else None}
        _compare(self._problems, file, number, row, as_number, "the value")

    def _event(self, number: int, row: Row, person: Row, known: set[tuple[Any, ...]]) -> None:
        file = self._files["events"]
        self._repeats(number, row, "events", person, _REPEATED)
        sequence = event_sequence(row)
        length = person["chain_length"] or 0
        if sequence is None or not 1 <= sequence <= length:
            expected = f"event-{row['session']}- and its place in the chain, 1 to {length}"
            remedy = "export the study again with this release"
            self._problems.add(
                file, expected, _say(row["row_id"]), remedy, row=number, column="row_id", kind="sequence"
            )
        self._once(number, row, "events", "one event in a place of the chain", (sequence,), known)
        if row["detail"] is not None and not _is_object(row["detail"]):
            expected = "a JSON object, keys sorted, without spaces"
            self._problems.add(file, expected, repr(row["detail"][:60]), row=number, column="detail")


def event_sequence(row: Row) -> int | None:
    """The place of an event in its session's chain, as its row_id has it; None where that has none."""
    head, _, place = str(row["row_id"]).rpartition("-")
    fits = head == f"event-{row['session']}" and place.isascii() and place.isdigit()
    return int(place) if fits else None


def _number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _is_object(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    written = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return isinstance(found, dict) and written == text
