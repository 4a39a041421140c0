"""The page of the step a participant is at, and what moves them on: device, questionnaires, instructions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask import abort, jsonify, redirect, render_template, request, url_for
from sqlalchemy import Connection, bindparam, select
from werkzeug.wrappers import Response

from study import flow
from study.database import changing, looking, viewing, writing
from study.messages import MessageError, read_device
from study.models import Session, Trial
from study.participant.language import say
from study.participant.made_pages import made_page
from study.participant.questionnaire_page import page_items
from study.participant.visit import (
    blueprint,
    frame_in,
    keep_withdrawal_code,
    kept_session,
    locked_session,
    seen_session,
    session_named,
)
from study.participant.words import protocol_in, text_html
from study.prepared import Prepared
from study.protocol import StudyProtocol
from study.recruiters import way_back
from study.running import engine, now
from study.timing import PRESENTED, timing_card

#: A session as a page finds it: read alone, or about to be changed.
Here = flow.SeenSession | Session

_QUESTIONS = ("before", "after")


@blueprint.get("/session")
def session(slug: str) -> str | Response:
    """The page of the step the participant is at; the server knows which.

    Coming here is a sign of life: who was away too long learns here, before answering more, whether there
    is still a place. Mostly there is nothing to write, and then nobody has to wait for their turn to.
    """
    with looking(engine()) as look:
        seen = _at_rest(look, slug)
        if seen is not None and seen.step not in _QUESTIONS:
            return _page(look, seen)
    if seen is not None:
        # Which questions come next is in several tables: they are read as of one moment.
        with viewing(engine()) as view:
            seen = _at_rest(view, slug)
            if seen is not None:
                return _page(view, seen)
    with writing(engine()) as db:
        current = kept_session(db, slug, for_update=True)
        if current is None:
            return redirect(url_for(".landing", slug=slug))
        flow.keep_place(db, current, now=now())
        keep_withdrawal_code(slug, flow.code_after_lapse(db, current, now=now()))
        return _page(db.connection(), current)


def _at_rest(db: Connection, slug: str) -> flow.SeenSession | None:
    """The session of this browser, if all that it needs is its page."""
    seen = seen_session(db, slug)
    return seen if seen is not None and flow.is_at_rest(seen, now=now()) else None


def _page(db: Connection, current: Here) -> str:
    study = current.study
    protocol = protocol_in(current.version, current.language)
    frame = frame_in(current)
    if current.step == "device":
        return made_page("participant/device.html", **frame)
    if current.step == "instructions":
        words = text_html(current.version, protocol.texts.instructions, current.language)
        return made_page("participant/instructions.html", instructions_html=words, **frame)
    if current.step == "task":
        picture = {"width_px": study.picture_width_px, "height_px": study.picture_height_px}
        return made_page(
            "participant/task.html", own={"session_id": current.session}, picture=picture, **frame
        )
    if current.step in _QUESTIONS:
        return _questionnaire(db, current, {}, {})
    if current.step == "debrief":
        return _debrief(db, current, protocol, frame)
    return _ended(db, current, protocol, frame)


def _ended(db: Connection, current: Here, protocol: StudyProtocol, frame: dict[str, Any]) -> str:
    return render_template(
        "participant/ended.html",
        reason=_reason(current),
        misfits=current.device.get("misfits", []),
        rules=protocol.device,
        device=current.device,
        forms=protocol.device.forms,
        way_back=way_back(protocol.recruitment, current.status, flow.link_parameters(db, current)),
        withdrawal_code=flask.session.get(f"withdrawal:{current.study.slug}"),
        **frame,
    )


def _reason(current: Here) -> str:
    """full, lapsed, away, technical_failure, or device: it does not qualify."""
    if current.step in ("full", "lapsed", "away"):
        return current.step
    return current.status if current.status in ("technical_failure", "lapsed") else "device"


_PRESENTED = Prepared(
    select(*(getattr(Trial, name) for name in PRESENTED)).where(Trial.session_id == bindparam("of_session"))
)


def _debrief(db: Connection, current: Here, protocol: StudyProtocol, frame: dict[str, Any]) -> str:
    card = timing_card(_PRESENTED.all(db, {"of_session": current.id}))
    back = way_back(protocol.recruitment, current.status, flow.link_parameters(db, current))
    own = {
        "withdrawal_code": flask.session.get(f"withdrawal:{current.study.slug}"),
        "way_back_link": back.link if back else None,
    }
    return made_page(
        "participant/debrief.html",
        own={name: words for name, words in own.items() if words},
        debrief_html=text_html(current.version, protocol.texts.debrief, current.language),
        # The link may name a person: it is put in afterwards.
        way_back={**vars(back), "link": back.link is not None} if back else None,
        timing={**vars(card), "refresh_hz": round(card.refresh_hz) if card.refresh_hz else None},
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
    kept = session_named(slug)
    with changing(engine()) as db:
        is_there = kept is not None and flow.finish_instructions(db, kept, now=now())
    if not is_there:
        abort(410)
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.post("/questionnaire")
def questionnaire(slug: str) -> str | Response | tuple[str, int]:
    # Several options of one item come as several values of one name.
    entered = {name: ";".join(request.form.getlist(name)) for name in request.form}
    with writing(engine()) as db:
        current = locked_session(db, slug)
        errors = flow.record_questionnaire(db, current, entered.get("page", ""), entered, now=now())
        keep_withdrawal_code(slug, flow.finish(db, current, now=now()))
        if errors:
            said = {item: say(fault) for item, fault in errors.items()}
            return _questionnaire(db.connection(), current, entered, said), 422
    return redirect(url_for(".session", slug=slug), 303)


def _questionnaire(
    db: Connection, current: Here, values: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    """The next page of questions; ``values`` are what was entered, ``errors`` what is wrong with it."""
    at = flow.current_questionnaire(db, current)
    if at is None:
        abort(404)
    protocol = protocol_in(current.version, current.language)
    page = next(one for one in protocol.questionnaires if one.name == at.name)
    return render_template(
        "participant/questionnaire.html",
        page=page,
        items=page_items(page, protocol, flow.questionnaire_answers(db, current)),
        last=current.step == "after" and page == protocol.questionnaires_at("after")[-1],
        values=values,
        errors=errors,
        **frame_in(current),
    )
