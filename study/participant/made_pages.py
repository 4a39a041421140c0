"""Pages that are the same for everybody but for a few words: made once in each process, then filled in.

Making a page from its template takes longer than finding out which page it is to be. What belongs to one
browser alone, above all its token against forged requests, is put in afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app, render_template, request
from markupsafe import escape

from study.cookies import PageToken
from study.participant.language import page_language

_KEPT = 128
# Nobody can know it, so nothing but these templates can hold it.
_GAP = secrets.token_hex(16)


def made_page(template: str, *, own: Mapping[str, str] | None = None, **context: Any) -> str:
    """The page of a template. ``own`` are the words of one person, which no other page must hold.

    ``context``: text, numbers, and mappings and lists of these, the same for many people.
    """
    tokens: PageToken = current_app.extensions["csrf"]
    own = {**(own or {}), "csrf_token": tokens.of_this_browser()}
    page = _made(template, page_language(), request.script_root, tuple(own), _fixed(context))
    for name, words in own.items():
        page = page.replace(_gap(name), escape(words))
    return page


@lru_cache(_KEPT)
def _made(template: str, _language: str, _root: str, own: tuple[str, ...], context: Any) -> str:
    gaps = {name: _gap(name) for name in own}
    token = gaps.pop("csrf_token")
    return render_template(template, **_loose(context), **gaps, csrf_token=lambda: token)


def _gap(name: str) -> str:
    return f"{_GAP}-{name}"


class _Items(tuple[tuple[str, Any], ...]):
    """A mapping as it can be looked up."""


def _fixed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Items((name, _fixed(item)) for name, item in value.items())
    return tuple(_fixed(item) for item in value) if isinstance(value, list) else value


def _loose(value: Any) -> Any:
    if isinstance(value, _Items):
        return {name: _loose(item) for name, item in value}
    return [_loose(item) for item in value] if isinstance(value, tuple) else value
