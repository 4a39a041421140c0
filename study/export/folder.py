"""Put an export folder together: one consistent snapshot, all of it or nothing."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session as DatabaseSession

from stimuli.manifest import file_sha256
from study.codebook import TableBook, codebook
from study.database import reading
from study.export import describing
from study.export.changes import changes
from study.export.describing import Contents, WrittenFile
from study.export.formats import FormatError, known_formats, write_formats
from study.export.identifiers import IdentifiersWanted, hand_out, identifiers
from study.export.rows import Extract, extra_columns, read_by_index, rows
from study.export.selection import Selection, SelectionError
from study.export.tables import write_table
from study.frozen import protocol_of
from study.history import read_history
from study.models import Departure, ProtocolVersion, Session, Study
from study.protocol.translations import translations_path
from study.translation_file import translation_toml


class ExportError(ValueError):
    """An export that cannot be made; the text says why and what to do."""


@dataclass(frozen=True)
class ExportSummary:
    """What was written: the folder, rows per table, participants per status."""

    folder: Path
    study: str
    protocol_hash: str
    counts: Mapping[str, int]
    statuses: Mapping[str, int]


def export_study(
    engine: Engine,
    slug: str,
    target: Path,
    *,
    now: datetime,
    selection: Selection | None = None,
    identifiers_wanted: IdentifiersWanted | None = None,
    formats: Sequence[str] = (),
) -> ExportSummary:
    """Write a study's data to the new folder ``target``; the live sessions unless others are selected.

    The same data with the same ``now`` give the same bytes. Rows are streamed: memory does not grow with
    their number. Nothing is left behind when it fails. Raises ExportError for an unknown study or
    selection, or when ``target`` holds files, or a format that cannot be written.

    ``identifiers_wanted``: also give what recruiters sent along, from the same moment, in a file of its own.
    ``formats``: further formats to write into the folder (study.export.formats).
    """
    target = Path(target).absolute()
    _check_target(target)
    _check_identifiers_file(identifiers_wanted, target)
    chosen = _checked(selection or Selection())
    further = _known(formats)
    target.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        building = working / "export"
        building.mkdir()
        with reading(engine) as db:
            read_by_index(db)
            extract = _extract(db, slug, chosen)
            contents = _write(db, extract, building, now, further)
            apart = identifiers(db, extract) if identifiers_wanted else None
            study = extract.study
            summary = ExportSummary(
                target, study.slug, study.current.protocol_hash, contents.counts, contents.statuses
            )
        if identifiers_wanted and apart:
            text, n_sessions = apart
            hand_out(identifiers_wanted, text, study=slug, n_sessions=n_sessions, at=now)
        if target.exists():
            target.rmdir()
        building.rename(target)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return summary


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise ExportError(f"expected a new folder, found the file {target}; name another folder")
    if target.is_dir() and any(target.iterdir()):
        raise ExportError(
            f"expected a new or empty folder, found files in {target}; name another folder, exports are "
            "never overwritten"
        )


def _check_identifiers_file(wanted: IdentifiersWanted | None, target: Path) -> None:
    if wanted is None:
        return
    file = wanted.file.absolute()
    if target == file or target in file.parents:
        raise ExportError(
            f"expected a file outside of the export, found {file}; an export can be passed on, identifiers "
            "cannot"
        )
    if file.exists() or not file.parent.is_dir():
        found = "a file that is there already" if file.exists() else f"no folder {file.parent}"
        raise ExportError(f"identifiers: expected a new file in a folder that exists, found {found}")


def _checked(selection: Selection) -> Selection:
    try:
        return selection.checked()
    except SelectionError as error:
        raise ExportError(str(error)) from None


def _known(formats: Sequence[str]) -> tuple[str, ...]:
    try:
        return known_formats(formats)
    except ValueError as error:
        raise ExportError(str(error)) from None


def _extract(db: DatabaseSession, slug: str, selection: Selection) -> Extract:
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        known = ", ".join(db.scalars(select(Study.slug).order_by(Study.slug))) or "none"
        raise ExportError(f"expected the slug of a published study ({known}), found {slug!r}")
    return Extract(study, protocol_of(study.current), selection)


def _write(
    db: DatabaseSession, extract: Extract, folder: Path, now: datetime, formats: tuple[str, ...]
) -> Contents:
    books = codebook(extract.protocol, extras=extra_columns(db, extract.study))
    files, counts = _write_tables(db, extract, books, folder)
    _write_protocol(extract.study.current, folder / "protocol")
    if len(extract.study.versions) > 1:
        for version in extract.study.versions:
            _write_protocol(version, folder / "protocol" / "versions" / str(version.number))
    contents = Contents(
        extract=extract,
        books=books,
        files=files,
        counts=counts,
        statuses=_counted(db, Session.status, extract.selection.of_sessions(extract.study)),
        departures=_counted(db, Departure.kind, extract.selection.of_departures(extract.study)),
        history=read_history(db, extract.study, among=extract.selection.of_sessions(extract.study)),
        software=_software(),
        exported_at=now,
        formats=formats,
    )
    (folder / "README.md").write_text(describing.readme(contents), encoding="utf-8")
    (folder / "CHANGES.md").write_text(_changes(contents), encoding="utf-8")
    _write_json(folder / "dataset_description.json", describing.dataset_description(contents))
    _write_json(folder / "datapackage.json", describing.datapackage(contents))
    try:
        write_formats(folder, contents, formats)
    except FormatError as error:
        raise ExportError(str(error)) from None
    _write_checksums(folder, {file.path: file.sha256 for file in files.values()})
    return contents


def _changes(contents: Contents) -> str:
    return changes(
        contents.extract.study,
        contents.history,
        exported_at=contents.exported_at,
        n_trials=contents.counts["trials"],
        n_participants=contents.counts["participants"],
    )


def data_file(slug: str, table: str) -> str:
    """Path of a table's CSV file, named as Psych-DS wants it.

    Its file names allow letters and digits only in the value of a keyword, so the hyphens of a slug
    are dropped.

    >>> data_file("headshots-demo", "trials")
    'data/study-headshotsdemo_description-trials_data.csv'
    """
    return f"data/study-{slug.replace('-', '')}_description-{table}_data.csv"


def _write_tables(
    db: DatabaseSession, extract: Extract, books: Sequence[TableBook], folder: Path
) -> tuple[dict[str, WrittenFile], dict[str, int]]:
    (folder / "data").mkdir()
    (folder / "parquet").mkdir()
    files: dict[str, WrittenFile] = {}
    counts: dict[str, int] = {}
    for book in books:
        path = data_file(extract.study.slug, book.name)
        counts[book.name] = write_table(
            book,
            rows(db, extract, book),
            folder / path,
            folder / "parquet" / f"{book.name}.parquet",
        )
        files[book.name] = WrittenFile(path, (folder / path).stat().st_size, file_sha256(folder / path))
    return files, counts


def _write_protocol(version: ProtocolVersion, folder: Path) -> None:
    """The study file with its texts where it names them, so that the folder is a study again."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(version.study_toml, encoding="utf-8")
    (folder / "protocol.json").write_text(version.protocol, encoding="utf-8")
    translated = {
        translations_path(language): translation_toml(words)
        for language, words in version.translations.items()
    }
    for name, text in (version.texts | translated).items():
        file = folder / _inside(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    return PurePosixPath("texts", path.name) if path.is_absolute() or ".." in path.parts else path


def _counted(db: DatabaseSession, kind: Any, of: ColumnElement[bool]) -> dict[str, int]:
    query = select(kind, func.count()).where(of).group_by(kind).order_by(kind)
    return {str(name): int(count) for name, count in db.execute(query)}


def _software() -> dict[str, str]:
    named: Mapping[str, Callable[[], str]] = {
        "facevalue": lambda: version("facevalue"),
        "python": platform.python_version,
        "pyarrow": lambda: version("pyarrow"),
        "sqlalchemy": lambda: version("sqlalchemy"),
    }
    return {name: find() for name, find in named.items()}


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_checksums(folder: Path, known: Mapping[str, str]) -> None:
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{known.get(path) or file_sha256(folder / path)}  {path}\n" for path in paths]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
