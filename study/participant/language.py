"""In which language a participant's page speaks, and the words of the page in that language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import flask
from flask import Flask, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from study import flow
from study.language import (
    LANGUAGES,
    Sentence,
    date_text,
    direction,
    native_name,
    negotiate,
    number_locale,
    number_text,
    offered_languages,
    percent_text,
    script_words,
    translate,
)
from study.language.catalogue import translations
from study.models import Session
from study.protocol import StudyProtocol


def install(app: Flask) -> None:
    """Teach the templates to speak: ``_``, ``ngettext``, ``{% trans %}`` and the formats as filters."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda english: translations(page_language()).gettext(english),
        lambda one, many, n: translations(page_language()).ngettext(one, many, n),
        newstyle=True,
    )
    app.add_template_filter(_number, "number")
    app.add_template_filter(_percent, "percent")
    app.add_template_filter(_date, "date")
    app.context_processor(_of_the_page)


def _number(number: float) -> str:
    return number_text(number, page_language())


def _percent(share: float) -> str:
    return percent_text(share, page_language())


def _date(day: date) -> str:
    return date_text(day, page_language())


def _of_the_page() -> dict[str, Any]:
    language = page_language()
    return {
        "language": language,
        "direction": direction(language),
        "words_of_scripts": {
            "language": language,
            "numbers": number_locale(language),
            "messages": script_words(language),
        },
    }


def page_language() -> str:
    """The language of the page being made; on a page of no study the visitor's own, if there is one."""
    if "language" not in flask.g:
        flask.g.language = _negotiated(tuple(LANGUAGES))
    return str(flask.g.language)


def speak_as_chosen(protocol: StudyProtocol) -> None:
    """Without a session: the visitor's choice among the study's languages; keeps what was asked for.

    The choice is kept in the cookie that every page sets for its forms, and nowhere else.
    """
    if "language" in flask.g:
        return
    offered = offered_languages(protocol)
    flask.g.language = _negotiated(offered)
    if request.values.get("lang") in offered:
        flask.session["language"] = flask.g.language


def speak_as_begun(session: Session | flow.SeenSession) -> None:
    """In a session: the language it was begun in, whatever is asked for later."""
    flask.g.language = session.language


def _negotiated(offered: Sequence[str]) -> str:
    return negotiate(
        offered,
        requested=_requested(),
        remembered=flask.session.get("language"),
        accept_language=request.headers.get("Accept-Language"),
    )


def _requested() -> str | None:
    try:
        return request.values.get("lang")
    except RequestEntityTooLarge:
        # Whose request is too long to be read must still be told so.
        return request.args.get("lang")


def say(said: Sentence) -> str:
    """A sentence in the page's language."""
    return translate(said, page_language())


def language_links(protocol: StudyProtocol, slug: str, carried: dict[str, Any]) -> list[dict[str, Any]]:
    """The offered languages, each by its own name with the landing page's address in it.

    ``carried``: what the recruiter's link brought along, which a change of language must not lose.
    """
    return [
        {
            "code": code,
            "name": native_name(code),
            "direction": direction(code),
            "address": url_for("participant.landing", slug=slug, lang=code, **carried),
            "current": code == page_language(),
        }
        for code in offered_languages(protocol)
    ]
