"""What a request tells of the visit: which study, which session, which namespace."""

from __future__ import annotations

from typing import Any

import flask
from flask import Blueprint, abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.models import Session, Study
from study.participant.words import protocol_in
from study.protocol import StudyProtocol, thaw
from study.recruiters import namespace_of
from study.running import settings

blueprint = Blueprint("participant", __name__, url_prefix="/s/<slug>")


def find_study(db: DatabaseSession, slug: str) -> Study:
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        abort(404)
    return study


def language_asked(protocol: StudyProtocol) -> str:
    """The study's language for a visitor without a session: asked for by ?lang=, else the browser's, else
    the study's first."""
    if (wanted := request.values.get("lang")) in protocol.languages:
        return str(wanted)
    preferred = (tag.partition("-")[0] for tag in request.accept_languages.values())
    return next((tag for tag in preferred if tag in protocol.languages), protocol.languages[0])


def frame_of(study: Study, language: str | None = None) -> dict[str, Any]:
    """What every page needs: title and short name of the study, and where its pages begin.

    ``language``: that of the session; without one, the one asked for.
    """
    version = study.current
    protocol = protocol_in(version, language or language_asked(thaw(version.protocol)))
    return {
        "study": {"title": protocol.title, "slug": study.slug},
        "base": url_for("participant.landing", slug=study.slug),
    }


def namespace_asked(slug: str) -> str:
    token = request.form.get("as", "")
    return namespace_of(settings().secret_key, token, slug=slug)


def kept_session(db: DatabaseSession, slug: str, *, for_update: bool = False) -> Session | None:
    """The session this browser began; None without one, or when it was erased."""
    kept = flask.session.get(f"session:{slug}")
    return flow.session_by_id(db, str(kept), for_update=for_update) if kept else None


def locked_session(db: DatabaseSession, slug: str) -> Session:
    current = kept_session(db, slug, for_update=True)
    if current is None:
        abort(410)
    return current


def keep_withdrawal_code(slug: str, code: str | None) -> None:
    # Only a digest is stored, so the page can show the code again only if the browser carries it.
    if code is not None:
        flask.session[f"withdrawal:{slug}"] = code


def forget_session(slug: str) -> None:
    flask.session.pop(f"session:{slug}", None)
    flask.session.pop(f"withdrawal:{slug}", None)
