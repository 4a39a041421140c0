"""Write tables as .sav files of SPSS, which jamovi, PSPP, R and Stata read too.

Codes become numbers with value labels, booleans 0 and 1, times those of SPSS. What is missing is
system-missing; no code stands for it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from study.codebook import Column, Kind
from study.export.formats.written import FormatError, Value

Measure = Literal["nominal", "ordinal", "scale"]
Label = tuple[float, str]

#: Limits of the file format, bytes of UTF-8.
NAME_BYTES, LABEL_BYTES, VALUE_LABEL_BYTES, TITLE_BYTES = 64, 256, 120, 64
_RESERVED = {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}
#: Times of SPSS are seconds since the first day of the Gregorian calendar.
_BEGINNING = datetime(1582, 10, 14, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_BEFORE_1970 = (datetime(1970, 1, 1, tzinfo=UTC) - _BEGINNING) // timedelta(microseconds=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Where the header has date and time of its making, and how they are told apart from anything else.
_STAMP = slice(92, 109)


@dataclass(frozen=True)
class Variable:
    """A variable of a .sav file: name, label, and what its values are.

    ``codes`` are what the tables hold, each with its label; in the file they are 1, 2, 3, … in this order.
    ``labels`` are labels of values that are numbers already.
    """

    name: str
    label: str
    kind: Kind
    codes: tuple[tuple[str, str], ...] = ()
    labels: tuple[Label, ...] = ()
    measure: Measure = "nominal"
    numbers: Mapping[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = {code: float(number) for number, (code, _) in enumerate(self.codes, start=1)}
        object.__setattr__(self, "numbers", numbers)

    @property
    def is_text(self) -> bool:
        return self.kind == "string" and not self.codes

    @property
    def value_labels(self) -> dict[float, str]:
        if self.kind == "boolean":
            return {0.0: "no", 1.0: "yes"}
        numbered = [(self.numbers[code], words) for code, words in self.codes]
        return {number: shortened(words, VALUE_LABEL_BYTES) for number, words in (*numbered, *self.labels)}

    @property
    def format(self) -> str:
        if self.kind == "datetime":
            return "DATETIME23.2"
        return "F12.3" if self.kind == "number" else "F8.0"

    def cells(self, column: pa.ChunkedArray) -> Any:
        """What ``cell`` gives for each value, of a whole column of the tables at once."""
        if self.is_text:
            return column.fill_null("").to_pylist()
        if self.codes:
            places = pc.index_in(column, value_set=pa.array([code for code, _ in self.codes]))
            return pc.add(pc.cast(places, pa.float64()), 1.0).to_numpy()
        if self.kind == "datetime":
            microseconds = pc.add(pc.cast(column, pa.int64()), _BEFORE_1970)
            whole = pc.divide(microseconds, 1_000_000)
            rest = pc.cast(pc.subtract(microseconds, pc.multiply(whole, 1_000_000)), pa.float64())
            return pc.add(pc.cast(whole, pa.float64()), pc.divide(rest, 1e6)).to_numpy()
        return pc.cast(column, pa.float64()).to_numpy()

    def cell(self, value: Value) -> Any:
        """A value of the tables as the file has it: a number, NaN where it is missing, or text."""
        if self.is_text:
            return "" if value is None else str(value)
        if value is None or value == "":
            return float("nan")
        if self.codes:
            return self.numbers[str(value)]
        if isinstance(value, datetime):
            whole, rest = divmod(value - _BEGINNING, _SECOND)
            return float(whole) + rest.microseconds / 1e6
        return float(value)


def variable_of(column: Column, *, names: Names, labels: Iterable[Label] = ()) -> Variable:
    """The variable of a column of the tables. Codes of facevalue's own are their own labels."""
    codes = () if column.several else column.values
    if not column.name.startswith("q_"):
        codes = tuple((code, code) for code, _ in codes)
    unit = f" ({column.unit})" if column.unit else ""
    measured: Measure = "scale" if column.kind in ("integer", "number", "datetime") else "nominal"
    return Variable(
        names.name(column.name),
        column.description + unit,
        column.kind,
        codes=codes,
        labels=tuple(labels),
        measure=measured,
    )


class Names:
    """Gives each variable of a file a name that SPSS takes: letters, digits and _, short, used once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def name(self, wanted: str) -> str:
        """``wanted`` where it is a name already; else close to it, the same whenever this is asked for.

        >>> Names().name("Größe (cm)"), Names().name("to"), Names().name("2nd")
        ('Gr_e_cm', 'v_to', 'v_2nd')
        """
        plain = re.sub(r"[^A-Za-z0-9]+", "_", wanted).strip("_")
        if not plain[:1].isalpha() or plain.lower() in _RESERVED:
            plain = f"v_{plain}".rstrip("_")
        name, tried = plain, wanted
        while len(name) > NAME_BYTES or name.lower() in self._given:
            digest = hashlib.sha256(tried.encode()).hexdigest()[:8]
            name, tried = f"{plain[: NAME_BYTES - 9].rstrip('_')}_{digest}", f"{tried}+"
        self._given.add(name.lower())
        return name


def write_sav(
    file: Path,
    variables: Sequence[Variable],
    columns: Iterable[Any],
    *,
    title: str,
    made_at: datetime,
    widths: Mapping[str, int] | None = None,
) -> None:
    """Write cells (Variable.cell) column by column. The same cells, title and time give the same bytes.

    ``widths`` are bytes of text variables, where a file is to have those of another one.
    """
    import pandas as pd

    pyreadstat = needed_pyreadstat()
    # Series, since an array of texts would become one of Arrow's, which are slow to go through.
    frame = pd.DataFrame(
        {
            variable.name: pd.Series(column, dtype=object if variable.is_text else "float64")
            for variable, column in zip(variables, columns, strict=True)
        }
    )
    formats = {variable.name: variable.format for variable in variables if not variable.is_text}
    for name, width in (widths or {}).items() if len(frame) else ():
        # The library takes the longest value for the width; spaces at an end are no part of a value.
        first = str(frame[name].iloc[0])
        frame.loc[0, name] = first + " " * (width - len(first.encode()))
    pyreadstat.write_sav(
        frame,
        str(file),
        file_label=shortened(title, TITLE_BYTES),
        column_labels={v.name: shortened(v.label, LABEL_BYTES) for v in variables},
        variable_value_labels={v.name: v.value_labels for v in variables if v.value_labels},
        variable_measure={v.name: v.measure for v in variables},
        variable_format=formats,
        row_compress=True,
    )
    _stamp(file, made_at)


def needed_pyreadstat() -> Any:
    """The library that writes .sav files. Raises FormatError where it is not installed."""
    try:
        import pyreadstat
    except ImportError:
        raise FormatError(
            "expected the package pyreadstat to write .sav files, found none; run pip install pyreadstat"
        ) from None
    return pyreadstat


def _stamp(file: Path, moment: datetime) -> None:
    """Put ``moment`` where the library puts the time of its run, so that a file can be made again."""
    stamp = f"{moment:%d} {_MONTHS[moment.month - 1]} {moment:%y%H:%M:%S}".encode()
    with file.open("r+b") as out:
        found = out.read(_STAMP.stop)[_STAMP]
        if not re.fullmatch(rb"\d\d [A-Z][a-z]{2} \d\d\d\d:\d\d:\d\d", found):
            raise FormatError(
                f"{file.name}: expected date and time in the header of a .sav file, found {found!r}; "
                "install another version of pyreadstat"
            )
        out.seek(_STAMP.start)
        out.write(stamp)


def shortened(text: str, n_bytes: int) -> str:
    """Text of at most so many bytes of UTF-8, with … where something is left out.

    >>> shortened("a long label", 9), shortened("short", 9)
    ('a long…', 'short')
    """
    if len(text.encode()) <= n_bytes:
        return text
    return text.encode()[: n_bytes - 3].decode(errors="ignore").rstrip() + "…"


def write_columns(file: Path, variables: Iterable[tuple[str, Variable]]) -> None:
    """A CSV file that says of every variable what it is, and which number stands for which code."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("table", "variable", "type", "label", "number", "code", "words"))
        for table, variable in variables:
            writer.writerow((table, variable.name, variable.kind, variable.label, "", "", ""))
            for code, words in variable.codes:
                number = f"{variable.numbers[code]:g}"
                writer.writerow((table, variable.name, "value", "", number, code, words))
            for value, words in variable.labels:
                writer.writerow((table, variable.name, "value", "", f"{value:g}", "", words))
