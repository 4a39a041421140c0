"""Tables as CSV files: read with line numbers, written complete or not at all."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path


def read_table(
    path: Path, *, required: Iterable[str], problems: list[str]
) -> list[tuple[int, dict[str, str]]]:
    """Rows of a UTF-8 CSV with their line numbers; what is wrong is added to ``problems``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(f"{path.name}: expected in {path.parent}, not there")
        return []
    except OSError as error:
        problems.append(f"{path.name}: cannot be read ({error.strerror}); put the file itself in its place")
        return []
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}: expected UTF-8 text, byte {error.start} is not; save it as CSV UTF-8")
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    try:
        return _rows(reader, path.name, required, problems)
    except csv.Error as error:
        where = f"{path.name} after line {reader.line_num}"
        problems.append(f"{where}: cannot be read as CSV ({error}); correct the next line")
        return []


def _rows(
    reader: csv.DictReader[str], table: str, required: Iterable[str], problems: list[str]
) -> list[tuple[int, dict[str, str]]]:
    header = reader.fieldnames or []
    missing = [name for name in required if name not in header]
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if missing:
        problems.append(
            f"{table}: expected column {', '.join(missing)}; found {', '.join(header) or 'no header'}"
        )
    if twice:
        problems.append(f"{table}: column {', '.join(twice)} is there twice; rename or remove one")
    if missing or twice:
        return []
    rows = []
    for row in reader:
        if "" in row and row.pop(""):
            problems.append(
                f"{table} line {reader.line_num}: more cells than columns; quote cells with commas inside"
            )
        rows.append((reader.line_num, {name: (value or "").strip() for name, value in row.items()}))
    return rows


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="", extrasaction="raise", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old or the new content, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def duplicates(column: str, values: Sequence[str], table: str) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{table}: {column} {value} occurs {count} times; each must be there once"


def number_text(value: float | None) -> str:
    """A number as text without loss, whole numbers without ``.0``; empty for None."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
