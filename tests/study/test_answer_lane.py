"""Answers on their short way: the same cookie, token, answers and errors as on the long one."""

from __future__ import annotations

import io
import json

import pytest

from study.headers import PROTECTION
from tests.study.browser_like import Walker, answers


@pytest.fixture
def dialect():
    return "sqlite"


@pytest.fixture
def walker(app, published):
    walker = Walker(app.test_client(), published.slug)
    walker.plan = walker.start()
    return walker


@pytest.fixture
def framework(app, monkeypatch):
    """The methods of the requests that reached Flask."""
    seen = []
    dispatch = app.full_dispatch_request
    monkeypatch.setattr(app, "full_dispatch_request", lambda: seen.append(1) or dispatch())
    return seen


def first(walker):
    return json.dumps({"messages": list(answers(walker.plan))[:1]})


def post(walker, data, *, token=None, content_type="application/json", **more):
    headers = {"X-CSRFToken": walker.token if token is None else token}
    return walker.client.post(
        f"{walker.base}messages", data=data, content_type=content_type, headers=headers, **more
    )


def test_an_answer_as_our_scripts_send_it_needs_no_framework(walker, framework):
    replies = [post(walker, first(walker)) for _ in range(2)]
    assert [reply.json for reply in replies] == [{"acknowledged": [1], "refused": []}] * 2
    assert framework == []


def test_both_ways_say_the_same(walker, framework):
    short = post(walker, first(walker))
    long = post(walker, first(walker), content_type="application/json; charset=utf-8")
    assert len(framework) == 1
    assert (short.status, short.data) == (long.status, long.data)
    volatile = {"X-Request-ID"}
    assert {name for name, _ in short.headers} - volatile == {name for name, _ in long.headers} - volatile
    assert all(short.headers[name] == value for name, value in PROTECTION)


def test_the_log_names_the_route_on_the_short_way_too(walker, capsys):
    post(walker, first(walker))
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["route"], line["status"], line["method"]) == ("/s/<slug>/messages", 200, "POST")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ("{", 400),
        ("\xff", 400),
        ("[]", 400),
        ('{"messages": 1}', 400),
        (json.dumps({"messages": [{}] * 51}), 400),
        (json.dumps({"messages": ["x" * 2_100_000]}), 413),
    ],
)
def test_what_is_no_list_of_messages_is_the_frameworks_to_answer(walker, framework, data, status):
    assert post(walker, data.encode("latin-1")).status_code == status
    assert framework == [1]


@pytest.mark.parametrize("token", ["", "guess", "a.b.c"])
def test_a_wrong_token_is_refused(walker, framework, token):
    assert post(walker, first(walker), token=token).status_code == 400
    assert framework == [1]


def test_a_right_token_without_a_session_of_this_study_is_told_that_it_is_gone(app, walker, framework):
    with walker.client.session_transaction() as kept:
        kept.pop(f"session:{walker.base.split('/')[2]}")
    assert post(walker, first(walker)).status_code == 410
    assert framework == [1]


def test_a_session_that_was_withdrawn_is_told_so(walker, framework):
    kept = walker.client.get_cookie("facevalue").value
    walker.get("withdraw")
    walker.post("withdraw")
    walker.client.set_cookie("facevalue", kept)
    framework.clear()
    assert post(walker, first(walker)).status_code == 410
    assert framework == [1]


def test_a_body_that_ends_early_stores_nothing(walker):
    said = first(walker)
    cut = post(walker, None, input_stream=io.BytesIO(said[:-20].encode()), content_length=len(said))
    assert cut.status_code == 400
    assert post(walker, said).json["acknowledged"] == [1]


def test_an_error_nobody_expected_is_a_plain_500(app, walker, monkeypatch):
    def fail(_delivery):
        raise RuntimeError("the words of an error")

    monkeypatch.setattr(app.extensions["facevalue_answers"], "store", fail)
    app.testing = False
    reply = post(walker, first(walker))
    assert reply.status_code == 500
    assert "the words" not in reply.text
