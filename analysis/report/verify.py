"""Compare a report with what its export gives when it is analysed again, number by number."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape
from pathlib import Path
from typing import Any

from analysis.report.numbers import SCHEMA

#: Numbers of other versions may differ in their last digits; this much of a number is no difference.
TOLERANCE = 1e-6
_EMBEDDED = re.compile(r'id="numbers"[^>]*href="data:application/json;base64,([A-Za-z0-9+/=]+)"')
_SECTION = re.compile(r'<section aria-labelledby="([^"]+)"')
_NAMES = ("report.html", "report.json")
#: Tells the versions themselves, which are compared by name.
_ABOUT_VERSIONS = "software"
_LONGEST_SHOWN = 160


class VerifyError(Exception):
    """There is nothing to compare; the text says why and what to do."""


@dataclass(frozen=True)
class Difference:
    """One place where report and export do not agree. ``row`` counts from 1, without the heading."""

    section: str
    part: str
    row: str
    column: str
    recorded: Any
    computed: Any

    def __str__(self) -> str:
        place = ", ".join(one for one in (self.section, self.part, self.row, self.column) if one)
        said, found = _shown(self.recorded, self.computed), _shown(self.computed, self.recorded)
        return f"{place}: the report says {said}, the export gives {found}"


@dataclass(frozen=True)
class Verification:
    """What was compared and what differs.

    ``versions`` and ``files`` have one line for each that is not the recorded one. ``exact`` where all
    versions are those of the report, so that every digit counts.
    """

    exact: bool
    versions: tuple[str, ...]
    files: tuple[str, ...]
    differences: tuple[Difference, ...]
    n_compared: int

    @property
    def holds(self) -> bool:
        return not self.files and not self.differences


def find_report(export: Path) -> Path:
    """The report lying in or beside an export."""
    places = [folder / name for folder in (export, export.absolute().parent) for name in _NAMES]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise VerifyError(
            f"{export}: expected {' or '.join(_NAMES)} in or beside it, found neither; name the report to "
            "compare"
        )
    return found


def recorded_numbers(path: Path) -> dict[str, Any]:
    """The numbers in a report, from JSON or from inside a page."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() != ".json":
            embedded = _EMBEDDED.search(text)
            if embedded is None:
                raise ValueError
            text = base64.b64decode(embedded.group(1), validate=True).decode()
        found = json.loads(text)
    except (ValueError, binascii.Error):
        raise VerifyError(
            f"{path}: expected a report written as HTML or JSON with its numbers, found none; make it again "
            "with `facevalue analysis report`"
        ) from None
    except OSError as error:
        raise VerifyError(f"{path}: cannot be read ({error.strerror}); name the report to compare") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else None
        raise VerifyError(
            f"{path}: expected numbers of the kind {SCHEMA!r}, found {schema!r}; verify it with the release "
            "that made it"
        )
    return found


def compare(
    recorded: Mapping[str, Any],
    computed: Mapping[str, Any],
    *,
    pages: tuple[str, str] | None = None,
) -> Verification:
    """Compare the numbers of a report with those computed again, and where given also the two pages.

    Pages are compared only where all versions are the same, for then they are the same bytes.
    """
    versions = tuple(_versions(recorded["software"], computed["software"]))
    exact = not versions
    counter = _Comparison(exact)
    found = list(counter.reports(recorded, computed))
    if exact and pages is not None:
        found += _page_differences(*pages)
    files = tuple(_files(recorded["provenance"], computed["provenance"]))
    return Verification(exact, versions, files, tuple(found), counter.n_compared)


class _Comparison:
    """Walks through two reports side by side and counts what it has compared."""

    def __init__(self, exact: bool) -> None:
        self._exact = exact
        self.n_compared = 0

    def reports(self, recorded: Mapping[str, Any], computed: Mapping[str, Any]) -> Iterator[Difference]:
        for key in ("namespace", "seed", "n_resamples", "level", "measures_sha256"):
            yield from self._values(("settings", "", "", key), recorded.get(key), computed.get(key))
        yield from self._objects(("study", "", ""), recorded["study"], computed["study"])
        if self._exact:
            for key in ("methods", "results"):
                yield from self._values(("paragraphs", "", "", key), recorded.get(key), computed.get(key))
        old, new = _by_name(recorded["sections"]), _by_name(computed["sections"])
        for name in dict.fromkeys([*old, *new]):
            if name in old and name in new:
                yield from self._sections(name, old[name], new[name])
            else:
                yield Difference(name, "", "", "", _presence(name in old), _presence(name in new))

    def _sections(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        if self._exact:
            for key in ("title", "text", "results", "failure"):
                yield from self._values((name, "", "", key), old.get(key), new.get(key))
        for kind, noun in (("tables", "table"), ("figures", "figure"), ("models", "model")):
            parts = old.get(kind, {}), new.get(kind, {})
            for part in dict.fromkeys([*parts[0], *parts[1]]):
                words = f"{noun} {part}"
                if part not in parts[0] or part not in parts[1]:
                    there = [_presence(part in one) for one in parts]
                    yield Difference(name, words, "", "", *there)
                elif self._exact or part != _ABOUT_VERSIONS:
                    yield from self._parts((name, words), parts[0][part], parts[1][part])

    def _parts(
        self, place: tuple[str, str], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[Difference]:
        if "rows" in old:
            yield from self._frames(place, old, new)
            return
        for key in dict.fromkeys([*old, *new]):
            first, second = old.get(key), new.get(key)
            if isinstance(first, Mapping) and isinstance(second, Mapping):
                if "rows" in first and "rows" in second:
                    yield from self._frames((place[0], f"{place[1]}, {key}"), first, second)
                else:
                    yield from self._objects((*place, str(key)), first, second)
            else:
                yield from self._values((*place, "", str(key)), first, second)

    def _frames(
        self, place: tuple[str, str], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[Difference]:
        names = [[column["name"] for column in one["columns"]] for one in (old, new)]
        if names[0] != names[1] or len(old["rows"]) != len(new["rows"]):
            sizes = [
                f"{len(one['rows'])} rows of {', '.join(n)}" for one, n in zip((old, new), names, strict=True)
            ]
            yield Difference(*place, "", "", *sizes)
            return
        for key in ("caption", "note"):
            if self._exact and key in old:
                yield from self._values((*place, "", key), old[key], new.get(key))
        for number, (first, second) in enumerate(zip(old["rows"], new["rows"], strict=True), start=1):
            for name, one, two in zip(names[0], first, second, strict=True):
                yield from self._values((*place, f"row {number}", f"column {name}"), one, two)

    def _objects(
        self, place: tuple[str, str, str], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Iterator[Difference]:
        for key in dict.fromkeys([*old, *new]):
            yield from self._values((*place, str(key)), old.get(key), new.get(key))

    def _values(self, place: tuple[str, str, str, str], old: Any, new: Any) -> Iterator[Difference]:
        self.n_compared += 1
        if not self._same(old, new):
            yield Difference(*place, old, new)

    def _same(self, old: Any, new: Any) -> bool:
        if old == new and type(old) is type(new):
            return True
        if self._exact or not (_is_number(old) and _is_number(new)):
            return _is_number(old) and _is_number(new) and old == new
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=1e-12)


def _page_differences(recorded: str, computed: str) -> Iterator[Difference]:
    """Lines of the page that are not those which the numbers give."""
    old, new = recorded.splitlines(), computed.splitlines()
    section = "head"
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            for number in range(max(i_end - i, j_end - j)):
                pair = [
                    _readable(lines[start + number]) if start + number < end else "nothing"
                    for lines, start, end in ((old, i, i_end), (new, j, j_end))
                ]
                if pair[0] == pair[1]:
                    pair = ["other data behind a download, or other markup", "what the numbers give"]
                yield Difference(section, "page", "", "", *pair)
        section = _last_section(old[i:i_end]) or section


def _last_section(lines: Sequence[str]) -> str:
    found = [name for line in lines for name in _SECTION.findall(line)]
    return found[-1] if found else ""


def _readable(line: str) -> str:
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", line))).strip()
    return text or "markup without words"


def _versions(recorded: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*recorded, *here]):
        if recorded.get(name) != here.get(name):
            made, found = recorded.get(name, "none"), here.get(name, "none")
            yield f"{name}: the report was made with {made}, here is {found}"


def _files(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    old, new = recorded["file_sha256"], here["file_sha256"]
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            sums = [f"sha256 {one[name][:12]}…" if name in one else "no such file" for one in (old, new)]
            yield f"{name}: the report was made from {sums[0]}, the export has {sums[1]}"
    for key in ("protocol_hash", "set_sha256"):
        if recorded.get(key) != here.get(key):
            yield f"{key}: the report names {recorded.get(key)}, the export {here.get(key)}"


def _by_name(sections: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(section["name"]): section for section in sections}


def _presence(there: bool) -> str:
    return "this part" if there else "no such part"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any, other: Any) -> str:
    """The value, of a long text the part around the first sign in which it differs from the other."""
    if value is None:
        return "nothing"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if len(value) <= _LONGEST_SHOWN or not isinstance(other, str):
        return value[:_LONGEST_SHOWN]
    first = next((i for i, (a, b) in enumerate(zip(value, other, strict=False)) if a != b), 0)
    start = max(0, first - _LONGEST_SHOWN // 2)
    return f"…{value[start : start + _LONGEST_SHOWN]}…"
