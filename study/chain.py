"""The chain of a session's records: what a link is made of, and where a stored chain is broken.

    link = sha256(link before it + canonical JSON of the record)

So a head stands for every record before it, and for their order. The form of a link never changes: chains of
earlier releases have to be followed for as long as there are data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: What stands before the first link.
FIRST = "0" * 64

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True)
class Entry:
    """Where a record stands in its chain: ``sequence`` counts from 1.

    ``name`` says which record of its kind it is, ``number`` which message brought it, ``at`` when it was
    stored (ISO 8601, UTC).
    """

    sequence: int
    kind: str
    name: str
    number: int | None
    at: str


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, everything but ASCII escaped.

    A number without a fraction is written without one, as databases differ in whether they keep it.

    >>> canonical({"b": 500.0, "a": [True, None, "é", 0.1]})
    '{"a":[true,null,"\\\\u00e9",0.1],"b":500}'
    """
    return _encode(_plain(value))


# Nearly all values of a record are of these, which need no closer look.
_AS_THEY_ARE = frozenset((str, int, bool, type(None)))


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {name: item if type(item) in _AS_THEY_ARE else _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def link(previous: str, entry: Entry, content: Mapping[str, Any]) -> str:
    """The link of a record after the link before it, as 64 hexadecimal digits."""
    return _digest(previous, _record(entry, content))


def _record(entry: Entry, content: Mapping[str, Any]) -> str:
    # Its place in the chain follows from the link before it, so that a record out of place can be recognised.
    header = {"kind": entry.kind, "name": entry.name, "number": entry.number, "at": entry.at}
    return canonical({**header, "content": content})


def _digest(previous: str, record: str) -> str:
    return hashlib.sha256((previous + record).encode("ascii")).hexdigest()


# ---- following a stored chain ----


@dataclass(frozen=True)
class StoredLink:
    """A link as it is stored, with the record it belongs to; ``content`` None: the record is not there."""

    entry: Entry
    link: str
    content: Mapping[str, Any] | None


FaultKind = Literal["changed", "missing", "moved", "added"]


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was stored: at which place of the chain, what was expected, what found."""

    kind: FaultKind
    sequence: int | None
    record: str
    expected: str
    found: str


def broken_links(
    links: Sequence[StoredLink], *, head: str, length: int, first: str = FIRST
) -> Iterator[Fault]:
    """Every fault of a chain whose head and length are kept apart from it, in the order of the chain.

    ``first`` is the link before the first one, where the beginning of the chain is elsewhere.

    A record that stands whole in another place is ``moved``; one whose values make another link than the
    stored one is ``changed``. The link after a missing one cannot be computed and is passed over.
    """
    ordered = sorted(links, key=lambda one: one.entry.sequence)
    stored = {one.entry.sequence: one.link for one in ordered}
    for sequence in range(1, max(length, *stored, 0) + 1):
        if sequence not in stored:
            yield Fault("missing", sequence, "", f"a link {sequence} of {length}", "none")
    before = _links_before(ordered, stored, first)
    places = _true_places(ordered, before, first)
    for one in ordered:
        sequence, record = one.entry.sequence, record_name(one.entry)
        if not 1 <= sequence <= length:
            yield Fault("added", sequence, record, f"{length} links", f"a link {sequence}")
        if one.content is None:
            yield Fault("missing", sequence, record, "the record of this link", "none")
        elif one.link not in before and sequence - 1 in stored:
            computed = link(stored[sequence - 1], one.entry, one.content)
            yield Fault("changed", sequence, record, f"link {one.link[:12]}", f"link {computed[:12]}")
        elif places[one.link] != sequence:
            yield Fault("moved", sequence, record, f"place {places[one.link]}", f"place {sequence}")
    last = stored.get(length)
    if last is not None and last != head:
        yield Fault("changed", None, "head of the chain", f"head {last[:12]}", f"head {head[:12]}")


def _links_before(ordered: Sequence[StoredLink], stored: dict[int, str], first: str) -> dict[str, str]:
    """For each link the one it was made after, wherever that stands now; without those made after none."""
    stored.setdefault(0, first)
    before: dict[str, str] = {}
    for one in ordered:
        if one.content is not None:
            record = _record(one.entry, one.content)
            expected = stored.get(one.entry.sequence - 1, first)
            for candidate in (expected, *stored.values()):
                if _digest(candidate, record) == one.link:
                    before[one.link] = candidate
                    break
    return before


def _true_places(ordered: Sequence[StoredLink], before: Mapping[str, str], first: str) -> dict[str, int]:
    """The place of each link as those before it tell; where they do not tell, it is taken to be in place."""
    places = {first: 0} | {one.link: one.entry.sequence for one in ordered if one.link not in before}
    for one in ordered:
        way = [one.link]
        while way[-1] not in places:
            way.append(before[way[-1]])
        for place, passed in enumerate(reversed(way), start=places[way[-1]]):
            places[passed] = place
    return places


def record_name(entry: Entry) -> str:
    """A record as a person would name it.

    >>> record_name(Entry(9, "trial", "4", 7, ""))
    'trial 4'
    """
    return f"{entry.kind} {entry.name}".strip()
