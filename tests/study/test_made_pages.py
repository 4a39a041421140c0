"""Pages that are made once: everybody gets their own token and words, and nobody those of another."""

from __future__ import annotations

import re

import pytest
from flask import session

from study.participant import made_pages
from study.participant.made_pages import made_page

FRAME = {"study": {"title": "A <b>title</b>", "slug": "faces"}, "base": "/s/faces/"}
PICTURE = {"width_px": 320, "height_px": 400}
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@pytest.fixture(autouse=True)
def nothing_made():
    made_pages._made.cache_clear()


def task(app, session_id, *, language="en", **context):
    with app.test_request_context("/s/faces/session"):
        session["language"] = language
        page = made_page("participant/task.html", own={"session_id": session_id}, **{**FRAME, **context})
        return page, session["csrf_token"]


def test_a_page_that_was_made_is_filled_in_for_the_next_person(app):
    first, its_secret = task(app, "one", picture=PICTURE)
    second, other_secret = task(app, "two", picture=PICTURE)
    assert made_pages._made.cache_info().hits == 1
    assert its_secret != other_secret
    assert TOKEN.search(first)[1] != TOKEN.search(second)[1]
    assert 'data-session="one"' in first
    assert 'data-session="two"' in second
    assert (
        "one" not in second.replace("One moment", "").replace("none", "")
        or 'data-session="one"' not in second
    )
    assert made_pages._GAP not in first + second


@pytest.mark.parametrize(
    "other",
    [
        {"language": "de"},
        {"picture": {**PICTURE, "width_px": 640}},
        {"base": "/s/others/"},
        {"study": {"title": "Another", "slug": "faces"}},
    ],
)
def test_what_differs_is_another_page(app, other):
    one, _ = task(app, "one", **{"picture": PICTURE})
    another, _ = task(app, "one", **{"picture": PICTURE, **other})
    assert made_pages._made.cache_info().misses == 2
    assert TOKEN.sub("", one) != TOKEN.sub("", another)


def test_words_are_escaped_as_in_any_template(app):
    page, _ = task(app, '"><script>', picture=PICTURE)
    assert '"><script>' not in page
    assert "&#34;&gt;&lt;script&gt;" in page
    assert "A &lt;b&gt;title" in page


def test_a_page_says_the_same_whether_it_was_made_before_or_not(app):
    pages = [TOKEN.sub("", task(app, "one", picture=PICTURE)[0]) for _ in range(2)]
    assert pages[0] == pages[1]
