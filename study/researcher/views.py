"""The researcher's pages: each view reads the request, asks one function, and renders."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import flask
from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from study import flow
from study.codebook import STATUSES
from study.database import reading, writing
from study.export_formats import FORMATS
from study.limits import GUESS_CODE, limited
from study.models import NAMESPACES, Study
from study.researcher.asked import TIMES, AskedError, read_asked
from study.researcher.progress import read_progress
from study.researcher.reports import DownloadError, ReportError, report_page, zipped_export
from study.running import engine, now, settings

blueprint = Blueprint("researcher", __name__, url_prefix="/researcher")

REFRESH_SECONDS = 30
# The report is one page with its own style and pictures inside; it runs nothing and reaches nothing. Its
# tables and figures can be saved from the page itself.
REPORT_POLICY = "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@blueprint.get("/enter/<token>")
def enter(token: str) -> str:
    """One button. Opening the link does nothing, so that link previews do not use it up."""
    return render_template("researcher/enter.html", token=token)


@blueprint.post("/enter/<token>")
@limited(GUESS_CODE)
def use(token: str) -> Response | tuple[str, int]:
    with writing(engine()) as db:
        study = flow.use_link(db, token, now=now())
        slug = study.slug if study else None
    if slug is None:
        return _closed("used")
    flask.session["researcher"] = sorted({*flask.session.get("researcher", []), slug})
    return redirect(url_for(".study", slug=slug), 303)


@blueprint.get("/<slug>/")
def study(slug: str) -> str | tuple[str, int]:
    """How the study goes."""
    if not _let_in(slug):
        return _closed(slug=slug)
    with reading(engine()) as db:
        found = db.scalars(select(Study).where(Study.slug == slug)).first() or abort(404)
        progress = read_progress(db, found, namespace=_namespace(), now=now())
    refresh = REFRESH_SECONDS if request.args.get("refresh") else None
    facts = {"formats": FORMATS, "statuses": STATUSES, "times": TIMES}
    return render_template("researcher/study.html", progress=progress, refresh=refresh, **facts)


@blueprint.get("/<slug>/export.zip")
def export(slug: str) -> Response | tuple[str, int]:
    """The export folder as one ZIP file: of the sessions, and with the formats, that the form asks for."""
    if not _let_in(slug):
        return _closed(slug=slug)
    moment, namespace = now(), _namespace()
    with ExitStack() as until_sent:
        try:
            asked = read_asked(request.args)
            download = zipped_export(engine(), slug, namespace=namespace, asked=asked, now=moment)
            file = until_sent.enter_context(download)
        except (AskedError, DownloadError) as error:
            facts = {"slug": slug, "namespace": namespace, "words": str(error)}
            return render_template("researcher/no_download.html", **facts), 422
        name = f"{slug}-{namespace}-{moment:%Y%m%d-%H%M}.zip"
        response = send_file(file, "application/zip", as_attachment=True, download_name=name)
        response.call_on_close(until_sent.pop_all().close)
    return response


@blueprint.get("/<slug>/report.html")
def report(slug: str) -> Response | tuple[str, int]:
    """The report, to be read here or, with ``?download=1``, as a file."""
    if not _let_in(slug):
        return _closed(slug=slug)
    namespace = _namespace()
    folder = settings().data / "reports"
    try:
        page = report_page(engine(), slug, namespace=namespace, folder=folder, now=now())
    except ReportError as error:
        words = str(error)
        return render_template("researcher/no_report.html", slug=slug, namespace=namespace, words=words), 503
    response = send_file(
        page,
        "text/html",
        as_attachment=bool(request.args.get("download")),
        download_name=f"{slug}-{namespace}-report.html",
    )
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


def _let_in(slug: str) -> bool:
    return slug in flask.session.get("researcher", [])


def _namespace() -> str:
    asked = request.args.get("namespace", "live")
    return asked if asked in NAMESPACES else "live"


def _closed(reason: str = "closed", **facts: Any) -> tuple[str, int]:
    return render_template("researcher/closed.html", reason=reason, **facts), 403
