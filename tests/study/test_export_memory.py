"""An export is streamed: ten times the rows do not need ten times the memory."""

from __future__ import annotations

import tracemalloc

import pyarrow as pa
import pytest
from sqlalchemy import insert

from study.database import migrate, open_engine, writing
from study.export import export_study, rows, tables
from study.flow import publish
from study.models import Session, Trial
from study.protocol import read_study
from tests.conftest import MOMENT

TRIALS_PER_SESSION = 500


def study_with(n_sessions, study_folder, folder):
    engine = open_engine(f"sqlite:///{folder / 'facevalue.sqlite'}")
    migrate(engine)
    with writing(engine) as db:
        study = publish(db, read_study(study_folder / "study.toml"), pictures=folder / "pictures", now=MOMENT)
        db.execute(insert(Session), [session_row(study.id, number) for number in range(n_sessions)])
        for session in range(1, n_sessions + 1):
            db.execute(insert(Trial), [trial_row(session, n + 1) for n in range(TRIALS_PER_SESSION)])
    return engine, study.slug


def session_row(study_id, number):
    return {
        "version_id": 1,
        "study_id": study_id,
        "session": f"session{number:06d}",
        "participant": f"person{number:06d}",
        "namespace": "live",
        "status": "in_progress",
        "step": "task",
        "language": "en",
        "consent_hash": "0" * 64,
        "consented_at": MOMENT,
        "last_seen_at": MOMENT,
        "device": {},
    }


def trial_row(session_id, position):
    return {
        "session_id": session_id,
        "position": position,
        "block": "trust",
        "block_position": position,
        "practice": False,
        "pair": "pair_000",
        "left": "real_000",
        "right": "ai_000",
        "exposure_ms": 500.0,
        "status": "planned",
    }


def peak_of_export(n_sessions, study_folder, folder):
    """Highest memory of Python and Arrow together during an export, bytes."""
    folder.mkdir()
    engine, slug = study_with(n_sessions, study_folder, folder)
    arrow_before = pa.total_allocated_bytes()
    tracemalloc.start()
    summary = export_study(engine, slug, folder / "export", now=MOMENT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    engine.dispose()
    assert summary.counts["trials"] == n_sessions * TRIALS_PER_SESSION
    assert pa.total_allocated_bytes() == arrow_before
    return peak


@pytest.fixture
def small_pieces(monkeypatch):
    """A tenth of the usual pieces, so that few rows fill them many times."""
    monkeypatch.setattr(tables, "ROW_GROUP", 2_000)
    monkeypatch.setattr(rows, "BATCH", 500)


@pytest.mark.parametrize("factor", [4])
def test_memory_does_not_grow_with_the_number_of_trials(small_pieces, study_folder, tmp_path, factor):
    sessions = 4 * tables.ROW_GROUP // TRIALS_PER_SESSION
    small = peak_of_export(sessions, study_folder, tmp_path / "small")
    large = peak_of_export(factor * sessions, study_folder, tmp_path / "large")
    assert large < 1.15 * small, f"{small / 1e6:.1f} MB became {large / 1e6:.1f} MB"
