"""datapackage.json against the data: the checks of Frictionless that concern an export, by their names there.

Types and constraints are asked of the tables that could be read; what could not be read is a finding of
``READING`` or of a Psych-DS rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.check.contents import RESTORE, Contents
from analysis.check.rule import Rule
from analysis.problems import Problem
from analysis.provenance import PACKAGE
from analysis.schema import TABLES

TYPES = ("string", "integer", "number", "boolean", "datetime")
Field = Mapping[str, Any]


def _package(contents: Contents) -> Iterator[Problem]:
    name = contents.package.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9._-]+", name):
        yield Problem(PACKAGE, "a name in lower-case letters, digits and hyphens", repr(name), RESTORE)
    names = [resource.get("name") for resource in contents.resources.values()]
    for table in TABLES:
        if names.count(table) != 1:
            yield Problem(PACKAGE, f"one resource named {table}", f"{names.count(table)} of them", RESTORE)


def _resources(contents: Contents) -> Iterator[Problem]:
    for path, resource in contents.resources.items():
        if path not in contents.files:
            yield Problem(path, f"a file, because {PACKAGE} names it", "no such file", RESTORE)
        schema = resource.get("schema")
        missing = schema.get("missingValues", [""]) if isinstance(schema, Mapping) else [""]
        if missing != [""]:
            expected = f'[""] as missingValues of {resource.get("name")}, as a missing value is empty'
            yield Problem(PACKAGE, expected, repr(missing), RESTORE)
        for field in contents.fields(resource):
            if field.get("type", "string") not in TYPES:
                expected = f"{resource.get('name')}.{field['name']} declared as one of {', '.join(TYPES)}"
                yield Problem(PACKAGE, expected, repr(field.get("type")), RESTORE, column=field["name"])
    for name in contents.data_files:
        if name not in contents.resources:
            yield Problem(name, f"only data files that {PACKAGE} describes", "another one", RESTORE)


def _bytes(contents: Contents) -> Iterator[Problem]:
    for path, resource in contents.resources.items():
        if "bytes" in resource and path in contents.files:
            size = (contents.folder / path).stat().st_size
            if size != resource["bytes"]:
                yield Problem(path, f"{resource['bytes']} bytes as in {PACKAGE}", f"{size}", RESTORE)


def _hash(contents: Contents) -> Iterator[Problem]:
    for path, resource in contents.resources.items():
        declared = str(resource.get("hash", ""))
        actual = contents.examined.sums.get(path)
        if actual is not None and declared.removeprefix("sha256:") not in ("", actual):
            expected = f"sha256 {declared.removeprefix('sha256:')[:12]}… as in {PACKAGE}"
            yield Problem(path, expected, f"{actual[:12]}…", RESTORE)


def _labels(contents: Contents) -> Iterator[Problem]:
    for path, resource in contents.resources.items():
        header = contents.headers.get(path)
        declared = [field["name"] for field in contents.fields(resource)]
        if header is None or header == declared:
            continue
        for place, name in enumerate(declared):
            found = header[place] if place < len(header) else None
            if found != name:
                expected = f"{name} as column {place + 1}, as in {PACKAGE}"
                yield Problem(
                    path, expected, repr(found) if found else "no column", RESTORE, column=name, row=1
                )
                break
        else:
            extra = header[len(declared)]
            yield Problem(path, f"only the columns of {PACKAGE}", repr(extra), RESTORE, column=extra, row=1)


def _fields(contents: Contents) -> Iterator[tuple[str, Field, pd.Series[Any]]]:
    """Every field whose column could be read: its file, itself, the column."""
    for table, path in contents.examined.files.items():
        values = contents.examined.tables.get(table)
        if values is not None and path in contents.resources:
            for field in contents.fields(contents.resources[path]):
                if field["name"] in values:
                    yield path, field, values[field["name"]]


def _types(contents: Contents) -> Iterator[Problem]:
    for path, field, column in _fields(contents):
        kind = str(field.get("type", "string"))
        yield from _where(path, field, column, _of_other_type(column, kind), f"{kind}, as {PACKAGE} declares")


def _of_other_type(column: pd.Series[Any], kind: str) -> NDArray[np.bool_]:
    """Which values are not of the declared type, given how analysis has read them."""
    if kind == "integer" and column.dtype == float:
        return np.asarray(column.notna() & (np.floor(column) != column))
    if kind in ("integer", "number", "boolean") and isinstance(column.dtype, pd.CategoricalDtype):
        pattern = {
            "integer": r"[+-]?\d+",
            "number": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
            "boolean": "true|false",
        }[kind]
        return _by_category(column, lambda text: re.fullmatch(pattern, text) is None)
    return np.zeros(len(column), dtype=bool)


def _by_category(column: pd.Series[Any], wrong: Any) -> NDArray[np.bool_]:
    answers = [bool(wrong(category)) for category in column.cat.categories]
    return np.array([*answers, False])[column.cat.codes.to_numpy()]


def _constraints(contents: Contents) -> Iterator[Problem]:
    for path, field, column in _fields(contents):
        rules = field.get("constraints")
        if not isinstance(rules, Mapping):
            continue
        if rules.get("required"):
            yield from _where(path, field, column, np.asarray(column.isna()), "a value in every row")
        if rules.get("unique"):
            again = np.asarray(column.notna() & column.duplicated())
            yield from _where(path, field, column, again, "each value once")
        if isinstance(rules.get("enum"), list) and isinstance(column.dtype, pd.CategoricalDtype):
            allowed = {str(value) for value in rules["enum"]}
            other = _by_category(column, lambda text, allowed=allowed: text not in allowed)
            yield from _where(path, field, column, other, f"one of {', '.join(sorted(allowed))}")
        yield from _pattern(path, field, column, rules)
        yield from _limits(path, field, column, rules)


def _pattern(path: str, field: Field, column: pd.Series[Any], rules: Mapping[str, Any]) -> Iterator[Problem]:
    pattern = rules.get("pattern")
    if not isinstance(pattern, str) or not isinstance(column.dtype, pd.CategoricalDtype):
        return
    try:
        form = re.compile(pattern)
    except re.error as error:
        found = f"{pattern!r} ({error})"
        yield Problem(PACKAGE, "a regular expression as pattern", found, RESTORE, column=str(field["name"]))
        return
    other = _by_category(column, lambda text: form.fullmatch(text) is None)
    yield from _where(path, field, column, other, f"the form {pattern}")


def _limits(path: str, field: Field, column: pd.Series[Any], rules: Mapping[str, Any]) -> Iterator[Problem]:
    if column.dtype != float:
        return
    low, high = rules.get("minimum"), rules.get("maximum")
    if isinstance(low, int | float):
        yield from _where(path, field, column, np.asarray(column < low), f"at least {low}")
    if isinstance(high, int | float):
        yield from _where(path, field, column, np.asarray(column > high), f"at most {high}")


def _keys(contents: Contents) -> Iterator[Problem]:
    for table, path in contents.examined.files.items():
        schema = contents.resources.get(path, {}).get("schema")
        key = schema.get("primaryKey") if isinstance(schema, Mapping) else None
        columns = [key] if isinstance(key, str) else key
        values = contents.examined.tables.get(table)
        if columns != ["row_id"]:
            yield Problem(PACKAGE, f"row_id as primaryKey of {table}", repr(key), RESTORE)
        elif values is not None and values["row_id"].isna().any():
            missing = np.asarray(values["row_id"].isna())
            yield from _where(path, {"name": "row_id"}, values["row_id"], missing, "a row_id in every row")


def _where(
    path: str, field: Field, column: pd.Series[Any], wrong: NDArray[np.bool_], expected: str
) -> Iterator[Problem]:
    rows = np.flatnonzero(wrong)
    if len(rows):
        value = column.iloc[int(rows[0])]
        shown = "nothing" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else repr(value)
        row, n_more = int(rows[0]) + 2, len(rows) - 1
        yield Problem(path, expected, shown, RESTORE, column=str(field["name"]), row=row, n_more=n_more)


RULES = (
    Rule("package-error", "error", "datapackage.json has a name and each of the five tables once.", _package),
    Rule("resource-error", "error", "It describes the data files there are, and no others.", _resources),
    Rule("byte-count", "error", "Files have the size that it states.", _bytes),
    Rule("hash-count", "error", "Files have the sha256 that it states.", _hash),
    Rule("incorrect-label", "error", "Columns stand in its order.", _labels),
    Rule("type-error", "error", "Values are of the type that it declares.", _types),
    Rule(
        "constraint-error",
        "error",
        "They are required, unique, within range and among the codes.",
        _constraints,
    ),
    Rule("primary-key", "error", "row_id is the primary key of every table.", _keys),
)
