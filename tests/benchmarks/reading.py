"""How long reading a large export takes, and how much memory: `python -m tests.benchmarks.reading`.

A simulated study is repeated, with people of their own each time, until there are as many trials as
asked for. Each way of reading runs in a process of its own, in turns; seconds are wall time and CPU on
whatever else the machine does, memory is the peak of that process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from analysis.checksums import sha256
from analysis.dataset import read_export
from analysis.simulate import simulate_export
from analysis.simulated_export import write_checksums

#: People of the study that is repeated; 130 trials each.
PEOPLE, PAIRS = 100, 64
REPEATED = ("participants", "trials", "ratings", "events")


def write_large_export(folder: Path, n_trials: int) -> dict[str, int]:
    """An export of about so many trials and twice as many ratings; returns its rows per table."""
    with tempfile.TemporaryDirectory() as place:
        small = Path(place) / "small"
        simulate_export(small, n_participants=PEOPLE, n_pairs=PAIRS, careless_share=0.05, dropout_share=0.05)
        shutil.copytree(small, folder)
    tables = {name: pyarrow.parquet.read_table(folder / "parquet" / f"{name}.parquet") for name in REPEATED}
    copies = max(1, round(n_trials / tables["trials"].num_rows))
    counts = {}
    for name, table in tables.items():
        _write_table(folder, name, table, copies)
        counts[name] = table.num_rows * copies
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["facevalue"]["counts"] |= counts
    for described in package["resources"]:
        described["bytes"] = (folder / described["path"]).stat().st_size
        described["hash"] = f"sha256:{sha256(folder / described['path'])}"
    (folder / "datapackage.json").write_text(json.dumps(package, indent=2), encoding="utf-8")
    write_checksums(folder)
    return counts


def _write_table(folder: Path, name: str, table: pa.Table, copies: int) -> None:
    (csv_file,) = (folder / "data").glob(f"*description-{name}_data.csv")
    parquet_file = folder / "parquet" / f"{name}.parquet"
    plain = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    with csv_file.open("wb") as text, pyarrow.parquet.ParquetWriter(parquet_file, table.schema) as parquet:
        text.write((",".join(table.column_names) + "\n").encode())
        for copy in range(copies):
            part = _with_people_of_their_own(name, table, copy)
            parquet.write_table(part.cast(table.schema))
            pa.csv.write_csv(_as_text(part), text, plain)


def _with_people_of_their_own(name: str, table: pa.Table, copy: int) -> pa.Table:
    for column in ("participant", "session"):
        known = table[column].combine_chunks().dictionary_encode()
        new = [
            hashlib.sha256(f"{copy} {old}".encode()).hexdigest()[:16] for old in known.dictionary.to_pylist()
        ]
        values = pa.array(new, table.schema.field(column).type).take(known.indices)
        table = table.set_column(table.column_names.index(column), column, values)
    return table.set_column(0, "row_id", _row_ids(name, table).cast(table.schema.field("row_id").type))


def _row_ids(name: str, table: pa.Table) -> pa.Array:
    """As an export of the platform has them."""
    key = {
        "participants": ["session"],
        "trials": ["session", "position"],
        "ratings": ["session", "position", "question", "target"],
        "events": ["session", "number"],
    }[name]
    parts = [
        table[column].cast(pa.int64()).cast(pa.string())
        if column in ("position", "number")
        else table[column]
        for column in key
    ]
    texts = [part.cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(pa.scalar(name[:-1]), *texts, pa.scalar("-")).combine_chunks()


def _as_text(table: pa.Table) -> pa.Table:
    columns = []
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_timestamp(field.type):
            column = pc.strftime(column.cast(pa.timestamp("us", "UTC")), format="%Y-%m-%dT%H:%M:%SZ")
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def checked(folder: Path) -> int:
    return len(read_export(folder).trials)


def by_pandas(folder: Path) -> int:
    """The same files by pandas.read_csv, without any check."""
    return sum(len(pd.read_csv(file, low_memory=False)) for file in sorted((folder / "data").glob("*.csv")))


WAYS: dict[str, Callable[[Path], int]] = {"read_export": checked, "pandas.read_csv, no check": by_pandas}


def measured(way: str, folder: Path) -> tuple[float, float, float]:
    """Seconds of wall time, of CPU, and the peak memory in MB of one reading."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (way, folder))


def _measured(way: str, folder: Path) -> tuple[float, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    WAYS[way](folder)
    used = time.perf_counter() - wall, time.process_time() - cpu
    return *used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(folder: Path, repeats: int) -> Iterator[str]:
    found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way in WAYS:
            found[way].append(measured(way, folder))
    yield "| | wall, s | CPU, s | peak memory, MB |\n|---|---|---|---|"
    for way, runs in found.items():
        wall, cpu, memory = (median(values) for values in zip(*runs, strict=True))
        yield f"| {way} | {wall:.1f} | {cpu:.1f} | {memory:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="keep the export in this folder, or use the one there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.keep or Path(place) / "export"
        if not folder.exists():
            print(write_large_export(folder, options.trials), flush=True)
        size = sum(file.stat().st_size for file in (folder / "data").iterdir())
        print(f"{size / 1e6:.0f} MB of CSV, median of {options.repeats} runs in turns\n")
        for line in table(folder, options.repeats):
            print(line, flush=True)


if __name__ == "__main__":
    main()
