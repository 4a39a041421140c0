"""Read a facevalue export: typed tables, codes as categories, every file checked.

    python read_export.py                  # prints what is there

    from read_export import read_export
    data = read_export()
    data.trials, data.ratings, data.participants, data.stimuli, data.events

Needs pandas; uses the Parquet files if pyarrow is there, else the CSV files. Both give the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
TYPES: dict[str, Any] = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


def read_export(
    folder: str | Path = HERE, *, check: bool = True, parquet: bool | None = None
) -> SimpleNamespace:
    """Every table of the export as a DataFrame.

    ``check`` compares each file with SHA256SUMS first. ``parquet`` says which files to read; left out,
    those that can be read. The meaning of each column is in its ``.attrs["columns"]``.
    """
    folder = Path(folder)
    if check:
        check_files(folder)
    if parquet is None:
        parquet = importlib.util.find_spec("pyarrow") is not None
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    tables = {}
    for resource in package["resources"]:
        fields, name = resource["schema"]["fields"], resource["name"]
        if parquet:
            raw = pd.read_parquet(folder / "parquet" / f"{name}.parquet")
        else:
            raw = pd.read_csv(
                folder / resource["path"], dtype="string", keep_default_na=False, na_values=[""]
            )
        table = pd.DataFrame({field["name"]: typed(raw[field["name"]], field) for field in fields})
        table.attrs["columns"] = {field["name"]: field["description"] for field in fields}
        tables[name] = table
    return SimpleNamespace(**tables)


def typed(column: pd.Series[Any], field: dict[str, Any]) -> pd.Series[Any]:
    """A column with the type that datapackage.json says it has."""
    codes = field.get("constraints", {}).get("enum")
    if codes:
        return column.astype(pd.CategoricalDtype(codes))
    if field["type"] == "datetime":
        return pd.to_datetime(column, utc=True, format="ISO8601").dt.as_unit("us")
    if field["type"] == "boolean" and not pd.api.types.is_bool_dtype(column):
        column = column.map({"true": True, "false": False, True: True, False: False})
    column = column.astype(TYPES[field["type"]])
    return column.replace("", pd.NA) if field["type"] == "string" else column


def check_files(folder: Path) -> None:
    """Compare every file with SHA256SUMS; one that differs or is missing is an error that names it."""
    wrong = []
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        file = folder / name
        if not file.is_file() or sha256(file) != digest:
            wrong.append(name)
    if wrong:
        raise ValueError(f"expected the files that SHA256SUMS lists, found others: {', '.join(wrong)}")


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    for name, table in vars(read_export()).items():
        print(f"{name}: {len(table)} rows, {len(table.columns)} columns")
