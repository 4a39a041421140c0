"""Change one table of an export as planned: columns as texts in, columns as texts out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from analysis.privacy.asked import Asked, TextQuestion
from analysis.privacy.free_text import CODED, REMOVED, as_json, is_code, tells_who
from analysis.privacy.identifiers import redacted
from analysis.privacy.remedies import MERGED, band, band_start, rare_values
from analysis.privacy.wishes import Plan
from analysis.schema import TABLES

_SINGULAR = {"trials": "trial", "ratings": "rating", "participants": "participant", "events": "event"}


def changed_table(
    name: str,
    table: pa.Table,
    plan: Plan,
    *,
    items: Sequence[Asked],
    questions: Sequence[TextQuestion],
    further_text: Sequence[str],
) -> pa.Table:
    """A table of texts with the plan carried out; rows in a new order where identifiers are new.

    ``items`` are the further columns of participants, ``questions`` those answered in words,
    ``further_text`` the text columns of this table that no export has to have.
    """
    table = _without(name, table, plan)
    if plan.text != "keep":
        table = _with_text_changed(name, table, plan, items, questions, further_text)
    table = _with_groups_made(name, table, plan)
    if plan.times != "exact":
        for one in TABLES[name]:
            if one.kind == "datetime" and one.name in table.column_names:
                table = _mapped(table, one.name, partial(cut, times=plan.times))
    return renamed(name, table, plan.key) if plan.key is not None else table


def _with_groups_made(name: str, table: pa.Table, plan: Plan) -> pa.Table:
    """Bands first: merging is about the bands that are rare then."""
    own = {column.name for column in TABLES[name]}
    for (where, column), width in plan.bands.items():
        if where == name:
            change = partial(_start if column in own else band, width=width)
            table = _mapped(table, column, change)
    for (where, column), amount in plan.merges.items():
        if where == name:
            table = _merged(table, column, amount)
    return table


def cut(moment: str, times: str) -> str:
    """A time as an export writes it, cut to its day or hour.

    >>> cut("2026-03-01T12:34:56.789000Z", "hour"), cut("", "day")
    ('2026-03-01T12:00:00.000000Z', '')
    """
    if not moment:
        return ""
    return f"{moment[:10]}T00:00:00.000000Z" if times == "day" else f"{moment[:13]}:00:00.000000Z"


def new_identifier(old: str, kind: str, key: bytes) -> str:
    """A new identifier for an old one, the same for the same key; without the old one it tells nothing.

    Sorting by it is a random order, which nobody can undo who has only the new ones.
    """
    return hmac.new(key, f"{kind}:{old}".encode(), hashlib.sha256).hexdigest()[:16] if old else ""


def new_list(old: str, key: bytes) -> str:
    """A new number for a counterbalancing list: lists are given out one after the other, as people come."""
    return str(int(new_identifier(old, "list", key)[:12], 16)) if old else ""


def renamed(name: str, table: pa.Table, key: bytes) -> pa.Table:
    """New identifiers of people, sessions and rows; people in the order of the new ones, rows together."""
    if name == "stimuli":
        return table
    for kind in ("participant", "session"):
        table = _mapped(table, kind, partial(new_identifier, kind=kind, key=key))
    if "list" in table.column_names:
        table = _mapped(table, "list", partial(new_list, key=key))
    people, sessions = table["participant"].to_pylist(), table["session"].to_pylist()
    order = sorted(range(len(people)), key=lambda row: (people[row], sessions[row], row))
    table = table.take(pa.array(order, type=pa.int64()))
    return _set(table, "row_id", _row_ids(name, table["session"].to_pylist()))


def _row_ids(name: str, sessions: Sequence[str]) -> list[str]:
    """Numbered within each session: a number over all of them would tell who came first."""
    if name == "participants" and len(set(sessions)) == len(sessions):
        return [f"participant-{session}" for session in sessions]
    counts: dict[str, int] = {}
    ids = []
    for session in sessions:
        counts[session] = counts.get(session, 0) + 1
        ids.append("-".join(filter(None, (_SINGULAR[name], session, str(counts[session])))))
    return ids


def _without(name: str, table: pa.Table, plan: Plan) -> pa.Table:
    table = table.drop_columns([column for where, column in sorted(plan.dropped) if where == name])
    for where, column in sorted(plan.emptied):
        if where == name:
            table = _set(table, column, [""] * len(table))
    return table


def _merged(table: pa.Table, column: str, amount: int) -> pa.Table:
    values = table[column].to_pylist()
    people = values
    if "namespace" in table.column_names:
        # Robots are no people: they do not make a rare value frequent.
        who = table["namespace"].to_pylist()
        people = [value for value, kind in zip(values, who, strict=True) if kind != "robot"] or values
    rare = rare_values(people, amount)
    return _mapped(table, column, lambda value: MERGED if value in rare else value)


def _start(value: str, width: float) -> str:
    if not value:
        return ""
    low = band_start(float(value), width)
    return str(int(low)) if float(low).is_integer() else repr(low)


def _with_text_changed(
    name: str,
    table: pa.Table,
    plan: Plan,
    items: Sequence[Asked],
    questions: Sequence[TextQuestion],
    further_text: Sequence[str],
) -> pa.Table:
    change = _blanked if plan.text == "blank" else redacted
    if name == "participants":
        return _with_items_changed(table, items, change)
    if name == "ratings":
        table = _set(table, "value", _answers(table, questions, change))
    elif name == "events":
        table = _mapped(table, "detail", partial(_detail, change=change))
    # The words of a manifest are about pictures, not about participants.
    for column in further_text if name != "stimuli" else ():
        if column in table.column_names:
            table = _mapped(table, column, change)
    return table


def _with_items_changed(table: pa.Table, items: Sequence[Asked], change: Callable[[str], str]) -> pa.Table:
    for item in items:
        codes = item.codes if item.kind in ("choice", "choices") else ()
        if item.column in table.column_names and (codes or item.kind == "text"):
            table = _mapped(table, item.column, partial(_answer, codes=codes, change=change))
    for column in CODED:
        if column in table.column_names:
            table = _mapped(table, column, _without_identifiers)
    return table


def _without_identifiers(text: str) -> str:
    return redacted(text) if tells_who(text) else text


def _blanked(text: str) -> str:
    return REMOVED if text.strip() else text


def _answer(text: str, codes: Sequence[str], change: Callable[[str], str]) -> str:
    """An answer with what is no code changed."""
    if not codes:
        return change(text)
    return ";".join(part if part in codes else change(part) for part in text.split(";"))


def _answers(table: pa.Table, questions: Sequence[TextQuestion], change: Callable[[str], str]) -> list[str]:
    codes = {(question.block, question.question): question.codes for question in questions}
    asked = zip(
        table["block"].to_pylist(), table["question"].to_pylist(), table["value"].to_pylist(), strict=True
    )
    return [
        _answer(value, codes[block, question], change) if (block, question) in codes else value
        for block, question, value in asked
    ]


def _detail(text: str, change: Callable[[str], str]) -> str:
    value = as_json(text)
    if not isinstance(value, dict | list):
        return change(text)
    new = _leaves_changed(value, change)
    return text if new == value else _compact(new)


def _leaves_changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _leaves_changed(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [_leaves_changed(part, change) for part in value]
    if not isinstance(value, str):
        return value
    inner = as_json(value)
    if isinstance(inner, dict | list):
        return _compact(_leaves_changed(inner, change))
    return value if is_code(value) else change(value)


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _mapped(table: pa.Table, column: str, change: Callable[[str], str]) -> pa.Table:
    """Each different value is changed once."""
    values = table[column].to_pylist()
    new = {value: change(value) for value in dict.fromkeys(values)}
    return _set(table, column, [new[value] for value in values])


def _set(table: pa.Table, column: str, values: Sequence[str]) -> pa.Table:
    place = table.column_names.index(column)
    return table.set_column(place, column, pa.array(values, type=pa.string()))
