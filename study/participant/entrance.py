"""The way in: information, consent, refusal."""

from __future__ import annotations

import flask
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.limits import ENTER_STUDY, limiter
from study.participant.visit import (
    blueprint,
    find_study,
    frame_of,
    kept_session,
    language_asked,
    namespace_asked,
)
from study.participant.visitors import browser_of, form_of, system_of
from study.participant.words import text_html
from study.protocol import thaw
from study.recruiters import PARAMETERS, identifiers
from study.running import engine, now


@blueprint.get("/")
def landing(slug: str) -> str | Response:
    """Information and consent. Starts nothing: link previews and reloads leave no trace."""
    with reading(engine()) as db:
        if kept_session(db, slug) is not None:
            return redirect(url_for(".session", slug=slug))
        study = find_study(db, slug)
        version = study.current
        protocol = thaw(version.protocol)
        return render_template(
            "participant/landing.html",
            information_html=text_html(version, protocol.texts.information, language_asked(protocol)),
            consent_html=text_html(version, protocol.texts.consent, language_asked(protocol)),
            carried={
                name: request.args[name] for name in (*PARAMETERS, "as", "lang") if name in request.args
            },
            **frame_of(study),
        )


@blueprint.post("/consent")
@limiter.limit(
    ENTER_STUDY, exempt_when=lambda: namespace_asked(str((request.view_args or {})["slug"])) == "robot"
)
def consent(slug: str) -> Response:
    """Begin a session for who agrees; count who does not."""
    agreed = request.form.get("consent") == "yes"
    with writing(engine()) as db:
        study = find_study(db, slug)
        namespace = namespace_asked(slug)
        if not agreed:
            flow.decline(db, study, namespace=namespace, now=now())
            return redirect(url_for(".declined", slug=slug), 303)
        visitor = flow.Visitor(
            namespace=namespace,
            language=language_asked(thaw(study.current.protocol)),
            identifiers=identifiers(request.form),
            browser=browser_of(request),
            operating_system=system_of(request),
            form=form_of(request),
        )
        begun = kept_session(db, slug) or flow.enrol(db, study, visitor, now=now())
    flask.session.permanent = True
    flask.session[f"session:{slug}"] = begun.session
    return redirect(url_for(".session", slug=slug), 303)


@blueprint.get("/declined")
def declined(slug: str) -> str:
    with reading(engine()) as db:
        return render_template("participant/declined.html", **frame_of(find_study(db, slug)))


def _is_robot() -> bool:
    return namespace_asked(str((request.view_args or {})["slug"])) == "robot"
