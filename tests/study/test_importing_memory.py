"""An import is streamed: more rows do not need more memory."""

from __future__ import annotations

import tracemalloc

import pyarrow as pa

from study.database import migrate, open_engine
from study.export import export_study
from study.importing import import_export, tables, writing
from tests.conftest import MOMENT
from tests.study.test_export_memory import TRIALS_PER_SESSION, study_with


def peak_of_import(n_sessions, study_folder, folder):
    """Highest memory of Python during an import, bytes."""
    folder.mkdir()
    engine, slug = study_with(n_sessions, study_folder, folder)
    export_study(engine, slug, folder / "export", now=MOMENT)
    engine.dispose()
    elsewhere = open_engine(f"sqlite:///{folder / 'elsewhere.sqlite'}")
    migrate(elsewhere)
    arrow_before = pa.total_allocated_bytes()
    tracemalloc.start()
    imported = import_export(elsewhere, folder / "export", erasures=folder / "none.log", now=MOMENT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    elsewhere.dispose()
    assert imported.counts["trials"] == n_sessions * TRIALS_PER_SESSION
    assert pa.total_allocated_bytes() == arrow_before
    return peak


def test_memory_does_not_grow_with_the_number_of_trials(monkeypatch, study_folder, tmp_path):
    # An eighth of the usual pieces, so that few rows fill them many times.
    monkeypatch.setattr(tables, "BLOCK", tables.BLOCK // 8)
    monkeypatch.setattr(writing, "BATCH", writing.BATCH // 8)
    small = peak_of_import(6, study_folder, tmp_path / "small")
    large = peak_of_import(18, study_folder, tmp_path / "large")
    assert large < 1.15 * small, f"{small / 1e6:.1f} MB became {large / 1e6:.1f} MB"
