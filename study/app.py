"""Build the web app: settings in, Flask app out."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from study import flow, participant, pictures
from study.database import migrate, open_engine, writing
from study.language import sentence
from study.limits import limiter
from study.participant import language
from study.researcher import views as researcher
from study.settings import Settings, read_settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "worker-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings | None = None) -> Flask:
    """The app for one installation. Opens the database and brings its tables up to date."""
    settings = settings or read_settings()
    app = Flask(__name__)
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
        RATELIMIT_STORAGE_URI="memory://",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        # Should the database be a restored backup, nobody who withdrew since may be in it.
        flow.erase_again(db, erasures=settings.erasures)
    app.extensions["facevalue_engine"] = engine
    app.extensions["facevalue_settings"] = settings
    CSRFProtect(app)
    limiter.init_app(app)
    language.install(app)
    _register(app)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _show_error)
    return app


def _register(app: Flask) -> None:
    app.register_blueprint(participant.blueprint)
    app.register_blueprint(pictures.blueprint)
    app.register_blueprint(researcher.blueprint)
    app.add_url_rule("/health", "health", lambda: jsonify(status="ok"))


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Robots-Tag", "noindex")
    # Cross-origin isolation gives scripts the finest clock the browser has.
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    return response


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
