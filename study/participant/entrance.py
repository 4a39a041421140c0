"""The way in: information, consent, refusal. Nothing starts by opening a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.frozen import protocol_of
from study.language import Sentence, sentence
from study.limits import ENTER_STUDY, limited
from study.models import Session, Study
from study.participant.departures import is_under_age, leave_as
from study.participant.language import language_links, page_language, say
from study.participant.made_pages import made_page
from study.participant.visit import (
    arrival_of,
    blueprint,
    find_study,
    frame_of,
    keep_session,
    kept_session,
    locked_session,
    namespace_asked,
    visitor_of,
)
from study.participant.words import as_html
from study.protocol import Eligibility
from study.recruiters import Arrival
from study.running import engine, now

OLDEST = 120
Answer = str | Response | tuple[str, int]


@blueprint.get("/")
def landing(slug: str) -> Answer:
    """Information and consent. Starts nothing: link previews and reloads leave no trace."""
    with reading(engine()) as db:
        study = find_study(db, slug)
        arrival = arrival_of(study)
        if _own_session(db, study, arrival) is not None:
            return redirect(url_for(".session", slug=slug))
        if not flow.may_enter(db, study, visitor_of(study, arrival)):
            return _not_open(study)
        if is_under_age(slug):
            return redirect(url_for(".left", slug=slug, kind="under_age"))
        return _landing(db, study, arrival)


@blueprint.post("/consent")
@limited(ENTER_STUDY, unless=lambda: namespace_asked(str((request.view_args or {})["slug"])) == "robot")
def consent(slug: str) -> Answer:
    """Begin a session for who agrees and may; count who does not; go on with who was here before."""
    with writing(engine()) as db:
        study = find_study(db, slug)
        arrival = arrival_of(study)
        current = _own_session(db, study, arrival) or _known(db, study, arrival)
        if current is not None:
            return _go_on(slug, current)
        if not flow.may_enter(db, study, visitor_of(study, arrival)):
            return _not_open(study), 403
        if request.form.get("consent") == "no":
            flow.decline(db, study, namespace=namespace_asked(slug), now=now())
            return leave_as("declined", study, arrival.carried)
        if is_under_age(slug):
            return redirect(url_for(".left", slug=slug, kind="under_age"), 303)
        if _door(db, study, arrival) != "open":
            return _landing(db, study, arrival), 422
        return _answer(db, study, arrival)


@blueprint.post("/again")
@limited(ENTER_STUDY, unless=lambda: namespace_asked(str((request.view_args or {})["slug"])) == "robot")
def again(slug: str) -> Answer:
    """Check a device once more, in a session of its own, on the consent given for the one before."""
    with writing(engine()) as db:
        before = locked_session(db, slug)
        study = before.study
        if not flow.was_unfit(before):
            return redirect(url_for(".session", slug=slug), 303)
        visitor = replace(
            visitor_of(study, arrival_of(study)),
            namespace=before.namespace,
            language=before.language,
            identifiers=flow.link_parameters(db.connection(), before),
            action=before.consent_action,
        )
        if not flow.may_enter(db, study, visitor):
            return _not_open(study), 403
        if study.current.id != before.version_id:
            # Other words may have to be agreed to.
            return redirect(url_for(".landing", slug=slug), 303)
        keep_session(slug, flow.enrol(db, study, visitor, now=now()))
    return redirect(url_for(".session", slug=slug), 303)


def _not_open(study: Study) -> str:
    """Nobody new can begin now; there is nothing to agree to."""
    ended = study.closed_at is not None or study.is_imported
    return render_template("participant/not_open.html", ended=ended, **frame_of(study))


def _answer(db: DatabaseSession, study: Study, arrival: Arrival) -> Answer:
    """What follows from the consent form of somebody new."""
    rules = protocol_of(study.current).eligibility
    faults = _faults(rules)
    if faults:
        return _landing(db, study, arrival, faults=faults), 422
    visitor = visitor_of(study, arrival, action="agree=yes consent=yes")
    age = int(request.form["age"].strip()) if rules.minimum_age else None
    refused = flow.refusal(db, study, visitor, age=age)
    if refused:
        flow.turn_away(db, study, refused, namespace=visitor.namespace, now=now())
        return leave_as(refused, study, arrival.carried)
    keep_session(study.slug, flow.enrol(db, study, visitor, now=now()))
    return redirect(url_for(".session", slug=study.slug), 303)


def _faults(rules: Eligibility) -> dict[str, Sentence]:
    """What is missing of an agreement, by field."""
    faults = {}
    age = request.form.get("age", "").strip()
    if rules.minimum_age and not (age.isascii() and age.isdigit() and 0 < int(age[:9]) <= OLDEST):
        faults["age"] = sentence("Please enter your age in years, as a whole number.")
    if request.form.get("agree") != "yes" or request.form.get("consent") != "yes":
        faults["agree"] = sentence("Please tick the box if you agree. Without it you do not take part.")
    return faults


def _own_session(db: DatabaseSession, study: Study, arrival: Arrival) -> Session | None:
    """The session of this browser, unless it is another person's or a new one may begin."""
    current = kept_session(db, study.slug)
    if current is None or not flow.belongs_to(db, current, visitor_of(study, arrival)):
        return None
    return None if flow.may_begin_again(current) else current


def _known(db: DatabaseSession, study: Study, arrival: Arrival) -> Session | None:
    """The session that the person of this link began elsewhere, unless a new one may begin."""
    known = flow.known_session(db, study, visitor_of(study, arrival))
    return None if known is None or flow.may_begin_again(known) else known


def _go_on(slug: str, current: Session) -> Response:
    keep_session(slug, current)
    # Who has begun and then says no wants to leave; that page asks, and erases.
    target = ".withdraw_page" if request.form.get("consent") == "no" else ".session"
    return redirect(url_for(target, slug=slug), 303)


def _door(db: DatabaseSession, study: Study, arrival: Arrival) -> str:
    """open, or why this link does not lead in: preview, unnamed (it names nobody), uninvited."""
    visitor = visitor_of(study, arrival)
    if arrival.preview:
        return "preview"
    if visitor.namespace != "live":
        return "open"
    if arrival.missing:
        return "unnamed"
    is_personal = "key" in arrival.identifiers
    return "uninvited" if is_personal and not flow.is_invited(db, study, visitor) else "open"


def _landing(
    db: DatabaseSession, study: Study, arrival: Arrival, *, faults: dict[str, Sentence] | None = None
) -> str:
    protocol = protocol_of(study.current)
    words = flow.consent_words(study.current, page_language())
    carried = {**arrival.carried, **({"as": request.values["as"]} if "as" in request.values else {})}
    facts: dict[str, Any] = {
        "information_html": as_html(words.information),
        "consent_html": as_html(words.consent),
        "carried": carried,
        "languages": language_links(protocol, study.slug, carried),
        "recruiter": protocol.recruitment.recruiter,
        "door": "back" if _known(db, study, arrival) else _door(db, study, arrival),
        "asks_age": protocol.eligibility.minimum_age > 0,
        "values": request.form,
        "faults": {field: say(fault) for field, fault in (faults or {}).items()},
    }
    if carried or request.form:
        return render_template("participant/landing.html", **facts, **frame_of(study))
    return made_page("participant/landing.html", **facts, **frame_of(study))
