"""Say what an export holds: for people, for Psych-DS and for Frictionless, all from the codebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from study.codebook import Column, TableBook, as_markdown
from study.export.changes import UNCHECKED
from study.export.rows import Extract
from study.export.selection import Selection
from study.export.tables import as_time
from study.export_formats import FORMATS
from study.history import PublishedVersion
from study.models import Study


@dataclass(frozen=True)
class WrittenFile:
    """A file of the export as it was written."""

    path: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """Everything the describing files say: what was exported, when, by which software, how much."""

    extract: Extract
    books: tuple[TableBook, ...]
    files: Mapping[str, WrittenFile]
    counts: Mapping[str, int]
    statuses: Mapping[str, int]
    departures: Mapping[str, int]
    history: tuple[PublishedVersion, ...]
    software: Mapping[str, str]
    exported_at: datetime
    formats: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.extract.study.current.title

    @property
    def protocol_hashes(self) -> list[str]:
        """The hash of every version, each once, the current one last."""
        current = self.extract.study.current.protocol_hash
        earlier = [version.protocol_hash for version in self.history if version.protocol_hash != current]
        return [*dict.fromkeys(earlier), current]


def dataset_description(contents: Contents) -> dict[str, Any]:
    """dataset_description.json of Psych-DS: schema.org JSON-LD with every column of every CSV file."""
    study = contents.extract.study
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": contents.title,
        "description": (
            f"Answers of {contents.counts['participants']} participants to the study {contents.title}: "
            "one row per planned trial, one per rating, with what was really shown on every trial."
        ),
        "identifier": _identifiers(contents),
        "dateCreated": as_time(study.published_at),
        "dateModified": as_time(contents.exported_at),
        "keywords": ["face perception", "AI-generated faces", "signal detection", "trust"],
        "variableMeasured": _variables(contents.books),
    }


def _identifiers(contents: Contents) -> str | list[str]:
    """The study with the hash of its protocol; a list, the current one last, when it was amended."""
    slug = contents.extract.study.slug
    named = [f"{slug}:{digest}" for digest in contents.protocol_hashes]
    return named if len(named) > 1 else named[0]


def _variables(books: Sequence[TableBook]) -> list[dict[str, Any]]:
    """One PropertyValue for each column name; where tables differ in its meaning, each is given."""
    meanings: dict[str, dict[str, list[str]]] = {}
    columns: dict[str, Column] = {}
    for book in books:
        for column in book.columns:
            columns.setdefault(column.name, column)
            meanings.setdefault(column.name, {}).setdefault(column.description, []).append(book.name)
    return [_variable(column, meanings[name]) for name, column in columns.items()]


def _variable(column: Column, meanings: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    words = next(iter(meanings))
    if len(meanings) > 1:
        words = " ".join(f"In {', '.join(tables)}: {meaning}" for meaning, tables in meanings.items())
    described = {"@type": "PropertyValue", "name": column.name, "description": words}
    return described | ({"unitText": column.unit} if column.unit else {})


def datapackage(contents: Contents) -> dict[str, Any]:
    """datapackage.json of Frictionless: types, allowed values, keys, sizes and hashes of all tables."""
    extract = contents.extract
    return {
        "name": extract.study.slug,
        "title": contents.title,
        "created": as_time(contents.exported_at),
        "facevalue": {
            "software": dict(contents.software),
            "study": extract.study.slug,
            "title": contents.title,
            "protocol_hash": extract.study.current.protocol_hash,
            "protocol_versions": [_version(version) for version in contents.history],
            "opened_as": extract.study.opened_as or None,
            "opened_at": _time_or_none(extract.study.opened_at),
            "closed_at": _time_or_none(extract.study.closed_at),
            "readiness": extract.study.readiness,
            "register": {"head": extract.study.register_head, "length": extract.study.register_length},
            "seed": extract.protocol.seed,
            "namespaces": list(extract.selection.namespaces),
            **_selection(extract.selection),
            "exported_at": as_time(contents.exported_at),
            "counts": dict(contents.counts),
            "participants_by_status": dict(contents.statuses),
            "departures": dict(contents.departures),
            **_merged_from(extract.study),
        },
        "resources": [_resource(book, contents.files[book.name]) for book in contents.books],
    }


def _merged_from(study: Study) -> dict[str, Any]:
    """Every lab's own export, where this is one of several."""
    sources = (study.imported_from or {}).get("merged_from")
    return {"merged_from": sources} if sources else {}


def _version(version: PublishedVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "protocol_hash": version.protocol_hash,
        "frozen_at": as_time(version.frozen_at),
        "reason": version.reason,
        "participants": version.n_participants,
    }


def _selection(selection: Selection) -> dict[str, Any]:
    """What was chosen beyond the namespaces; nothing for an export of everybody."""
    if selection.is_everything:
        return {}
    chosen = {
        "statuses": list(selection.statuses) or None,
        "consented_since": _time_or_none(selection.since),
        "consented_before": _time_or_none(selection.until),
        "times": selection.times,
    }
    return {"selection": chosen}


def _sessions(selection: Selection) -> str:
    """The namespaces and what else was chosen, in words."""
    words = ", ".join(selection.namespaces)
    if selection.statuses:
        words += f"; only those with the status {' or '.join(selection.statuses)}"
    if selection.since:
        words += f"; consent from {as_time(selection.since)} on"
    if selection.until:
        words += f"; consent before {as_time(selection.until)}"
    if selection.times != "exact":
        words += f"; all times cut to the {selection.times}"
    return words


def _time_or_none(moment: datetime | None) -> str | None:
    return as_time(moment) if moment else None


def _resource(book: TableBook, file: WrittenFile) -> dict[str, Any]:
    return {
        "name": book.name,
        "type": "table",
        "title": book.row,
        "path": file.path,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.n_bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": {
            "fields": [_field(column) for column in book.columns],
            "missingValues": [""],
            "primaryKey": ["row_id"],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "type": column.kind,
        "description": column.description,
    }
    if column.unit:
        described["unit"] = column.unit
    if column.values:
        described["categories"] = [{"value": code, "label": words} for code, words in column.values]
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.unique:
        constraints["unique"] = True
    if column.values and not column.several:
        constraints["enum"] = [code for code, _ in column.values]
    return described | ({"constraints": constraints} if constraints else {})


def readme(contents: Contents) -> str:
    """README.md: what this folder is, how to read it, and the codebook."""
    extract = contents.extract
    files = "\n".join(
        f"- `{contents.files[book.name].path}`: {contents.counts[book.name]} rows. {book.row}"
        for book in contents.books
    )
    statuses = ", ".join(f"{n} {status}" for status, n in contents.statuses.items()) or "none yet"
    gone = ", ".join(f"{n} {kind}" for kind, n in contents.departures.items()) or "nobody"
    books = "\n\n".join(f"### {book.name}\n\n{book.row}\n\n{as_markdown(book)}" for book in contents.books)
    software = ", ".join(f"{name} {version}" for name, version in contents.software.items())
    return f"""# {contents.title}

Data of the study `{extract.study.slug}`, protocol hash `{extract.study.current.protocol_hash}`, \
exported {as_time(contents.exported_at)} with {software}.{_labs(contents)}{_standing(contents)}

Sessions: {_sessions(extract.selection)}. Participants: {statuses}. \
Erased or never begun, and only counted: {gone}.

## Files

{files}
- `parquet/`: the same five tables, with types.
- `protocol/`: the study file, its texts, and the frozen protocol that the hash belongs to.\
{_versions(contents)}
{_further(contents)}- {_dictionaries(contents)}: what every column and code means, and the words \
participants read.
- `read_export.py`, `read_export.R`: code that reads all tables with their types.
- `dataset_description.json` (Psych-DS) and `datapackage.json` (Frictionless): the codebook for programs.
- `SHA256SUMS`: check the folder with `sha256sum -c SHA256SUMS`.

## Reading it

```python
from read_export import read_export  # needs pandas
data = read_export()
data.trials, data.ratings, data.participants
```

```r
source("read_export.R")  # base R 4.2 or later
facevalue$trials
```

Both find the folder they lie in, give codes as categories (factors), and print what is there when they are \
run: `python read_export.py`, `Rscript read_export.R`. The Python code checks every file against \
`SHA256SUMS` first.

`facevalue analysis report FOLDER -o report.html` makes the report.

In the CSV files a missing value is empty, booleans are `true` and `false`, times are ISO 8601 in UTC. \
Nothing is scored, recoded or left out: a planned trial that was never answered is a row with the status \
`planned`. Identifiers from recruiters are not part of an export.

## Codebook

{books}
"""


def _dictionaries(contents: Contents) -> str:
    languages = contents.extract.protocol.languages
    return ", ".join(f"`data_dictionary_{language}.html` and `.csv`" for language in languages)


def _further(contents: Contents) -> str:
    return "".join(f"- {FORMATS[name].words}\n" for name in contents.formats)


def _labs(contents: Contents) -> str:
    """Whose exports were merged; empty for that of one installation."""
    labs = [source["lab"] for source in _merged_from(contents.extract.study).get("merged_from", ())]
    return f" Merged from the exports of {', '.join(labs)}." if labs else ""


def _standing(contents: Contents) -> str:
    """What a reader must know of how the study was opened; empty when there is nothing to say."""
    words = UNCHECKED.get(contents.extract.study.opened_as)
    return f"\n\n**{words}**" if words else ""


def _versions(contents: Contents) -> str:
    if len(contents.history) == 1:
        return ""
    return (
        f"\n- `protocol/versions/N/`: the same for each of its {len(contents.history)} versions; every row "
        "carries the hash of the version its participant followed, and `CHANGES.md` says what was amended."
    )
