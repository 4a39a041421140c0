"""The rules of Psych-DS that concern an export, with the codes of its own schema (version 1.5).

Source: the schema model of Psych-DS (psych-ds.github.io) and what its validator makes of it. Folders, sidecar
metadata and recommended keys that the validator itself does not ask for are left out.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from analysis.check.contents import DESCRIPTION, RESTORE, Contents
from analysis.check.rule import Rule
from analysis.problems import Problem

KEYWORDS = ("study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description")
_NAME = re.compile(r"([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")
_SCHEMA_ORG = re.compile(r"https?://schema\.org/?")
_RENAME = "give it the name that `facevalue study export` writes, such as study-x_description-trials_data.csv"

#: Properties of a schema.org Dataset that make sense for one study, and of a PropertyValue.
_DATASET_WORDS = """
    about abstract accessMode alternateName author citation comment conditionsOfAccess contributor
    copyrightHolder copyrightNotice copyrightYear correction countryOfOrigin creativeWorkStatus creator
    creditText dateCreated dateModified datePublished description disambiguatingDescription distribution
    editor encoding encodingFormat funder funding genre hasPart headline identifier image inLanguage
    includedInDataCatalog isAccessibleForFree isBasedOn isPartOf issn keywords license locationCreated
    mainEntity mainEntityOfPage maintainer measurementMethod measurementTechnique mentions name offers
    position producer provider publication publisher sameAs schemaVersion sdDatePublished sdLicense
    sdPublisher size sourceOrganization spatialCoverage sponsor subjectOf temporalCoverage translator url
    usageInfo variableMeasured version workExample
"""
_PROPERTY_VALUE_WORDS = """
    additionalType alternateName description disambiguatingDescription identifier image mainEntityOfPage
    maxValue measurementMethod measurementTechnique minValue name potentialAction propertyID sameAs
    subjectOf unitCode unitText url value valueReference
"""


DATASET = frozenset(_DATASET_WORDS.split())
PROPERTY_VALUE = frozenset(_PROPERTY_VALUE_WORDS.split())


def _found(file: str, expected: str, found: str, **where: Any) -> Problem:
    return Problem(file, expected, found, where.pop("remedy", RESTORE), **where)


def _no_description(contents: Contents) -> Iterator[Problem]:
    if DESCRIPTION not in contents.files:
        yield _found(DESCRIPTION, "this file at the root of the folder", "no such file")


def _misplaced_description(contents: Contents) -> Iterator[Problem]:
    for name in contents.files:
        if PurePosixPath(name).name == DESCRIPTION and name != DESCRIPTION:
            yield _found(name, f"{DESCRIPTION} at the root only", "another one", remedy="take it out")


def _json_encoding(contents: Contents) -> Iterator[Problem]:
    for name in _json_files(contents):
        try:
            (contents.folder / name).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            yield _found(name, "JSON in UTF-8", f"byte {error.start} is not")


def _json_form(contents: Contents) -> Iterator[Problem]:
    for name in _json_files(contents):
        try:
            json.loads(contents.text(name))
        except ValueError as error:
            yield _found(name, "JSON", str(error))


def _json_files(contents: Contents) -> list[str]:
    return [name for name in contents.files if name == DESCRIPTION or _is_sidecar(name)]


def _is_sidecar(name: str) -> bool:
    return name.startswith("data/") and name.endswith(".json")


def _json_ld(contents: Contents) -> Iterator[Problem]:
    described = contents.description
    if not described:
        return
    context = described.get("@context")
    if not isinstance(context, str | Mapping | list) or not context:
        yield _found(DESCRIPTION, 'an "@context", such as https://schema.org', _shown(context))
    known = {"@context", "@type", "@id", "@graph", "@language", "@base", "@vocab", "@version"}
    for key in described:
        if key.startswith("@") and key not in known:
            yield _found(DESCRIPTION, "keywords of JSON-LD after an @", repr(key))


def _namespace(contents: Contents) -> Iterator[Problem]:
    context = contents.description.get("@context")
    named = context if isinstance(context, list) else [context]
    for one in named:
        address = one.get("@vocab", "") if isinstance(one, Mapping) else one
        if isinstance(address, str) and not _SCHEMA_ORG.fullmatch(address):
            yield _found(DESCRIPTION, 'https://schema.org as "@context"', repr(address))


def _no_type(contents: Contents) -> Iterator[Problem]:
    if contents.description and not {"@type", "type"} & contents.description.keys():
        yield _found(DESCRIPTION, 'the key "@type"', "no such key")


def _other_type(contents: Contents) -> Iterator[Problem]:
    described = contents.description
    kind = described.get("@type", described.get("type", "Dataset"))
    if described and kind not in (
        "Dataset",
        ["Dataset"],
        "https://schema.org/Dataset",
        "http://schema.org/Dataset",
    ):
        yield _found(DESCRIPTION, '"Dataset" as "@type"', _shown(kind))


def _required_keys(contents: Contents) -> Iterator[Problem]:
    if DESCRIPTION not in contents.files:
        return
    for key in ("name", "description", "variableMeasured"):
        if not contents.description.get(key):
            yield _found(DESCRIPTION, f'the key "{key}"', _shown(contents.description.get(key)))


def _untyped_objects(contents: Contents) -> Iterator[Problem]:
    for where, item in _objects(contents):
        if "@type" not in item and not item.keys() <= {"@id", "@value"}:
            yield _found(DESCRIPTION, f'an "@type" in {where}', "none")


def _unknown_properties(contents: Contents) -> Iterator[Problem]:
    for key in contents.description:
        if not key.startswith("@") and key not in DATASET:
            yield _found(DESCRIPTION, "properties of a schema.org Dataset", repr(key))
    for where, item in _objects(contents):
        if item.get("@type") == "PropertyValue":
            for key in sorted(item.keys() - PROPERTY_VALUE - {"@type", "@id"}):
                yield _found(DESCRIPTION, f"properties of a PropertyValue in {where}", repr(key))


def _other_objects(contents: Contents) -> Iterator[Problem]:
    for where, item in _objects(contents):
        kind = item.get("@type", "PropertyValue")
        if where.startswith("variableMeasured") and kind not in (
            "PropertyValue",
            "StatisticalVariable",
            "Property",
        ):
            yield _found(DESCRIPTION, f"a PropertyValue in {where}", _shown(kind))


def _objects(contents: Contents) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects among the values of the description, and where they stand."""
    for key, value in contents.description.items():
        if key.startswith("@"):
            continue
        listed = value if isinstance(value, list) else [value]
        for number, item in enumerate(listed, start=1):
            if isinstance(item, Mapping):
                yield f"{key}[{number}]", item


def _no_data_folder(contents: Contents) -> Iterator[Problem]:
    if not (contents.folder / "data").is_dir():
        yield _found("data", "a folder named data", "no such folder")


def _no_data_file(contents: Contents) -> Iterator[Problem]:
    if not any(_NAME.fullmatch(PurePosixPath(name).name) for name in contents.data_files):
        yield _found("data", "a file whose name ends in _data.csv", "no such file", remedy=_RENAME)


def _badly_named(contents: Contents) -> Iterator[Problem]:
    for name in contents.data_files:
        if not _NAME.fullmatch(PurePosixPath(name).name):
            expected = "pairs of a lower-case keyword and letters or digits, as in study-x_task-y_data.csv"
            yield _found(name, expected, PurePosixPath(name).name, remedy=_RENAME)


def _own_keywords(contents: Contents) -> Iterator[Problem]:
    for name in contents.data_files:
        if _NAME.fullmatch(PurePosixPath(name).name):
            pairs = PurePosixPath(name).name.split("_")[:-1]
            for keyword in (pair.partition("-")[0] for pair in pairs):
                if keyword not in KEYWORDS:
                    expected = f"the official keywords {', '.join(KEYWORDS)}"
                    yield _found(name, expected, repr(keyword), remedy=_RENAME)


def _other_extension(contents: Contents) -> Iterator[Problem]:
    for name in contents.files:
        path = PurePosixPath(name)
        if name.startswith("data/") and path.stem.endswith("_data") and path.suffix not in (".csv", ".json"):
            yield _found(name, "a data file that ends in .csv", repr(path.suffix), remedy=_RENAME)


def _unchecked(contents: Contents) -> Iterator[Problem]:
    for name in contents.files:
        if name.startswith("data/") and PurePosixPath(name).suffix not in (".csv", ".json"):
            yield _found(name, "only data files under data/", "another file", remedy="put it beside data/")


def _empty(contents: Contents) -> Iterator[Problem]:
    for name in contents.files:
        if (contents.folder / name).stat().st_size == 0:
            yield _found(name, "something in the file", "an empty file")


def _unreadable(contents: Contents) -> Iterator[Problem]:
    for name in _unproven(contents):
        with (contents.folder / name).open("rb") as stream:
            place = 0
            for line in stream:
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    yield _found(name, "text in UTF-8", f"byte {place + error.start} is not")
                    break
                place += len(line)


def _badly_formed(contents: Contents) -> Iterator[Problem]:
    for name in _unproven(contents):
        with (contents.folder / name).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            try:
                for _ in reader:
                    pass
            except csv.Error as error:
                yield _found(name, "comma-separated values", str(error), row=reader.line_num)


def _without_header(contents: Contents) -> Iterator[Problem]:
    for name in contents.data_files:
        header = contents.headers.get(name, [])
        if not header or not all(column.strip() for column in header):
            found = "none" if not any(header) else f"an empty name in column {header.index('') + 1}"
            yield _found(name, "a header that names every column", found, row=1)


def _repeated_header(contents: Contents) -> Iterator[Problem]:
    for name, header in contents.headers.items():
        for column, times in Counter(header).items():
            if times > 1:
                yield _found(name, "each column once", f"{times} of them", column=column, row=1)


def _uneven(contents: Contents) -> Iterator[Problem]:
    for name in _unproven(contents):
        header = contents.headers.get(name, [])
        uneven = [(number, len(row)) for number, row in _rows(contents, name) if len(row) != len(header)]
        if uneven:
            (row, length), n_more = uneven[0], len(uneven) - 1
            yield _found(
                name, f"{len(header)} values in every row", f"{length} values", row=row, n_more=n_more
            )


def _repeated_ids(contents: Contents) -> Iterator[Problem]:
    for table, name in contents.examined.files.items():
        if table in contents.examined.tables:
            ids = contents.examined.tables[table]["row_id"]
            if not ids.is_unique:
                rows = ids.duplicated().to_numpy().nonzero()[0]
                first, n_more = int(rows[0]), len(rows) - 1
                again = repr(ids.iloc[first])
                yield _found(name, "each row_id once", again, column="row_id", row=first + 2, n_more=n_more)


def _undescribed(contents: Contents) -> Iterator[Problem]:
    described = _described(contents)
    for name, header in contents.headers.items():
        for column in dict.fromkeys(header):
            if column not in described and contents.description:
                yield _found(
                    name, f"every column in variableMeasured of {DESCRIPTION}", "not there", column=column
                )


def _without_column(contents: Contents) -> Iterator[Problem]:
    columns = {column for header in contents.headers.values() for column in header}
    for name in _described(contents):
        if name not in columns:
            expected = "only columns of the data files in variableMeasured"
            yield _found(DESCRIPTION, expected, "a column of none of them", column=name)


def _described(contents: Contents) -> list[str]:
    listed = contents.description.get("variableMeasured")
    items = listed if isinstance(listed, list) else [listed]
    names = [item.get("name") if isinstance(item, Mapping) else item for item in items]
    return [name for name in names if isinstance(name, str)]


def _no_document(name: str) -> Any:
    def find(contents: Contents) -> Iterator[Problem]:
        if not {f"{name}.md", f"{name}.txt"} & set(contents.files):
            yield _found(f"{name}.md", "this file at the root of the folder", "no such file")

    return find


def _unproven(contents: Contents) -> list[str]:
    """Data files that could not be read as tables, or are none of the export's own."""
    proven = {file for table, file in contents.examined.files.items() if table in contents.examined.tables}
    return [name for name in contents.data_files if name not in proven]


def _rows(contents: Contents, name: str) -> Iterator[tuple[int, list[str]]]:
    with (contents.folder / name).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        try:
            yield from enumerate(csv.reader(stream), start=1)
        except csv.Error:
            return


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)


RULES = (
    Rule("MISSING_DATASET_DESCRIPTION", "error", "dataset_description.json is at the root.", _no_description),
    Rule("WRONG_METADATA_LOCATION", "warning", "It is nowhere else.", _misplaced_description),
    Rule("JSON_ENCODING_ERROR", "error", "JSON files are in UTF-8.", _json_encoding),
    Rule("INVALID_JSON_FORMATTING", "error", "They are JSON.", _json_form),
    Rule("INVALID_JSONLD_FORMATTING", "error", "The description is JSON-LD with an @context.", _json_ld),
    Rule("UNKNOWN_NAMESPACE", "warning", "Its vocabulary is schema.org.", _namespace),
    Rule("MISSING_DATASET_TYPE", "error", "It has an @type.", _no_type),
    Rule("INCORRECT_DATASET_TYPE", "error", "The @type is Dataset.", _other_type),
    Rule("JSON_KEY_REQUIRED", "error", "It has name, description and variableMeasured.", _required_keys),
    Rule("OBJECT_TYPE_MISSING", "warning", "Objects in it have an @type.", _untyped_objects),
    Rule("INVALID_OBJECT_TYPE", "warning", "Variables in it are PropertyValues.", _other_objects),
    Rule("INVALID_SCHEMAORG_PROPERTY", "warning", "Keys in it are schema.org's.", _unknown_properties),
    Rule("MISSING_DATA_DIRECTORY", "error", "There is a folder data/.", _no_data_folder),
    Rule("MISSING_DATAFILE", "error", "It holds a properly named data file.", _no_data_file),
    Rule(
        "FILENAME_KEYWORD_FORMATTING_ERROR",
        "error",
        "Data files are named by lower-case keywords, each with letters or digits, and end in _data.csv.",
        _badly_named,
    ),
    Rule("FILENAME_UNOFFICIAL_KEYWORD_WARNING", "warning", "The keywords are official ones.", _own_keywords),
    Rule("EXTENSION_MISMATCH", "error", "Files named _data are CSV.", _other_extension),
    Rule("FILE_NOT_CHECKED", "warning", "Nothing else is in data/.", _unchecked),
    Rule("FILE_EMPTY", "warning", "No file is empty.", _empty),
    Rule("FILE_NOT_READ", "error", "Data files are in UTF-8.", _unreadable),
    Rule("CSV_FORMATTING_ERROR", "error", "Data files are comma-separated values.", _badly_formed),
    Rule("CSV_HEADER_MISSING", "error", "Their first row names every column.", _without_header),
    Rule("CSV_HEADER_REPEATED", "error", "No two columns have the same name.", _repeated_header),
    Rule("CSV_HEADER_LENGTH_MISMATCH", "error", "Every row has as many values as the header.", _uneven),
    Rule("ROWID_VALUES_NOT_UNIQUE", "error", "row_id is unique in its file.", _repeated_ids),
    Rule("CSV_COLUMN_MISSING_FROM_METADATA", "error", "variableMeasured has every column.", _undescribed),
    Rule("VARIABLE_MISSING_FROM_CSV_COLUMNS", "error", "It has no other.", _without_column),
    Rule("MISSING_README_DOC", "warning", "There is a README.", _no_document("README")),
    Rule("MISSING_CHANGES_DOC", "warning", "There is a CHANGES.", _no_document("CHANGES")),
)
