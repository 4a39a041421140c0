"""Compare two frozen protocols setting by setting, and their texts line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from study.protocol import thaw

# How the entries of a list are told apart; lists without one of these are compared as a whole.
_NAMES = ("name", "id", "code", "claim")
# Told in their own way: the stimulus set by its hash, the texts by their words.
_APART = {"stimulus_set", "texts_sha256"}
_NOTHING = object()


@dataclass(frozen=True)
class Snapshot:
    """A frozen protocol: its canonical JSON and the texts it names, by path."""

    canonical: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One setting or text that differs. ``before`` or ``after`` is empty where it was not there.

    ``diff`` is a unified diff, for texts only.
    """

    path: str
    before: str
    after: str
    diff: str = ""

    def __str__(self) -> str:
        if self.diff:
            return f"{self.path}:\n{self.diff}"
        if not self.before:
            return f"{self.path}: {self.after} (new)"
        if not self.after:
            return f"{self.path}: {self.before} (removed)"
        return f"{self.path}: {self.before} → {self.after}"


def compare(old: Snapshot, new: Snapshot) -> tuple[Change, ...]:
    """Every difference, settings first, in the order of the study file; empty when there is none.

    Paths name blocks, questions, items and cells by their names: ``blocks.trust.pairs``. A setting that an
    earlier release did not know counts as its default, not as a change. Renumbering nothing, an entry that
    only moved shows as a change of the order.
    """
    before, after = _settings(old.canonical), _settings(new.canonical)
    changes = list(_differences("", before, after))
    changes += _differing_texts(old.texts, new.texts)
    return tuple(changes)


def _settings(canonical: str) -> dict[str, Any]:
    """All settings with their defaults, the set as its hash, and whatever else was frozen."""
    frozen = json.loads(canonical)
    known = thaw(canonical).model_dump(mode="json")
    known["stimulus_set"] = frozen["stimulus_set"]["sha256"]
    further = {name: value for name, value in frozen.items() if name not in known.keys() | _APART}
    return known | _without_old_names(further)


def _without_old_names(further: dict[str, Any]) -> dict[str, Any]:
    # Releases before there were several languages and questionnaires froze these names; thaw knows them.
    return {name: value for name, value in further.items() if name not in ("language", "questionnaire")}


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            below = f"{path}.{name}" if path else str(name)
            yield from _differences(below, before.get(name, _NOTHING), after.get(name, _NOTHING))
    elif (key := _name_of_entries(before, after)) is not None:
        yield from _differing_entries(path, before, after, key)
    else:
        yield Change(path, _words(before), _words(after))


def _name_of_entries(before: Any, after: Any) -> str | None:
    """What names the entries of two lists of tables; None when they have no names, or not one each."""
    if not (isinstance(before, list) and isinstance(after, list)):
        return None
    entries = [*before, *after]
    if not entries or not all(isinstance(entry, Mapping) for entry in entries):
        return None
    for key in _NAMES:
        names = [[entry.get(key) for entry in entries] for entries in (before, after)]
        if all(None not in own and len(set(own)) == len(own) for own in names):
            return key
    return None


def _differing_entries(path: str, before: list[Any], after: list[Any], key: str) -> Iterator[Change]:
    was = {entry[key]: entry for entry in before}
    now = {entry[key]: entry for entry in after}
    for name in dict.fromkeys([*was, *now]):
        yield from _differences(f"{path}.{name}", was.get(name, _NOTHING), now.get(name, _NOTHING))
    kept = [[name for name in own if name in was and name in now] for own in (was, now)]
    if kept[0] != kept[1]:
        yield Change(f"order of {path}", ", ".join(kept[0]), ", ".join(kept[1]))


def _words(value: Any) -> str:
    """A value as one reads it: text as it is, tables and lists as short JSON."""
    if value is _NOTHING:
        return ""
    if value is None:
        return "none"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(_bare(value), ensure_ascii=False)


def _bare(value: Any) -> Any:
    """The value without what is empty or not set, so that a table is told in few words."""
    if isinstance(value, Mapping):
        return {name: _bare(inner) for name, inner in value.items() if inner not in (None, "", [], {})}
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _differing_texts(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            lines = difflib.unified_diff(
                was.splitlines(), now.splitlines(), f"{name} (before)", f"{name} (after)", lineterm="", n=1
            )
            yield Change(f"text {name}", was, now, "\n".join(lines))
