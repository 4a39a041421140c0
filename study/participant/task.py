"""What the task page fetches and sends: the plan, messages, feedback, the end of the trials."""

from __future__ import annotations

from flask import Response, abort, jsonify, request, url_for

from study import flow
from study.database import reading, viewing, writing
from study.participant.batches import MOST_MESSAGES, batch_of, said_of
from study.participant.trial_plan import trial_plan
from study.participant.truth import truth_of
from study.participant.visit import (
    blueprint,
    keep_withdrawal_code,
    kept_session,
    locked_session,
    seen_session,
    session_named,
)
from study.running import answers, engine, now


@blueprint.get("/plan")
def plan(slug: str) -> Response:
    """What is left to do. ``?width=384``: pictures are shown so wide, in pixels of the screen."""
    with viewing(engine()) as db:
        current = seen_session(db, slug)
        if current is None or current.step != "task":
            abort(404)
        return jsonify(trial_plan(db, current, shown_px=request.args.get("width", type=int)))


@blueprint.post("/resume")
def resume(slug: str) -> Response | tuple[Response, int]:
    """Where the task page begins, each time it is opened: how the session goes on, by the block's policy."""
    body = request.get_json()
    unsent = body.get("unsent") if isinstance(body, dict) else None
    if not isinstance(unsent, list) or not all(type(position) is int for position in unsent):
        return jsonify(error="expected unsent: a list of positions"), 400
    with writing(engine()) as db:
        current = locked_session(db, slug)
        how = flow.resume(db, current, unsent=unsent, now=now())
        keep_withdrawal_code(slug, flow.code_after_lapse(db, current, now=now()))
    return jsonify(resume=how, next=url_for(".session", slug=slug) if how == "end" else None)


@blueprint.post("/messages")
def messages(slug: str) -> Response | tuple[Response, int]:
    """Store answers. Nearly all come by study.participant.answer_lane instead, which does the same."""
    batch = batch_of(request.get_json())
    if batch is None:
        return jsonify(error=f"expected a list of at most {MOST_MESSAGES} messages"), 400
    session = session_named(slug)
    outcome = session and answers().store(flow.Delivery(session, batch))
    if not outcome:
        abort(410)
    return jsonify(said_of(outcome))


@blueprint.get("/feedback/<int:position>")
def feedback(slug: str, position: int) -> Response:
    """Which faces of an answered trial were real, where the block tells it; otherwise there is nothing."""
    with reading(engine()) as db:
        current = kept_session(db, slug)
        truth = None if current is None else truth_of(db, current, position)
    if truth is None:
        abort(404)
    return jsonify(truth)


@blueprint.post("/task-done")
def task_done(slug: str) -> Response:
    with writing(engine()) as db:
        current = locked_session(db, slug)
        missing = flow.finish_task(db, current, now=now())
        keep_withdrawal_code(slug, flow.finish(db, current, now=now()))
    if missing:
        return jsonify(complete=False, missing=missing)
    return jsonify(complete=True, next=url_for(".session", slug=slug))
