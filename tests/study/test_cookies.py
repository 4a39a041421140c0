"""The signed cookie and the page's token: quick for who was here, closed to everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import session
from itsdangerous import URLSafeTimedSerializer

from tests.study.browser_like import Walker, answers


@pytest.fixture
def dialect():
    return "sqlite"


@pytest.fixture
def walker(app, published):
    return Walker(app.test_client(), published.slug)


def send(walker, plan, *, token, **headers):
    url = f"{walker.base}messages"
    body = {"messages": list(answers(plan))[:1]}
    return walker.client.post(url, json=body, headers={"X-CSRFToken": token, **headers})


def test_a_token_of_the_same_browser_is_taken_again_and_again(walker):
    plan = walker.start()
    assert [send(walker, plan, token=walker.token).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("wrong", ["", "guess", "other", "forged", "cut"])
def test_any_other_token_is_refused_also_after_the_right_one_was_seen(app, published, walker, wrong):
    plan = walker.start()
    assert send(walker, plan, token=walker.token).status_code == 200
    other = Walker(app.test_client(), published.slug)
    other.get()
    forged = URLSafeTimedSerializer("another key", salt="wtf-csrf-token").dumps("0" * 40)
    token = {"": "", "guess": "a.b.c", "other": other.token, "forged": forged, "cut": walker.token[:-1]}[
        wrong
    ]
    assert send(walker, plan, token=token).status_code == 400


def test_a_right_token_without_its_cookie_is_refused(app, published, walker):
    plan = walker.start()
    stranger = Walker(app.test_client(), published.slug)
    assert send(stranger, plan, token=walker.token).status_code == 400


def test_over_https_another_site_cannot_send_with_the_right_token(walker):
    plan = walker.start()
    environ = {"base_url": "https://localhost"}
    url, body = f"{walker.base}messages", {"messages": list(answers(plan))[:1]}
    cookie = walker.client.get_cookie("facevalue").value
    for origin, status in (("https://elsewhere.test/", 400), ("https://localhost/s/x/", 200)):
        headers = {"X-CSRFToken": walker.token, "Referer": origin, "Cookie": f"facevalue={cookie}"}
        reply = walker.client.post(url, json=body, headers=headers, **environ)
        assert reply.status_code == status


def test_a_cookie_is_read_anew_however_often_it_was_seen(app):
    with app.test_request_context():
        session["list"] = ["a"]
        signer = app.session_interface.get_signing_serializer(app)
        cookie = signer.dumps(dict(session))
    for _ in range(2):
        with app.test_request_context(headers={"Cookie": f"facevalue={cookie}"}):
            assert session["list"] == ["a"]
            session["list"].append("b")


def test_a_cookie_that_was_changed_or_is_too_old_counts_for_nothing(app, monkeypatch):
    signer = app.session_interface.get_signing_serializer(app)
    cookie = signer.dumps({"a": 1})
    with app.test_request_context(headers={"Cookie": f"facevalue={cookie}"}):
        assert session["a"] == 1
    with app.test_request_context(headers={"Cookie": f"facevalue={cookie[:-2]}xx"}):
        assert "a" not in session
    monkeypatch.setattr(app.session_interface, "_lifetime", timedelta(seconds=-1))
    with app.test_request_context(headers={"Cookie": f"facevalue={cookie}"}):
        assert "a" not in session


def test_answers_set_no_cookie_again(walker):
    plan = walker.start()
    assert "Set-Cookie" not in send(walker, plan, token=walker.token).headers
