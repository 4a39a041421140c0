"""What a request tells of the visit: which study, which session, which namespace."""

from __future__ import annotations

from typing import Any

import flask
from flask import Blueprint, abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.models import Session, Study
from study.recruiters import namespace_of
from study.running import settings

blueprint = Blueprint("participant", __name__, url_prefix="/s/<slug>")


def find_study(db: DatabaseSession, slug: str) -> Study:
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        abort(404)
    return study


def frame_of(study: Study) -> dict[str, Any]:
    """What every page needs: title and short name of the study, and where its pages begin."""
    return {
        "study": {"title": study.current.title, "slug": study.slug},
        "base": url_for("participant.landing", slug=study.slug),
    }


def namespace_asked(slug: str) -> str:
    """The namespace of a link or of the form it led to; live without a signed word."""
    token = request.values.get("as", "")
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
