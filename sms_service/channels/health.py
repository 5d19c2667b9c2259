"""Whether this process lives, whether it may be sent requests, and which release it is.

None of these asks for a session or touches what requests work with: they answer while
everything else is stuck.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from apiflask import APIFlask
from flask import Blueprint, Response, json, request

from sms_service.channels.inside import Inside
from sms_service.channels.openapi import add_to_document
from sms_service.service.health import Finding, Mark, worst
from sms_service.service.probing import Probes

PATHS = ("/livez", "/readyz", "/version")

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_CHECK = {
    "type": "object",
    "required": ["name", "mark", "said"],
    "properties": {
        "name": _TEXT,
        "mark": {"enum": [*Mark]},
        "said": _TEXT,
        "remedy": _TEXT,
    },
}
_FOUND = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"enum": ["ok", "degraded", "failing"]},
        "checks": {"type": "array", "items": _CHECK},
    },
}
_RELEASE = {
    "type": "object",
    "required": ["version", "commit", "built_at", "python", "schema"],
    "properties": {
        "version": _TEXT,
        "commit": _MAYBE,
        "built_at": _MAYBE,
        "python": _TEXT,
        "schema": _TEXT,
    },
}


def health_routes(
    probes: Probes,
    vital: Collection[str],
    inside: Inside,
    version: Callable[[], Mapping[str, object]],
) -> Blueprint:
    """The three routes; ``vital`` names the findings that keep requests away."""
    routes = Blueprint("health", __name__)

    @routes.get("/livez")
    def livez() -> Response:
        """Whether this process answers; depends on nothing else."""
        return _plain("ok")

    @routes.get("/readyz")
    def readyz() -> Response:
        """200 or 503; with ``?verbose`` all that was found, for who may look inside."""
        is_verbose = "verbose" in request.args
        if is_verbose:
            inside.check()
        found = probes.examine()
        failing = [one.name for one in found if one.mark is Mark.WRONG and one.name in vital]
        status = 503 if failing else 200
        if is_verbose:
            return _json({"status": _in_a_word(found, failing), "checks": _checks(found)}, status)
        return _plain(", ".join(failing) or "ok", status)

    @routes.get("/version")
    def release() -> Response:
        """The release, and the schema that its code wants."""
        return _json(version())

    return routes


def document_health(app: APIFlask) -> None:
    """Add the three to the application's OpenAPI document."""
    ready = {"text/plain": {"schema": _TEXT}, "application/json": {"schema": _FOUND}}
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    verbose = {"name": "verbose", "in": "query", "allowEmptyValue": True, "schema": _TEXT}

    def _add(spec: Any) -> Any:
        paths = spec.setdefault("paths", {})
        paths["/livez"] = _told(
            "Whether the process answers.",
            {"200": _answer("It does.", {"text/plain": {"schema": {"const": "ok"}}})},
        )
        paths["/readyz"] = _told(
            "Whether the process may be sent requests.",
            {
                "200": _answer("It may.", ready),
                "401": _answer("`verbose`, without METRICS_TOKEN.", refused),
                "503": _answer("It may not; the text names what fails.", ready),
            },
        )
        paths["/readyz"]["get"]["parameters"] = [verbose]
        paths["/version"] = _told(
            "Which release runs.",
            {"200": _answer("It.", {"application/json": {"schema": _RELEASE}})},
        )
        return spec

    add_to_document(app, _add)


def _told(summary: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    return {"get": {"summary": summary, "tags": ["health"], "responses": responses}}


def _answer(description: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"description": description, "content": content}


def _in_a_word(found: Sequence[Finding], failing: Sequence[str]) -> str:
    if failing:
        return "failing"
    return "ok" if worst(found) is Mark.OK else "degraded"


def _checks(found: Sequence[Finding]) -> Sequence[Mapping[str, str]]:
    return [
        {name: str(value) for name, value in asdict(finding).items() if value} for finding in found
    ]


def _plain(said: str, status: int = 200) -> Response:
    return _unkept(Response(said, status, mimetype="text/plain"))


def _json(told: Mapping[str, object], status: int = 200) -> Response:
    return _unkept(Response(json.dumps(told), status, mimetype="application/json"))


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
