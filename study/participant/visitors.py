"""What a request says of the person's browser, coarsely: enough for timing health, too little to track."""

from __future__ import annotations

import re

from flask import Request

_BROWSERS = (
    ("Edge", r"Edg(?:A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari"),
    ("facevalue robot", r"facevalue-robot/(\d+)"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iOS", "iPhone|iPad|iPod"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X|Macintosh"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)


def browser_of(request: Request) -> str:
    """Family and major version, such as ``Chrome 156``; empty when unknown.

    >>> from werkzeug.test import EnvironBuilder
    >>> from flask import Request
    >>> headers = {"User-Agent": "X Chrome/156.0.1 Safari/537"}
    >>> browser_of(Request(EnvironBuilder(headers=headers).get_environ()))
    'Chrome 156'
    """
    agent = request.headers.get("User-Agent", "")
    for name, pattern in _BROWSERS:
        if found := re.search(pattern, agent):
            return f"{name} {found[1]}"
    return ""


def system_of(request: Request) -> str:
    agent = request.headers.get("User-Agent", "")
    return next((name for name, pattern in _SYSTEMS if re.search(pattern, agent)), "")


def form_of(request: Request) -> str:
    """desktop, tablet or phone, by what the browser calls itself."""
    agent = request.headers.get("User-Agent", "")
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", agent):
        return "tablet"
    return "phone" if re.search(r"Mobi|iPhone|Android", agent) else "desktop"
