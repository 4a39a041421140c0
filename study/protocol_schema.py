"""The JSON Schema of study.toml, for editors, from the definition itself."""

from __future__ import annotations

from typing import Any

from study.protocol import StudyProtocol

DRAFT = "https://json-schema.org/draft/2020-12/schema"
UNITS = ("ms", "px", "hz", "days", "minutes")


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of a study.toml that was read into JSON.

    It knows every setting with its kind, range, default, meaning and unit (``x-unit``). Rules between
    settings, and the files beside study.toml, are for ``facevalue study check``.
    """
    schema = StudyProtocol.model_json_schema()
    heading = {"$schema": DRAFT, "title": "study.toml", "description": "A perception study of facevalue."}
    tables = {name: _table(table) for name, table in schema.pop("$defs").items()}
    # A day may stand in quotes or as a date of TOML, which reaches a validator in this form.
    tables["Stopping"]["properties"]["last_day"]["format"] = "date"
    return heading | _table(schema) | heading | {"$defs": tables}


def _table(table: dict[str, Any]) -> dict[str, Any]:
    settings = {name: _setting(name, setting) for name, setting in table["properties"].items()}
    return {key: value for key, value in table.items() if key != "title"} | {"properties": settings}


def _setting(name: str, setting: dict[str, Any]) -> dict[str, Any]:
    """One setting, as a file can have it: TOML has no null, and a table left out needs no default shown."""
    kinds = [kind for kind in setting.get("anyOf", []) if kind != {"type": "null"}]
    said = {key: value for key, value in setting.items() if key not in ("title", "anyOf")}
    if len(kinds) == 1:
        said = kinds[0] | said
    elif kinds:
        said["anyOf"] = kinds
    if said.get("default") is None or isinstance(said["default"], dict):
        said.pop("default", None)
    unit = name.rpartition("_")[2]
    return said | ({"x-unit": unit} if unit in UNITS and unit != name else {})
