"""Pages for people of whom nothing is kept: declined, not eligible, withdrawn.

What these pages need to know, the person's own browser carries in its signed cookie.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import flask
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from study.database import reading
from study.frozen import protocol_of
from study.models import Study
from study.participant.language import page_language
from study.participant.visit import blueprint, find_study, frame_of
from study.recruiters import way_back
from study.running import engine, now

KINDS = ("declined", "under_age", "took_part_before", "withdrawn")
#: The same browser is not asked its age again for so long. A family's computer is soon free again.
REMEMBERED = timedelta(hours=24)


def leave_as(kind: str, study: Study, parameters: Mapping[str, str], *, back: bool = True) -> Response:
    """Send a person to the page of their departure; ``back``: whether they take a code to the recruiter."""
    template = protocol_of(study.current).recruitment.return_url or ""
    needed = {name: value for name, value in parameters.items() if f"{{{name}}}" in template}
    flask.session.permanent = True
    # Whoever leaves a session reads of it in that session's language.
    flask.session["language"] = page_language()
    flask.session[f"left:{study.slug}"] = {
        "kind": kind,
        "at": now().isoformat(),
        "link": needed,
        "back": back,
    }
    return redirect(url_for("participant.left", slug=study.slug, kind=kind), 303)


def is_under_age(slug: str) -> bool:
    """Whether somebody too young answered in this browser within the last day."""
    left = flask.session.get(f"left:{slug}") or {}
    if left.get("kind") != "under_age":
        return False
    return now() - datetime.fromisoformat(left["at"]) < REMEMBERED


@blueprint.get("/<any(declined, under_age, took_part_before, withdrawn):kind>")
def left(slug: str, kind: str) -> str:
    """What happened, what it means for the person, and the way back."""
    with reading(engine()) as db:
        study = find_study(db, slug)
        protocol = protocol_of(study.current)
        kept = flask.session.get(f"left:{slug}") or {}
        # Codes are for who has been here, not for whoever types the address.
        came = kept.get("kind") == kind and kept.get("back", False)
        return render_template(
            "participant/left.html",
            kind=kind,
            minimum_age=protocol.eligibility.minimum_age,
            way_back=way_back(protocol.recruitment, kind, kept.get("link", {})) if came else None,
            recruiter=protocol.recruitment.recruiter,
            **frame_of(study),
        )
