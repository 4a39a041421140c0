"""Leave now, or withdraw later by code."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from study import flow
from study.database import reading, writing
from study.language import sentence
from study.limits import GUESS_CODE, limiter
from study.participant.language import say
from study.participant.visit import blueprint, find_study, forget_session, frame_of, kept_session
from study.running import engine, now


@blueprint.get("/withdraw")
def withdraw_page(slug: str) -> str:
    """Leave now, or withdraw later by code."""
    with reading(engine()) as db:
        under_way = kept_session(db, slug) is not None
        return render_template(
            "participant/withdraw.html", under_way=under_way, error=None, **frame_of(find_study(db, slug))
        )


@blueprint.post("/withdraw")
@limiter.limit(GUESS_CODE)
def withdraw(slug: str) -> str | Response | tuple[str, int]:
    code = request.form.get("code", "")
    with writing(engine()) as db:
        study = find_study(db, slug)
        current = kept_session(db, slug)
        if code:
            if not flow.withdraw_by_code(db, study.id, code, now=now()):
                error = say(sentence("No answers belong to this code. Please check it, letter by letter."))
                frame = frame_of(study)
                page = render_template(
                    "participant/withdraw.html", under_way=current is not None, error=error, **frame
                )
                return page, 422
        elif current is not None:
            flow.withdraw(db, current, now=now())
    forget_session(slug)
    return redirect(url_for(".withdrawn", slug=slug), 303)


@blueprint.get("/withdrawn")
def withdrawn(slug: str) -> str:
    with reading(engine()) as db:
        return render_template(
            "participant/ended.html", reason="withdrawn", code=None, **frame_of(find_study(db, slug))
        )
