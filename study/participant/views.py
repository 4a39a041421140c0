"""The participant's pages: each view reads the request, calls the flow once, and renders."""

from __future__ import annotations

from typing import Any

import flask
from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.limits import ENTER_STUDY, GUESS_CODE, limiter
from study.messages import MessageError, read_device
from study.models import Session, Study, Trial
from study.participant.trial_plan import trial_plan
from study.participant.visitors import browser_of, form_of, system_of
from study.participant.words import as_html
from study.protocol import StudyProtocol, thaw
from study.recruiters import PARAMETERS, identifiers, namespace_of, outcome_code
from study.running import engine, now, settings
from study.timing import timing_card

blueprint = Blueprint("participant", __name__, url_prefix="/s/<slug>")

MOST_MESSAGES = 50


@blueprint.get("/")
def landing(slug: str) -> str | Response:
    """Information and consent. Starts nothing: link previews and reloads leave no trace."""
    with reading(engine()) as db:
        if _kept(db, slug) is not None:
            return redirect(url_for(".session", slug=slug))
        study = _study(db, slug)
        version = study.current
        protocol = thaw(version.protocol)
        return render_template(
            "participant/landing.html",
            information_html=as_html(version.texts[protocol.texts.information]),
            consent_html=as_html(version.texts[protocol.texts.consent]),
            carried={name: request.args[name] for name in (*PARAMETERS, "as") if name in request.args},
            **_frame(study),
        )


@blueprint.post("/consent")
@limiter.limit(ENTER_STUDY, exempt_when=lambda: _namespace(str((request.view_args or {})["slug"])) == "robot")
def consent(slug: str) -> Response:
    """Begin a session for who agrees; count who does not."""
    agreed = request.form.get("consent") == "yes"
    with writing(engine()) as db:
        study = _study(db, slug)
        namespace = _namespace(slug)
        if not agreed:
            flow.decline(db, study, namespace=namespace, now=now())
            return redirect(url_for(".declined", slug=slug), 303)
        visitor = flow.Visitor(
            namespace=namespace,
            language=thaw(study.current.protocol).languages[0],
            identifiers=identifiers(request.form),
            browser=browser_of(request),
            operating_system=system_of(request),
            form=form_of(request),
        )
        begun = _kept(db, slug) or flow.enrol(db, study, visitor, now=now())
    flask.session.permanent = True
    flask.session[f"session:{slug}"] = begun.session
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.get("/declined")
def declined(slug: str) -> str:
    with reading(engine()) as db:
        return render_template("participant/declined.html", **_frame(_study(db, slug)))


@blueprint.get("/session")
def session(slug: str) -> str | Response:
    """The page of the step the participant is at; the server knows which."""
    with reading(engine()) as db:
        current = _kept(db, slug)
        if current is None:
            return redirect(url_for(".landing", slug=slug))
        return _page(db, current)


def _page(db: DatabaseSession, current: Session) -> str:
    study = current.study
    protocol = thaw(current.version.protocol)
    frame = _frame(study)
    if current.step == "device":
        return render_template("participant/device.html", **frame)
    if current.step == "instructions":
        words = as_html(current.version.texts[protocol.texts.instructions])
        return render_template("participant/instructions.html", instructions_html=words, **frame)
    if current.step == "task":
        return render_template("participant/task.html", **frame)
    if current.step == "questionnaire":
        items = [item.model_dump() for item in protocol.items]
        return render_template("participant/questionnaire.html", items=items, values={}, errors={}, **frame)
    if current.step == "debrief":
        return _debrief(db, current, protocol, frame)
    code = outcome_code(protocol.recruitment.codes, current.status)
    return render_template("participant/ended.html", reason=current.step, code=code, **frame)


def _debrief(db: DatabaseSession, current: Session, protocol: StudyProtocol, frame: dict[str, Any]) -> str:
    trials = list(db.scalars(select(Trial).where(Trial.session_id == current.id)))
    return render_template(
        "participant/debrief.html",
        debrief_html=as_html(current.version.texts[protocol.texts.debrief]),
        completion_code=outcome_code(protocol.recruitment.codes, current.status),
        withdrawal_code=flask.session.get(f"withdrawal:{current.study.slug}"),
        timing=timing_card(trials),
        **frame,
    )


@blueprint.post("/device")
def device(slug: str) -> Response | tuple[Response, int]:
    try:
        report = read_device(request.get_json())
    except MessageError as error:
        return jsonify(error=str(error)), 400
    with writing(engine()) as db:
        flow.record_device(db, _locked(db, slug), report, now=now())
    return jsonify(next=url_for(".session", slug=slug))


@blueprint.post("/instructions")
def instructions(slug: str) -> Response:
    with writing(engine()) as db:
        flow.finish_instructions(_locked(db, slug), now=now())
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.get("/plan")
def plan(slug: str) -> Response:
    with reading(engine()) as db:
        current = _kept(db, slug)
        if current is None or current.step != "task":
            abort(404)
        return jsonify(trial_plan(db, current))


@blueprint.post("/messages")
def messages(slug: str) -> Response | tuple[Response, int]:
    body = request.get_json()
    batch = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(batch, list) or len(batch) > MOST_MESSAGES:
        return jsonify(error=f"expected a list of at most {MOST_MESSAGES} messages"), 400
    with writing(engine()) as db:
        outcome = flow.record_messages(db, _locked(db, slug), batch, now=now())
    return jsonify(
        acknowledged=outcome.acknowledged,
        refused=[{"number": number, "reason": reason} for number, reason in outcome.refused],
    )


@blueprint.post("/task-done")
def task_done(slug: str) -> Response:
    with writing(engine()) as db:
        current = _locked(db, slug)
        missing = flow.finish_task(db, current, now=now())
        _keep_withdrawal_code(slug, flow.finish(db, current, now=now()))
    if missing:
        return jsonify(complete=False, missing=missing)
    return jsonify(complete=True, next=url_for(".session", slug=slug))


@blueprint.post("/questionnaire")
def questionnaire(slug: str) -> str | Response | tuple[str, int]:
    with writing(engine()) as db:
        current = _locked(db, slug)
        errors = flow.record_questionnaire(db, current, request.form, now=now())
        _keep_withdrawal_code(slug, flow.finish(db, current, now=now()))
        if errors:
            items = [item.model_dump() for item in thaw(current.version.protocol).items]
            page = render_template(
                "participant/questionnaire.html",
                items=items,
                values=request.form,
                errors=errors,
                **_frame(current.study),
            )
            return page, 422
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.get("/withdraw")
def withdraw_page(slug: str) -> str:
    """Leave now, or withdraw later by code."""
    with reading(engine()) as db:
        under_way = _kept(db, slug) is not None
        return render_template(
            "participant/withdraw.html", under_way=under_way, error=None, **_frame(_study(db, slug))
        )


@blueprint.post("/withdraw")
@limiter.limit(GUESS_CODE)
def withdraw(slug: str) -> str | Response | tuple[str, int]:
    code = request.form.get("code", "")
    with writing(engine()) as db:
        study = _study(db, slug)
        current = _kept(db, slug)
        if code:
            if not flow.withdraw_by_code(db, study.id, code, now=now()):
                error = "No answers belong to this code. Please check it, letter by letter."
                frame = _frame(study)
                page = render_template(
                    "participant/withdraw.html", under_way=current is not None, error=error, **frame
                )
                return page, 422
        elif current is not None:
            flow.withdraw(db, current, now=now())
    _forget(slug)
    return redirect(url_for(".withdrawn", slug=slug), 303)


@blueprint.get("/withdrawn")
def withdrawn(slug: str) -> str:
    with reading(engine()) as db:
        return render_template(
            "participant/ended.html", reason="withdrawn", code=None, **_frame(_study(db, slug))
        )


def _study(db: DatabaseSession, slug: str) -> Study:
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        abort(404)
    return study


def _frame(study: Study) -> dict[str, Any]:
    """What every page needs: title and short name of the study, and where its pages begin."""
    return {
        "study": {"title": study.current.title, "slug": study.slug},
        "base": url_for("participant.landing", slug=study.slug),
    }


def _namespace(slug: str) -> str:
    token = request.form.get("as", "")
    return namespace_of(settings().secret_key, token, slug=slug)


def _kept(db: DatabaseSession, slug: str, *, for_update: bool = False) -> Session | None:
    """The session this browser began; None without one, or when it was erased."""
    kept = flask.session.get(f"session:{slug}")
    return flow.session_by_id(db, str(kept), for_update=for_update) if kept else None


def _locked(db: DatabaseSession, slug: str) -> Session:
    current = _kept(db, slug, for_update=True)
    if current is None:
        abort(410)
    return current


def _keep_withdrawal_code(slug: str, code: str | None) -> None:
    # Only a digest is stored, so the page can show the code again only if the browser carries it.
    if code is not None:
        flask.session[f"withdrawal:{slug}"] = code


def _forget(slug: str) -> None:
    flask.session.pop(f"session:{slug}", None)
    flask.session.pop(f"withdrawal:{slug}", None)
