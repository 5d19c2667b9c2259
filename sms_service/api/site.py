"""``/api/v1`` and ``/docs`` on the application."""

from apiflask import APIBlueprint, APIFlask
from flask import Response, render_template
from sqlalchemy.exc import SQLAlchemyError

from sms_service.api.guard import guard
from sms_service.api.openapi import document_api
from sms_service.api.requests import Calls, add_requests
from sms_service.channels.problems import problem
from sms_service.templates import templates_dir
from sms_service.wiring.console import ConsoleParts
from sms_service.words import load_words

PREFIX = "/api/v1"
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_api(app: APIFlask, parts: ConsoleParts) -> None:
    """Put the API and its documentation on the application."""
    api = APIBlueprint("api", __name__, url_prefix=PREFIX, enable_openapi=False)
    guard(api, parts.tokens, parts.settings.api_calls_per_minute)
    words = load_words(templates_dir() / "words" / "states.toml")
    add_requests(api, Calls(parts, words))

    @api.errorhandler(SQLAlchemyError)
    def _database_away(error: SQLAlchemyError) -> Response:
        # Its message could hold what was asked; what kind it was can't.
        app.logger.error("a call of the API failed: %s", type(error).__name__)
        later = problem(503)
        later.headers["Retry-After"] = "5"
        return later

    app.register_blueprint(api)
    document_api(app)
    _add_docs(app)


def _add_docs(app: APIFlask) -> None:
    docs = APIBlueprint(
        "docs",
        __name__,
        url_prefix="/docs",
        static_folder="static",
        static_url_path="/static",
        template_folder=str(templates_dir()),
        enable_openapi=False,
    )

    @docs.get("")
    def page() -> Response:
        """The documentation of every call, from our own files."""
        answer = Response(render_template("api/docs.html"))
        answer.headers["Content-Security-Policy"] = DOCS_POLICY
        return answer

    app.register_blueprint(docs)
