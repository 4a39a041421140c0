"""Whether the server lives, and whether it can take answers: for a supervisor and for a load balancer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Blueprint, Response, jsonify
from sqlalchemy.engine import make_url

from study.database import newest_revision, revision_of
from study.running import engine, settings
from study.settings import Settings

blueprint = Blueprint("health", __name__)

#: A server with less free space than this takes no new people, so that those under way can finish.
FREE_MB = 100


@blueprint.get("/health")
def health() -> Response:
    """The process lives and answers. Asks nothing of database or disk: a restart would not help those."""
    return jsonify(status="ok")


@blueprint.get("/ready")
def ready() -> tuple[Response, int]:
    """Everything that an answer needs is there (200), or what is not (503)."""
    found = {name: _outcome(check) for name, check in _checks(settings()).items()}
    is_ready = all(word == "ok" for word in found.values())
    response = jsonify(status="ready" if is_ready else "not ready", checks=found)
    return response, 200 if is_ready else 503


def _checks(settings: Settings) -> Mapping[str, Callable[[], str]]:
    return {
        "database": lambda: _database(),
        "disk": lambda: _disk(settings),
        "pictures": lambda: _pictures(settings),
    }


def _outcome(check: Callable[[], str]) -> str:
    # Anybody may ask; what went wrong in detail, with addresses and paths, is for the log alone.
    try:
        return check()
    except Exception:
        return "out of reach"


def _database() -> str:
    return "ok" if revision_of(engine()) == newest_revision() else "not migrated"


def _pictures(settings: Settings) -> str:
    return "ok" if settings.pictures.is_dir() else "the folder is missing"


def _disk(settings: Settings) -> str:
    """Whether files can be written where the data live, with room to spare."""
    with tempfile.TemporaryFile(dir=settings.data) as probe:
        probe.write(b"ready")
    folders = [settings.data]
    address = make_url(settings.database)
    if address.get_backend_name() == "sqlite" and address.database:
        folders.append(Path(address.database).parent)
    free_mb = min(shutil.disk_usage(folder).free for folder in folders) / 2**20
    return "ok" if free_mb >= FREE_MB else "almost full"
