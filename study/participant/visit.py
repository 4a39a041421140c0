"""What a request tells of the visit: which study, which link, which session, which namespace."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flask
from flask import Blueprint, abort, request, url_for
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload

from study import flow
from study.frozen import Version, protocol_of
from study.models import IMPORTED_STEP, ProtocolVersion, Session, Study
from study.participant.language import page_language, speak_as_begun, speak_as_chosen
from study.participant.visitors import browser_of, form_of, system_of
from study.participant.words import protocol_in
from study.recruiters import Arrival, namespace_of, read_arrival
from study.running import settings

blueprint = Blueprint("participant", __name__, url_prefix="/s/<slug>")


_STUDY = (
    select(Study).where(Study.slug == bindparam("slug")).options(joinedload(Study.versions, innerjoin=True))
)


def find_study(db: DatabaseSession, slug: str) -> Study:
    """The study at an address; from here on the page speaks one of its languages."""
    study = db.scalars(_STUDY, {"slug": slug}).unique().first()
    if study is None:
        abort(404)
    speak_as_chosen(protocol_of(study.current))
    return study


def frame_of(study: Study) -> dict[str, Any]:
    """What every page needs: title and short name of the study, and where its pages begin."""
    return _frame(study.slug, study.current)


def frame_in(session: Session | flow.SeenSession) -> dict[str, Any]:
    """The same within a session, with the title of the version that it follows."""
    return _frame(session.study.slug, session.version)


def _frame(slug: str, version: ProtocolVersion | Version) -> dict[str, Any]:
    title = protocol_in(version, page_language()).title
    return {"study": {"title": title, "slug": slug}, "base": _base(slug, request.script_root)}


@lru_cache
def _base(slug: str, _root: str) -> str:
    return url_for("participant.landing", slug=slug)


def namespace_asked(slug: str) -> str:
    """The namespace of a link or of the form it led to; live without a signed word."""
    token = request.values.get("as", "")
    return namespace_of(settings().secret_key, token, slug=slug)


def arrival_of(study: Study) -> Arrival:
    """What the recruiter's link said, from the link itself or as the consent form carried it on."""
    return read_arrival(protocol_of(study.current).recruitment, request.values)


def visitor_of(study: Study, arrival: Arrival, *, action: str = "") -> flow.Visitor:
    return flow.Visitor(
        namespace=namespace_asked(study.slug),
        language=page_language(),
        identifiers=arrival.identifiers,
        action=action,
        browser=browser_of(request),
        operating_system=system_of(request),
        form=form_of(request),
    )


def session_named(slug: str) -> str | None:
    """The identifier of the session that this browser began, as its cookie says."""
    kept = flask.session.get(f"session:{slug}")
    return str(kept) if kept else None


def kept_session(db: DatabaseSession, slug: str, *, for_update: bool = False) -> Session | None:
    """The session this browser began; None without one, when it was erased, or came back from an export."""
    kept = session_named(slug)
    found = flow.session_by_id(db, kept, for_update=for_update) if kept else None
    if found is None or found.step == IMPORTED_STEP:
        return None
    speak_as_begun(found)
    return found


def seen_session(db: Connection, slug: str) -> flow.SeenSession | None:
    """The session this browser began, for reading alone; None as with kept_session."""
    kept = session_named(slug)
    found = flow.seen_session(db, kept) if kept else None
    if found is not None:
        speak_as_begun(found)
    return found


def locked_session(db: DatabaseSession, slug: str) -> Session:
    current = kept_session(db, slug, for_update=True)
    if current is None:
        abort(410)
    return current


def keep_session(slug: str, session: Session) -> None:
    """Let this browser go on with a session."""
    flask.session.permanent = True
    flask.session["language"] = session.language
    flask.session[f"session:{slug}"] = session.session


def keep_withdrawal_code(slug: str, code: str | None) -> None:
    # Only a digest is stored, so the page can show the code again only if the browser carries it.
    if code is not None:
        flask.session[f"withdrawal:{slug}"] = code


def forget_session(slug: str) -> None:
    flask.session.pop(f"session:{slug}", None)
    flask.session.pop(f"withdrawal:{slug}", None)
