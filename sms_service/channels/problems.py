"""A caller's mistakes as problem+json (RFC 9457): what was wrong, never what was sent."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Flask, Response, json
from werkzeug.exceptions import HTTPException, InternalServerError

Fault = tuple[str, str]
"""The field and a code: missing, repeated, too_long, undecodable, invalid."""


def problem(status: int, faults: Sequence[Fault] = (), **more: object) -> Response:
    """A problem+json answer; ``faults`` become its ``errors``, ``more`` members of its own."""
    body: dict[str, object] = {"title": HTTPStatus(status).phrase, "status": status, **more}
    if faults:
        body["errors"] = [{"field": field, "code": code} for field, code in faults]
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def answer_faults_as_problems(app: Flask) -> None:
    """Give every HTTP error of the application the same form, whatever raised it."""

    @app.errorhandler(HTTPException)
    def _refused(error: HTTPException) -> Response:
        response = problem(error.code or 500)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(allowed)
        return response

    @app.errorhandler(InternalServerError)
    def _failed(_error: InternalServerError) -> Response:
        return problem(500)
