"""Say in every describing file of a de-identified copy what was done to it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from analysis.privacy.remedies import MERGED
from analysis.privacy.wishes import Plan
from analysis.schema import TABLES

_CHAIN = (
    "Chain heads and register, where they are still given, stand for the original export: they prove what "
    "was stored, not what this copy holds."
)


@dataclass(frozen=True)
class Note:
    """When the copy was made and what was done; ``original`` is the sha256 of the original's SHA256SUMS."""

    at: str
    done: tuple[str, ...]
    left_out: tuple[str, ...]
    original: str

    @property
    def sentences(self) -> list[str]:
        left = [f"Not in this copy, because made from the original: {', '.join(self.left_out)}."]
        return [*(self.done or ("Nothing was changed.",)), *(left if self.left_out else []), _CHAIN]


def datapackage(
    package: Mapping[str, Any],
    plan: Plan,
    note: Note,
    sizes: Mapping[str, tuple[int, str]],
    tables: Mapping[str, pa.Table],
) -> dict[str, Any]:
    """The codebook with the columns as they are now, sizes, hashes, and ``facevalue.deidentified``."""
    new = copy.deepcopy(dict(package))
    new["facevalue"]["deidentified"] = asdict(note) | {
        "done": list(note.done),
        "left_out": list(note.left_out),
        "chain": _CHAIN,
    }
    new["resources"] = [one for one in new["resources"] if one.get("name") in TABLES]
    for resource in new["resources"]:
        name = str(resource["name"])
        n_bytes, digest = sizes[name]
        resource |= {"bytes": n_bytes} if "bytes" in resource else {}
        resource |= {"hash": f"sha256:{digest}"} if "hash" in resource else {}
        there = set(tables[name].column_names)
        fields = [field for field in resource["schema"]["fields"] if field["name"] in there]
        resource["schema"]["fields"] = [_field(field, name, plan, tables[name]) for field in fields]
    return new


def dataset_description(
    said: Mapping[str, Any], plan: Plan, note: Note, tables: Mapping[str, pa.Table]
) -> dict[str, Any]:
    """The Psych-DS description without the variables that are gone, and with what was done."""
    there = {name for table in tables.values() for name in table.column_names}
    words = " ".join(["De-identified copy.", *note.sentences])
    variables = [one for one in said.get("variableMeasured", []) if _name(one) in there]
    changed = {column: list(_remarks(table, column, plan)) for table, column in _touched(plan)}
    return {
        **said,
        "description": f"{said.get('description', '')} {words}".strip(),
        "variableMeasured": [_variable(one, changed.get(_name(one), [])) for one in variables],
    }


def readme(text: str, plan: Plan, note: Note) -> str:
    """The README with a chapter on the copy before all others, and its codebook brought up to date."""
    chapter = "\n".join(
        [
            "## This is a de-identified copy",
            "",
            f"Made {note.at} by `facevalue analysis deidentify` from an export whose SHA256SUMS has the "
            f"sha256 `{note.original}`. What was done:",
            "",
            *(f"- {sentence}" for sentence in note.sentences),
            "",
        ]
    )
    lines = list(_codebook(text, plan))
    place = next((number for number, line in enumerate(lines) if line.startswith("## ")), len(lines))
    before = [*lines[:place], ""] if place == len(lines) else lines[:place]
    return "\n".join([*before, chapter, *lines[place:]]).rstrip("\n") + "\n"


def changes(text: str, plan: Plan, note: Note) -> str:  # noqa: ARG001 - written like the README
    """The study's history with the copy as its last entry."""
    return f"{text.rstrip()}\n\n## De-identified copy, {note.at}\n\n{' '.join(note.sentences)}\n"


def _codebook(text: str, plan: Plan) -> Iterator[str]:
    """Rows of the codebook's tables: those of columns that are gone leave, changed ones say so."""
    table = ""
    for line in text.splitlines():
        if line.startswith("#"):
            table = line.removeprefix("### ").strip()
        column = line.split("`")[1] if line.startswith("| `") else ""
        if column and (table, column) in plan.dropped:
            continue
        remarks = " ".join(_remarks(table, column, plan)) if column else ""
        if (table, column) in plan.bands and not _is_own(table, column):
            line = line.replace("| integer |", "| string |", 1).replace("| number |", "| string |", 1)
        yield f"{line.removesuffix(' |')} {remarks} |" if remarks else line


def _touched(plan: Plan) -> list[tuple[str, str]]:
    renumbered = [("participants", "list")] if plan.key is not None else []
    return sorted({*plan.emptied, *plan.bands, *plan.merges, *renumbered})


def _remarks(table: str, column: str, plan: Plan) -> Iterator[str]:
    place = (table, column)
    if place in plan.emptied:
        yield "Emptied in this copy."
    if plan.key is not None and column == "list":
        yield "Numbered anew at random in this copy."
    if place in plan.bands:
        start = ", given by their lowest number" if _is_own(*place) else ""
        yield f"In bands of {plan.bands[place]:g}{start} in this copy."
    if place in plan.merges:
        yield f"{MERGED}: one of the values of fewer than {plan.merges[place]:g} people in this copy."


def _is_own(table: str, column: str) -> bool:
    return any(one.name == column for one in TABLES[table])


def _name(variable: Any) -> str:
    return str(variable.get("name")) if isinstance(variable, Mapping) else str(variable)


def _variable(variable: Any, remarks: list[str]) -> Any:
    if not remarks or not isinstance(variable, Mapping):
        return variable
    return {**variable, "description": " ".join([str(variable.get("description", "")), *remarks]).strip()}


def _field(field: dict[str, Any], table: str, plan: Plan, values: pa.Table) -> dict[str, Any]:
    name = str(field["name"])
    remarks = list(_remarks(table, name, plan))
    constraints = dict(field.get("constraints", {}))
    if (table, name) in plan.emptied:
        constraints.pop("required", None)
    words = (table, name) in plan.bands or (table, name) in plan.merges
    if words and not _is_own(table, name):
        field = {**field, "type": "string"}
        constraints = {key: value for key, value in constraints.items() if key in ("required", "enum")}
    if MERGED in set(values[name].to_pylist()) if (table, name) in plan.merges else False:
        if "enum" in constraints:
            constraints["enum"] = [*constraints["enum"], MERGED]
        if "categories" in field:
            field = {**field, "categories": [*field["categories"], {"value": MERGED, "label": "rare values"}]}
    if remarks:
        field = {**field, "description": " ".join([str(field.get("description", "")), *remarks]).strip()}
    field = {key: value for key, value in field.items() if key != "constraints"}
    return field | ({"constraints": constraints} if constraints else {})
