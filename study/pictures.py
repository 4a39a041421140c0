"""Serve pictures under random names, with nothing in the headers that could tell them apart."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort

from study.running import settings

blueprint = Blueprint("pictures", __name__)

_NAME = re.compile(r"^[A-Za-z0-9_-]{20,40}\.jpg$")


@blueprint.get("/pictures/<name>")
def picture(name: str) -> Response:
    """One picture, for ever the same under its name.

    No Last-Modified and no ETag: both would follow file times and sizes, and so perhaps the origin.
    """
    file = settings().pictures / name
    if not _NAME.match(name) or not file.is_file():
        abort(404)
    response = Response(file.read_bytes(), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
