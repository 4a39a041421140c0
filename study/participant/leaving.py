"""Leave now, withdraw later by code, or say that it cannot go on."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.limits import GUESS_CODE, limited
from study.models import Study
from study.participant.departures import leave_as
from study.participant.language import page_language
from study.participant.visit import (
    blueprint,
    find_study,
    forget_session,
    frame_of,
    keep_withdrawal_code,
    kept_session,
    locked_session,
)
from study.participant.words import as_html
from study.running import engine, now, settings


@blueprint.get("/withdraw")
def withdraw_page(slug: str) -> str:
    """Leave now, or withdraw later by code."""
    with reading(engine()) as db:
        return _page(find_study(db, slug), _state(db, slug))


@blueprint.get("/information")
def information(slug: str) -> str:
    """The information alone: whoever has begun is led on by the landing page and could not read it again."""
    with reading(engine()) as db:
        study = find_study(db, slug)
        current = kept_session(db, slug)
        version = current.version if current else study.current
        language = current.language if current else page_language()
        words = as_html(flow.consent_words(version, language).information)
        return render_template("participant/information.html", information_html=words, **frame_of(study))


def _state(db: DatabaseSession, slug: str) -> str:
    """under_way: this browser has a session that goes on; ended: one that does not; none."""
    current = kept_session(db, slug)
    if current is None:
        return "none"
    return "under_way" if current.status in flow.UNDER_WAY else "ended"


def _page(study: Study, state: str, *, code: str = "", error: bool = False) -> str:
    frame = frame_of(study)
    return render_template("participant/withdraw.html", state=state, code=code, error=error, **frame)


@blueprint.post("/withdraw")
@limited(GUESS_CODE)
def withdraw(slug: str) -> str | Response | tuple[str, int]:
    """Erase this browser's session, or the one a code belongs to."""
    code = request.form.get("code")
    return _withdraw_own(slug) if code is None else _withdraw_by_code(slug, code)


def _withdraw_own(slug: str) -> Response:
    link: dict[str, str] = {}
    under_way = False
    with writing(engine()) as db:
        study = find_study(db, slug)
        current = kept_session(db, slug, for_update=True)
        if current is not None:
            under_way = current.status in flow.UNDER_WAY
            link = flow.link_parameters(db.connection(), current)
            flow.withdraw(db, current, erasures=settings().erasures, now=now())
    forget_session(slug)
    # Who has ended has a code already, and keeps what it stands for.
    return leave_as("withdrawn", study, link, back=under_way)


def _withdraw_by_code(slug: str, code: str) -> Response | tuple[str, int]:
    with writing(engine()) as db:
        study = find_study(db, slug)
        state = _state(db, slug)
        erased = flow.withdraw_by_code(db, study.id, code, erasures=settings().erasures, now=now())
        if erased and kept_session(db, slug) is None:
            forget_session(slug)
    if not erased:
        return _page(study, state, code=code[:40], error=True), 422
    return leave_as("withdrawn", study, {}, back=False)


@blueprint.get("/trouble")
def trouble(slug: str) -> str | Response:
    """For whom something does not work: what can be tried, and an end that is paid."""
    with reading(engine()) as db:
        current = kept_session(db, slug)
        if current is None or current.status not in flow.UNDER_WAY:
            return redirect(url_for(".session", slug=slug))
        return render_template("participant/trouble.html", **frame_of(current.study))


@blueprint.post("/trouble")
def give_up(slug: str) -> Response:
    """End the session as a technical failure."""
    if request.form.get("end") != "yes":
        abort(400)
    with writing(engine()) as db:
        current = locked_session(db, slug)
        keep_withdrawal_code(slug, flow.fail_technically(db, current, now=now()))
    return redirect(url_for(".session", slug=slug), 303)
