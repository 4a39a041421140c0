"""The way in: information, consent, refusal."""

from __future__ import annotations

import flask
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.limits import ENTER_STUDY, limiter
from study.models import Study
from study.participant.visit import blueprint, find_study, frame_of, kept_session, namespace_asked
from study.participant.visitors import browser_of, form_of, system_of
from study.participant.words import as_html
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
        visitor = flow.Visitor(namespace=namespace_asked(slug), identifiers=identifiers(request.args))
        if not flow.may_enter(db, study, visitor):
            return _not_open(study)
        version = study.current
        protocol = thaw(version.protocol)
        return render_template(
            "participant/landing.html",
            information_html=as_html(version.texts[protocol.texts.information]),
            consent_html=as_html(version.texts[protocol.texts.consent]),
            carried={name: request.args[name] for name in (*PARAMETERS, "as") if name in request.args},
            **frame_of(study),
        )


@blueprint.post("/consent")
@limiter.limit(
    ENTER_STUDY, exempt_when=lambda: namespace_asked(str((request.view_args or {})["slug"])) == "robot"
)
def consent(slug: str) -> Response | tuple[str, int]:
    """Begin a session for who agrees; count who does not."""
    agreed = request.form.get("consent") == "yes"
    with writing(engine()) as db:
        study = find_study(db, slug)
        namespace = namespace_asked(slug)
        named = flow.Visitor(namespace=namespace, identifiers=identifiers(request.form))
        under_way = kept_session(db, slug)
        if under_way is None and not flow.may_enter(db, study, named):
            return _not_open(study), 403
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
        begun = under_way or flow.enrol(db, study, visitor, now=now())
    flask.session.permanent = True
    flask.session[f"session:{slug}"] = begun.session
    return redirect(url_for(".session", slug=slug), 303)


def _not_open(study: Study) -> str:
    """Nobody new can begin now; there is nothing to agree to."""
    ended = study.closed_at is not None
    return render_template("participant/not_open.html", ended=ended, **frame_of(study))


@blueprint.get("/declined")
def declined(slug: str) -> str:
    with reading(engine()) as db:
        return render_template("participant/declined.html", **frame_of(find_study(db, slug)))


def _is_robot() -> bool:
    return namespace_asked(str((request.view_args or {})["slug"])) == "robot"
