"""Make a study's report: export it, let the analysis read the export, keep the page until data change."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.database import reading
from study.models import Departure, Event, Rating, Session, Study, Trial
from study.researcher.asked import Asked

TIMEOUT_SECONDS = 240


class DownloadError(RuntimeError):
    """The data could not be exported as they were asked for; the text says why and what to do."""


class ReportError(RuntimeError):
    """The analysis could not make a report; the text is what it said."""


def content_state(db: DatabaseSession, study: Study, namespace: str) -> str:
    """A word that changes whenever data of the namespace change."""
    of_session = (Session.study_id == study.id, Session.namespace == namespace)
    trials = select(func.count(Trial.id), func.max(Trial.received_at)).join(Session).where(*of_session)
    ratings = select(func.count(Rating.id)).join(Trial).join(Session).where(*of_session)
    events = select(func.count(Event.id)).join(Session).where(*of_session)
    sessions = (
        select(Session.status, func.count(), func.max(Session.last_seen_at), func.max(Session.id))
        .where(*of_session)
        .group_by(Session.status)
        .order_by(Session.status)
    )
    departures = select(func.count(Departure.id)).where(
        Departure.study_id == study.id, Departure.namespace == namespace
    )
    found = [
        tuple(row) for query in (trials, ratings, events, sessions, departures) for row in db.execute(query)
    ]
    words = f"{study.current.protocol_hash}:{namespace}:{found}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def report_page(engine: Engine, slug: str, *, namespace: str, folder: Path, now: datetime) -> Path:
    """The report as one HTML file in ``folder``, made anew only when the data have changed.

    Raises ReportError with what the analysis said when there is none.
    """
    with reading(engine) as db:
        study = db.scalars(select(Study).where(Study.slug == slug)).one()
        state = content_state(db, study, namespace)
    kept = folder / f"{slug}.{namespace}.{state}.html"
    if kept.is_file():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    # Exporting loads libraries for tables, which a server that only collects answers never needs.
    from study.export import Selection, export_study

    with tempfile.TemporaryDirectory(prefix="facevalue-report-") as working:
        export, page = Path(working, "export"), Path(working, "report.html")
        export_study(engine, slug, export, now=now, selection=Selection(namespaces=(namespace,)))
        _analyse(export, page)
        # Pages of an earlier state may show people who have withdrawn since.
        for old in folder.glob(f"{slug}.{namespace}.*.html"):
            old.unlink(missing_ok=True)
        kept.write_bytes(page.read_bytes())
    return kept


def _analyse(export: Path, page: Path) -> None:
    command = [sys.executable, "-m", "analysis", "report", str(export), "-o", str(page)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program with our own arguments
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ReportError(
            f"The analysis took longer than {TIMEOUT_SECONDS} seconds. Download the data and run "
            "facevalue analysis report on your own machine."
        ) from None
    if done.returncode != 0 or not page.is_file():
        said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}, no words"
        raise ReportError("\n".join(said.splitlines()[-12:]))


@contextmanager
def zipped_export(
    engine: Engine, slug: str, *, namespace: str, asked: Asked, now: datetime
) -> Iterator[Path]:
    """A ZIP file of a fresh export; it is gone when the block ends, so that no copy outlives a withdrawal.

    Raises DownloadError for sessions that cannot be asked for, or where one of the further formats cannot
    hold the data.
    """
    from study.export import ExportError, Selection, export_study, zip_export

    with tempfile.TemporaryDirectory(prefix="facevalue-export-") as working:
        export = Path(working, "export")
        selection = Selection((namespace,), asked.statuses, asked.since, asked.until, asked.times)
        try:
            export_study(engine, slug, export, now=now, selection=selection, formats=asked.formats)
        except ExportError as error:
            raise DownloadError(str(error)) from None
        yield zip_export(export, Path(working, "export.zip"), name=f"{slug}-{namespace}")
