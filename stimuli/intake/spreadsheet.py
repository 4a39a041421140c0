"""Read a lab's table, CSV of any dialect or XLSX, as text cells with the place of each row."""

from __future__ import annotations

import csv
import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stimuli.manifest import StimulusError

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_MOST_BYTES = 200_000_000
_XLSX_ENDINGS = (".xlsx", ".xlsm")
_OTHER_TABLES = (".xls", ".ods", ".numbers", ".sav", ".rds", ".dta", ".docx", ".json")


@dataclass(frozen=True)
class SheetRow:
    """``where``: the table's name and the row as a spreadsheet program counts it."""

    where: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table as text. ``notes``: how it was read, where there was a choice."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...] = field(default=())


def read_sheet(path: Path, *, sheet: str | None = None) -> Sheet:
    """Read a table; ``StimulusError`` lists everything that keeps it from being one.

    CSV: separated by commas, semicolons, tabs or vertical bars; UTF-8, UTF-16 or Windows-1252
    (which includes Latin-1). XLSX: the only sheet that is filled, or the one named ``sheet``.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending in _OTHER_TABLES:
        raise StimulusError(
            f"{path.name}: expected CSV or XLSX, found {ending}; save it as XLSX or as CSV UTF-8"
        )
    if not path.is_file():
        raise StimulusError(f"{path}: expected a table there, found none; check the name")
    if path.stat().st_size > _MOST_BYTES:
        raise StimulusError(
            f"{path.name}: expected a table of at most 200 MB; leave out what is not about pictures"
        )
    notes: list[str] = []
    lines = _xlsx_lines(path, sheet, notes) if ending in _XLSX_ENDINGS else _csv_lines(path, notes)
    return _as_sheet(path.name, lines, notes)


def _as_sheet(name: str, lines: list[tuple[int, list[str]]], notes: list[str]) -> Sheet:
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise StimulusError(f"{name}: is empty; the first row must name the columns, one of them file")
    (header_row, header), *body = lines
    problems = list(_header_problems(name, header_row, header))
    rows = []
    for number, cells in body:
        where = f"{name} row {number}"
        unnamed = [cell for cell in cells[len(header) :] if cell]
        unnamed += [cell for column, cell in zip(header, cells, strict=False) if cell and not column]
        if unnamed:
            problems.append(f"{where}: {unnamed[0]!r} is in a column without a name; name it or clear it")
        padded = [*cells, *[""] * len(header)]
        rows.append(SheetRow(where, {c: v for c, v in zip(header, padded, strict=False) if c}))
    if problems:
        raise StimulusError(problems)
    return Sheet(name, tuple(column for column in header if column), tuple(rows), tuple(notes))


def _header_problems(name: str, row: int, header: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for column in header:
        if column and column.casefold() in seen:
            yield f"{name} row {row}: the column {column} is there twice; rename or remove one"
        seen.add(column.casefold())


def _csv_lines(path: Path, notes: list[str]) -> list[tuple[int, list[str]]]:
    text = _decoded(path, notes)
    if "\x00" in text:
        raise StimulusError(f"{path.name}: expected text, found zero bytes; save it as CSV UTF-8")
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower() in {f"sep={sign}" for sign in DELIMITERS}:
        text, skipped = rest, 1
    delimiter = _delimiter(text)
    if delimiter != ",":
        notes.append(f"cells separated by {DELIMITERS[delimiter]}")
    lines = []
    begins = 1 + skipped
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            lines.append((begins, [cell.strip() for cell in cells]))
            begins = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise StimulusError(
            f"{path.name} row {begins}: cannot be read as CSV ({error}); look for a quotation mark without "
            "its partner, or save it as XLSX"
        ) from None
    return lines


def _decoded(path: Path, notes: list[str]) -> str:
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        raise StimulusError(f"{path.name}: is an XLSX file or a ZIP archive; give it the ending .xlsx")
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252":
            notes.append("not UTF-8, read as Windows-1252 (Latin-1): look at names with accents")
        return text
    raise StimulusError(
        f"{path.name}: expected UTF-8 or Windows-1252 text, found neither; save it as CSV UTF-8"
    )


def _delimiter(text: str) -> str:
    """The sign that cuts the header into most columns; a comma where none does."""

    def columns(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=columns)


def _xlsx_lines(path: Path, sheet: str | None, notes: list[str]) -> list[tuple[int, list[str]]]:
    import openpyxl

    _refuse_unpackable(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # about drop-down lists and the like
            books = [openpyxl.load_workbook(path, data_only=values) for values in (True, False)]
    except Exception as error:  # damaged XML comes as any exception there is
        raise StimulusError(
            f"{path.name}: cannot be read as XLSX ({error}); save it again, or as CSV UTF-8"
        ) from None
    values, formulas = books
    name = _chosen_sheet(path, values, sheet, notes)
    problems: list[str] = []
    lines: list[tuple[int, list[str]]] = []
    pairs_of_rows = zip(values[name].iter_rows(), formulas[name].iter_rows(), strict=True)
    for number, (cells, sources) in enumerate(pairs_of_rows, start=1):
        for cell, source in zip(cells, sources, strict=True):
            if wrong := _cell_problem(cell, source):
                problems.append(f"{path.name} cell {cell.coordinate}: {wrong}")
        lines.append((number, [_cell_text(cell.value) for cell in cells]))
    if problems:
        raise StimulusError(problems)
    return lines


def _refuse_unpackable(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise StimulusError(
            f"{path.name}: is not an XLSX file (damaged, protected by a password, or an old .xls); save it "
            "again as XLSX without a password, or as CSV UTF-8"
        ) from None
    if size > _MOST_BYTES:
        raise StimulusError(f"{path.name}: unpacks to more than 200 MB; save only its table, as CSV UTF-8")


def _chosen_sheet(path: Path, book: Any, sheet: str | None, notes: list[str]) -> str:
    names = [page.title for page in book.worksheets]
    if sheet is not None:
        if sheet not in names:
            raise StimulusError(f"{path.name}: expected a sheet among {', '.join(names)}; found no {sheet}")
        return sheet
    filled = [
        page.title
        for page in book.worksheets
        if any(c.value is not None for row in page.iter_rows() for c in row)
    ]
    if len(filled) > 1:
        raise StimulusError(f"{path.name}: has the sheets {', '.join(filled)}; say which with --sheet")
    if not filled:
        raise StimulusError(f"{path.name}: is empty; the first row must name the columns, one of them file")
    if len(names) > 1:
        notes.append(f"the sheet {filled[0]} was read, the others are empty")
    return str(filled[0])


def _cell_problem(cell: Any, source: Any) -> str | None:
    if isinstance(cell.value, str) and cell.data_type == "e":
        return f"holds the error {cell.value}; correct the formula"
    if cell.value is None and isinstance(source.value, str) and source.data_type == "f":
        return "holds a formula that was never computed; open the file in a spreadsheet program and save it"
    return None


def _cell_text(value: Any) -> str:
    """A cell as it would stand in a CSV: whole numbers without a point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
