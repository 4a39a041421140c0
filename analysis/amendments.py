"""What an amendment changed: two frozen protocols, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.provenance import Provenance

_LONGEST_SHOWN = 80


def with_changes(folder: Path, provenance: Provenance) -> Provenance:
    """The provenance with what each version of the protocol changed, where the export holds them all."""
    if len(provenance.versions) < 2:
        return provenance
    frozen = [_frozen(folder, version.number) for version in provenance.versions]
    told = [provenance.versions[0]]
    for version, old, new in zip(provenance.versions[1:], frozen, frozen[1:], strict=False):
        told.append(replace(version, changed=tuple(changes(old, new))))
    return replace(provenance, versions=tuple(told))


def changes(old: Any, new: Any, key: str = "") -> Iterator[str]:
    """Every key whose value is another one, as ``key: old → new``; ``nothing`` where there was none.

    >>> list(changes({"a": {"b": 1, "c": [1]}}, {"a": {"b": 2, "c": [1]}, "d": True}))
    ['a.b: 1 → 2', 'd: nothing → true']
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from changes(old.get(name), new.get(name), f"{key}.{name}" if key else str(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True), start=1):
            yield from changes(before, after, f"{key}[{place}]")
    elif old != new:
        yield f"{key}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _frozen(folder: Path, number: int) -> Any:
    try:
        path = folder / "protocol" / "versions" / str(number) / "protocol.json"
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Told as a problem of the export by ``other_protocol_files``.
        return {}
