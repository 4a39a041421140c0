"""The page of the step a participant is at, and what moves them on: device, instructions, questionnaire."""

from __future__ import annotations

from typing import Any

import flask
from flask import jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.wrappers import Response

from study import flow
from study.database import writing
from study.messages import MessageError, read_device
from study.models import Session, Trial
from study.participant.visit import (
    blueprint,
    frame_of,
    keep_withdrawal_code,
    kept_session,
    locked_session,
)
from study.participant.words import as_html
from study.protocol import StudyProtocol, thaw
from study.recruiters import outcome_code
from study.running import engine, now
from study.timing import timing_card


@blueprint.get("/session")
def session(slug: str) -> str | Response:
    """The page of the step the participant is at; the server knows which.

    Coming here is a sign of life: who was away too long learns here, before answering more, whether there
    is still a place.
    """
    with writing(engine()) as db:
        current = kept_session(db, slug, for_update=True)
        if current is None:
            return redirect(url_for(".landing", slug=slug))
        flow.keep_place(db, current, now=now())
        return _page(db, current)


def _page(db: DatabaseSession, current: Session) -> str:
    study = current.study
    protocol = thaw(current.version.protocol)
    frame = frame_of(study)
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
        flow.record_device(db, locked_session(db, slug), report, now=now())
    return jsonify(next=url_for(".session", slug=slug))


@blueprint.post("/instructions")
def instructions(slug: str) -> Response:
    with writing(engine()) as db:
        flow.finish_instructions(locked_session(db, slug), now=now())
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.post("/questionnaire")
def questionnaire(slug: str) -> str | Response | tuple[str, int]:
    with writing(engine()) as db:
        current = locked_session(db, slug)
        errors = flow.record_questionnaire(db, current, request.form, now=now())
        keep_withdrawal_code(slug, flow.finish(db, current, now=now()))
        if errors:
            items = [item.model_dump() for item in thaw(current.version.protocol).items]
            page = render_template(
                "participant/questionnaire.html",
                items=items,
                values=request.form,
                errors=errors,
                **frame_of(current.study),
            )
            return page, 422
    return redirect(url_for(".session", slug=slug), 303)
