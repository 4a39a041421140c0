"""Check each setting by itself: is it known, of the right kind, and within its range?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from study.protocol.finding import Finding, meant, shown
from study.protocol.part import IN_WORDS, Part
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place

Document = Mapping[str, Any]
P = TypeVar("P", bound=Part)

# Only these say what a setting's value should have been; the wrong value itself is of the right kind,
# so that rules on it can still be checked.
_RIGHT_KIND = ("string_pattern_mismatch", "string_too_long")


def read_fields(document: Document) -> tuple[StudyProtocol, list[Finding]]:
    """The protocol as far as its settings are right one by one, and what is wrong with the others.

    A setting that is wrong, or missing though required, is not there in the protocol: reading it is an
    AttributeError. Types are taken as TOML has them: a number in quotes is no number.
    """
    try:
        # As JSON, since only there pydantic tells a list of TOML from a wrong kind when it is strict.
        return StudyProtocol.model_validate_json(json.dumps(document, default=str), strict=True), []
    except ValidationError as error:
        faults = error.errors(include_url=False)
    placed = [(_place(fault, document), fault) for fault in faults if not _is_echo(fault)]
    gone = {place for place, fault in placed if fault["type"] not in _RIGHT_KIND}
    return _as_far_as_right(StudyProtocol, document, gone), list(_findings(placed))


def _is_echo(fault: Any) -> bool:
    """Whether a list is called too short only because entries of it are wrong."""
    return bool(fault["type"] == "too_short" and len(fault["input"]) >= fault["ctx"]["min_length"])


def _place(fault: Any, document: Document) -> Place:
    place: Place = ()
    value: Any = document
    for part in fault["loc"]:
        known = (
            isinstance(part, int) if isinstance(value, list) else isinstance(value, dict) and part in value
        )
        if not known and fault["type"] != "missing":
            break  # pydantic goes on with the branch of a union, which nobody wrote.
        place = (*place, part)
        value = value[part] if known else None
    return place


def part_of(annotation: Any) -> type[Part] | None:
    """The kind of table that a setting holds, alone or in a list; None for any other setting."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    inner = [part_of(argument) for argument in get_args(annotation)] if get_origin(annotation) else []
    return next(filter(None, inner), None)


def _as_far_as_right(part: type[P], table: Document, gone: set[Place], place: Place = ()) -> P:
    values = {}
    for name, field in part.model_fields.items():
        here = (*place, name)
        inner = part_of(field.annotation)
        if here in gone or not (name in table or not field.is_required()):
            continue
        if name not in table:
            values[name] = field.get_default()
        elif inner is None:
            if not any(other[: len(here)] == here for other in gone):
                values[name] = _as_read(table[name])
        elif isinstance(table[name], dict):
            values[name] = _as_far_as_right(inner, table[name], gone, here)
        else:
            values[name] = tuple(
                _as_far_as_right(inner, entry, gone, (*here, position))
                if isinstance(entry, dict)
                else _nothing_of(inner)
                for position, entry in enumerate(table[name])
            )
    right = cast(P, part.model_construct(set(table) & set(values), **values))
    for name in set(part.model_fields) - set(values):
        right.__dict__.pop(name, None)  # model_construct puts defaults where something wrong was written
    return right


def _nothing_of(part: type[Part]) -> Part:
    return _as_far_as_right(part, {}, {(name,) for name in part.model_fields})


def _as_read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_as_read(entry) for entry in value)
    return value if isinstance(value, str | int | float | bool) else str(value)


def _findings(placed: list[tuple[Place, Any]]) -> Iterator[Finding]:
    for place, group in groupby(placed, key=lambda one: one[0]):
        faults = [fault for _, fault in group]
        yield _missing(place) if faults[0]["type"] == "missing" else _wrong(place, faults)


def _missing(place: Place) -> Finding:
    field = _field_at(place)
    meaning = f" ({field.description.rstrip('.')})" if field and field.description else ""
    return Finding(place, f"expected this setting, found none{meaning}", _added(place, field))


def _added(place: Place, field: FieldInfo | None) -> str:
    if field is None or part_of(field.annotation) is None:
        return "add it"
    return f"add {_header(place)}"


def _header(place: Place) -> str:
    """How a table begins in the file: [texts] for one, [[blocks]] for one of several."""
    field = _field_at(place)
    names = ".".join(part for part in place if isinstance(part, str))
    is_list = field is not None and get_origin(field.annotation) is tuple
    return f"[[{names}]]" if is_list else f"[{names}]"


def _wrong(place: Place, faults: list[Any]) -> Finding:
    first = faults[0]
    if first["type"] == "extra_forbidden":
        known = _settings_at(place[:-1])
        return Finding(
            place,
            f"expected a known setting, found {place[-1]}",
            meant(str(place[-1]), known, "remove it, or see facevalue study settings for those there are"),
        )
    # Every branch of a union says what it expected; together they are what was expected.
    expected = " or ".join(dict.fromkeys(_expected(fault) for fault in faults))
    return Finding(place, f"expected {expected}, found {_found(first)}", _remedy(place, faults))


def _found(fault: Any) -> str:
    value = fault["input"]
    return "nothing in it" if fault["type"].endswith("too_short") and not value else shown(value)


_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "words in quotes",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "tuple_type": lambda _: "a list",
    "model_type": lambda _: "a table",
    "literal_error": lambda ctx: ctx["expected"].replace("'", '"'),
    "string_too_short": lambda ctx: f"at least {ctx['min_length']} character",
    "string_too_long": lambda ctx: f"at most {ctx['max_length']} characters",
    "too_short": lambda ctx: f"at least {ctx['min_length']} entry",
    "greater_than": lambda ctx: f"a number above {_number(ctx['gt'])}",
    "greater_than_equal": lambda ctx: f"a number of at least {_number(ctx['ge'])}",
    "less_than": lambda ctx: f"a number below {_number(ctx['lt'])}",
    "less_than_equal": lambda ctx: f"a number of at most {_number(ctx['le'])}",
    "string_pattern_mismatch": lambda ctx: IN_WORDS[ctx["pattern"]],
}

_REMEDIES: Mapping[str, str] = {
    "string_type": "put it in quotes",
    "int_type": "write it without quotes and without a decimal point",
    "float_type": "write it as a number, without quotes",
    "bool_type": "write true or false, without quotes",
    "tuple_type": "put it in [ ]",
    "model_type": "write it as a table",
    "string_too_short": "write something in it",
    "string_too_long": "shorten it",
    "too_short": "add one",
}


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _expected(fault: Any) -> str:
    return _EXPECTED[fault["type"]](fault.get("ctx", {}))


def _remedy(place: Place, faults: list[Any]) -> str:
    if faults[0]["type"] in ("tuple_type", "model_type") and isinstance(faults[0]["input"], dict | list):
        return f"begin it with {_header(place)}"
    for fault in faults:
        if fault["type"] == "literal_error" and isinstance(fault["input"], str):
            known = fault["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            return meant(fault["input"], known, "write one of these")
    return _REMEDIES.get(faults[0]["type"], "change it")


def _table_at(place: Place) -> type[BaseModel] | None:
    """The kind of table at a place of a study file."""
    table: type[Part] | None = StudyProtocol
    for part in place:
        if isinstance(part, str):
            field = table.model_fields.get(part) if table else None
            table = part_of(field.annotation) if field else None
    return table


def _settings_at(place: Place) -> list[str]:
    table = _table_at(place)
    return list(table.model_fields) if table else []


def _field_at(place: Place) -> FieldInfo | None:
    table = _table_at(place[:-1])
    return table.model_fields.get(str(place[-1])) if table else None
