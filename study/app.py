"""Build the web app: settings in, Flask app out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.middleware.proxy_fix import ProxyFix

from study import cookies, flow, health, limits, participant, pictures, request_log, static_files
from study.answer_queue import AnswerQueue
from study.compact_json import CompactJson
from study.database import BusyError, migrate, open_engine, writing
from study.headers import ProtectiveHeaders
from study.language import sentence
from study.participant import language
from study.participant.answer_lane import AnswerLane
from study.request_log import note_error
from study.researcher import views as researcher
from study.running import now
from study.settings import Settings, read_settings

#: When to try again after the database was out of reach, seconds.
RETRY_AFTER = "5"

# The database is away, full, locked or too slow: nothing was stored, and later it can be.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeoutError, BusyError)


class App(Flask):
    """Flask, whose own way of logging errors repeats addresses and what somebody sent."""

    json_provider_class = CompactJson

    def ensure_sync(self, func: Any) -> Any:
        # No view is asynchronous; Flask would look at each of them anew with every request.
        return func

    def log_exception(self, exc_info: Any) -> None:
        note_error(exc_info[1])


def create_app(settings: Settings | None = None) -> Flask:
    """The app for one installation. Opens the database and brings its tables up to date."""
    settings = settings or read_settings()
    app = App(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="facevalue",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        # Otherwise every picture would carry a cookie and could not be kept by a cache in between.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=60),
        # A participant may be offline for hours and must still be able to send what they answered.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
    )
    settings.pictures.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database, patient=False)
    migrate(engine)
    with writing(engine) as db:
        # Should the database be a restored backup, nobody who withdrew since may be in it.
        flow.erase_again(db, erasures=settings.erasures)
    app.extensions["facevalue_engine"] = engine
    app.extensions["facevalue_answers"] = AnswerQueue(engine, now=now)
    app.extensions["facevalue_settings"] = settings
    cookies.install(app)
    limits.install(app)
    language.install(app)
    static_files.install(app)
    _register(app)
    _wrap(app, settings)
    app.register_error_handler(HTTPException, _show_error)
    for kind in UNAVAILABLE:
        app.register_error_handler(kind, _say_unavailable)
    return app


def _wrap(app: Flask, settings: Settings) -> None:
    """What a request passes on its way to Flask, the innermost first."""
    app.wsgi_app = AnswerLane(app, app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = ProtectiveHeaders(app.wsgi_app)  # type: ignore[method-assign]
    request_log.install(app, settings.log)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]


def _register(app: Flask) -> None:
    app.register_blueprint(participant.blueprint)
    app.register_blueprint(pictures.blueprint)
    app.register_blueprint(researcher.blueprint)
    app.register_blueprint(health.blueprint)


_WORDS = {
    403: (
        sentence("This page is not open to you"),
        sentence("Ask whoever sent you here for a new link."),
    ),
    404: (
        sentence("There is nothing at this address"),
        sentence("Check the link you were given; it may have been cut off."),
    ),
    413: (
        sentence("That was too much at once"),
        sentence("Nothing was stored. Please go back and send less."),
    ),
    429: (
        sentence("Too many requests"),
        sentence("Please wait a minute and try again. Nothing you answered is lost."),
    ),
}
_OTHERWISE = (
    sentence("Something went wrong"),
    sentence("Nothing you answered is lost. Please go back and try again."),
)
_OUT_OF_DATE = (
    sentence("This page is out of date"),
    sentence("Please go back, reload the page and try again."),
)


def _say_unavailable(error: Exception) -> Any:
    note_error(error)
    response = make_response(_show_error(ServiceUnavailable()))
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _show_error(error: HTTPException) -> tuple[Response, int] | tuple[str, int] | HTTPException:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error
    words = _OUT_OF_DATE if isinstance(error, CSRFError) else _WORDS.get(code, _OTHERWISE)
    title, advice = (language.say(said) for said in words)
    if request.is_json:
        return jsonify(error=title, advice=advice), code
    return render_template("participant/error.html", title=title, advice=advice, way_out=_way_out(code)), code


def _way_out(code: int) -> str | None:
    """Where somebody in a study can end who is stopped by a failure of ours."""
    slug = (request.view_args or {}).get("slug")
    in_study = request.blueprint == "participant" and slug and code not in (404, 410, 429)
    return url_for("participant.trouble", slug=slug) if in_study else None
