"""How long a report takes, section by section: `python -m tests.benchmarks.report`.

A simulated study of 300 people with 128 trials each (64 pairs for trust, 64 for detection) is read, analysed
and written. Each number of processes runs in a process of its own. Seconds by section are wall time and CPU
of the process that made it, on whatever else the machine does; memory is the peak of the process that reads
and writes.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from joblib.externals.loky import get_reusable_executor

from analysis.dataset import read_export
from analysis.report import build_report
from analysis.report.page import render_html
from analysis.report.tables import write_tables
from analysis.report.word import write_docx
from analysis.simulate import simulate_export

PEOPLE, PAIRS = 300, 64
EXPOSURES_MS = (100, 500, 2000, None)


def measure(export: Path, jobs: int, folder: Path) -> None:
    """Build with so many processes, write every format, print."""
    begun = time.perf_counter()
    dataset = read_export(export)
    read_s = time.perf_counter() - begun
    begun = time.perf_counter()
    report = build_report(dataset, jobs=jobs)
    built_s = time.perf_counter() - begun
    # A process that multiprocessing started would wait for idle workers at its end.
    get_reusable_executor().shutdown()
    begun = time.perf_counter()
    page = render_html(report)
    page_s = time.perf_counter() - begun
    begun = time.perf_counter()
    write_docx(report, folder / f"report{jobs}.docx")
    docx_s = time.perf_counter() - begun
    begun = time.perf_counter()
    write_tables(report, folder / f"tables{jobs}")
    tables_s = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{jobs} at a time: read {read_s:.1f} s, build {built_s:.1f} s, page {page_s:.1f} s", end=", ")
    print(f"Word {docx_s:.1f} s, tables {tables_s:.1f} s; page {len(page.encode()) / 1e6:.1f} MB", end="; ")
    print(f"peak {peak_mb:.0f} MB")
    for one in report.built:
        state = f"failed: {one.failure}" if one.failure else "" if one.section else "not in this study"
        print(f"  {one.name:<18}{one.seconds:>7.2f} s {one.cpu_seconds:>7.2f} s CPU  {state}")
    print(f"  {'all':<18}{'':>9} {sum(one.cpu_seconds for one in report.built):>7.2f} s CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, os.cpu_count() or 1])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facevalue-report-") as place:
        folder = Path(place)
        simulate_export(
            folder / "export",
            n_participants=asked.people,
            n_pairs=asked.pairs,
            exposures_ms=EXPOSURES_MS,
            d_prime=0.8,
            careless_share=0.05,
            late_frame_share=0.03,
            dropout_share=0.05,
        )
        for jobs in asked.jobs:
            process = get_context("spawn").Process(target=measure, args=(folder / "export", jobs, folder))
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
