"""One line for each request, and nothing in it of the person who sent it."""

from __future__ import annotations

import io
import json

import pytest

from study.app import create_app
from study.request_log import RequestLog
from tests.study.browser_like import Walker


@pytest.fixture
def dialect():
    return "sqlite"


@pytest.fixture
def written(app):
    """What the log of the app writes."""
    out = io.StringIO()
    app.wsgi_app = RequestLog(app.wsgi_app, "json", write=out.write)
    return out


def lines(written):
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_names_the_route_and_not_the_address(app, written, published):
    reply = app.test_client().get(f"/s/{published.slug}/?PROLIFIC_PID=5f3a9c&as=word")
    (line,) = lines(written)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/s/<slug>/", 200)
    assert line["ms"] > 0
    assert reply.headers.getlist("X-Request-ID")[-1] == line["request"]
    assert "5f3a9c" not in written.getvalue()


def test_nothing_of_a_whole_session_stands_in_the_log(app, written, published):
    client = app.test_client()
    walker = Walker(client, published.slug)
    walker.get("?PROLIFIC_PID=person-of-the-recruiter")
    walker.answer(walker.start())
    walker.finish()
    with client.session_transaction() as kept:
        session, code = (kept[f"{name}:{published.slug}"] for name in ("session", "withdrawal"))
    said = written.getvalue()
    secrets = [session, code, walker.token, "person-of-the-recruiter", "COMPLETE", "127.0.0.1", "words"]
    assert [secret for secret in secrets if secret in said] == []
    assert {line["route"] for line in lines(written)} >= {"/s/<slug>/messages", "/s/<slug>/consent"}


def test_an_unknown_address_has_no_route(app, written):
    app.test_client().get("/s/some/where/else/5f3a9c")
    assert lines(written)[0]["route"] is None
    assert "5f3a9c" not in written.getvalue()


def test_an_error_is_told_by_its_kind_and_its_place_and_not_in_its_words(
    app, written, published, monkeypatch
):
    def fail(*_, **__):
        raise ValueError("expected something else, found my secret answer")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("study.participant.entrance.find_study", fail)
    assert app.test_client().get(f"/s/{published.slug}/").status_code == 500
    (line,) = lines(written)
    assert (line["status"], line["error"]) == (500, "ValueError")
    assert any(place.startswith("study/participant/entrance.py:") for place in line["code"])
    assert "secret" not in written.getvalue()


@pytest.mark.parametrize(
    ("form", "expected"), [("json", '"route": "/health"'), ("text", "200 GET /health"), ("off", "")]
)
def test_the_log_comes_in_the_form_that_was_asked_for(published, capsys, form, expected):
    from dataclasses import replace

    app = create_app(replace(published.settings, log=form))
    app.test_client().get("/health")
    said = capsys.readouterr().err
    assert expected in said
    assert bool(said) == (form != "off")
    app.extensions["facevalue_engine"].dispose()
