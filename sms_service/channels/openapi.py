"""What ``/openapi.json`` says of gateways' routes: fields are read by hand, so told by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apiflask import APIFlask

from sms_service.channels import kannel, kavenegar
from sms_service.channels.fields import Wanted
from sms_service.channels.ussd.africastalking import FIELD_MAPS, AfricasTalkingDialect
from sms_service.channels.ussd.json import JSON_SCREEN, JSON_STEP

_CHANNELS = {"kavenegar": kavenegar, "kannel": kannel}
_SECRET = {
    "name": "secret",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "One of WEBHOOK_SECRETS.",
}
_RECEIVED = "A text that arrived on our line."
_STATUS = "What became of texts we sent."
_STEP = "A step of a USSD dialogue."
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_FAULTS = {
    "400": "A field is missing, repeated, too long, undecodable or invalid.",
    "404": "The secret is wrong.",
    "408": "The body didn't come whole in half a minute.",
    "411": "The body has no Content-Length.",
    "413": "The body is larger than 64 KiB.",
}
_NOT_STORED = {"503": "It could not be stored within a second; the gateway keeps it."}
_SHOWN = {
    "description": "CON and a screen, or END and the last one; also while nothing can be asked.",
    "content": {"text/plain": {"schema": {"type": "string", "pattern": "^(CON|END) "}}},
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}


def add_to_document(app: APIFlask, add: Callable[[Any], Any]) -> None:
    """Have this called with the document, after whatever was to be called before.

    APIFlask itself knows one such function, and forgets it for the next.
    """
    before = app.spec_callback
    app.spec_processor(lambda spec: add(before(spec) if before else spec))


def document_webhooks(app: APIFlask) -> None:
    """Add the webhooks to the application's OpenAPI document."""

    def _add(spec: Any) -> Any:
        paths = spec.setdefault("paths", {})
        for name, channel in _CHANNELS.items():
            path = f"/webhooks/{name}/{{secret}}"
            paths[f"{path}/received"] = _both(_RECEIVED, channel.RECEIVED_FIELDS)
            paths[f"{path}/status"] = _both(_STATUS, channel.STATUS_FIELDS)
        schemas = spec.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM_SCHEMA
        return spec

    add_to_document(app, _add)


def document_ussd(app: APIFlask) -> None:
    """Add the routes of USSD gateways."""

    def _add(spec: Any) -> Any:
        paths = spec.setdefault("paths", {})
        paths["/ussd/json/{secret}"] = _json_step()
        for name, fields in FIELD_MAPS.items():
            of_gateway = _both(_STEP, AfricasTalkingDialect(name, fields).wanted)
            answers = {"tags": ["ussd"], "responses": {"200": _SHOWN, **_refusals(_FAULTS)}}
            paths[f"/ussd/{name}/{{secret}}"] = _changed(of_gateway, answers)
        return spec

    add_to_document(app, _add)


def _json_step() -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": JSON_STEP}}}
    shown = {"description": "The screen.", "content": {"application/json": {"schema": JSON_SCREEN}}}
    responses = {"200": shown, **_refusals(_FAULTS)}
    step = {"summary": _STEP, "tags": ["ussd"], "requestBody": body, "responses": responses}
    return {"parameters": [_SECRET], "post": step}


def _changed(path: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {**told, **more} if name in ("get", "post") else told for name, told in path.items()
    }


def _both(summary: str, fields: Sequence[Wanted]) -> dict[str, Any]:
    query = [
        {
            "name": field.name,
            "in": "query",
            "required": not field.may_be_missing,
            "schema": _schema(field),
        }
        for field in fields
    ]
    form = {
        "type": "object",
        "required": [field.name for field in fields if not field.may_be_missing],
        "properties": {field.name: _schema(field) for field in fields},
    }
    body = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": form},
            "multipart/form-data": {"schema": form},
        },
    }
    common = {"summary": summary, "tags": ["webhooks"], "responses": _responses()}
    return {
        "parameters": [_SECRET],
        "get": {**common, "parameters": query},
        "post": {**common, "requestBody": body},
    }


def _schema(field: Wanted) -> dict[str, Any]:
    least = {} if field.may_be_empty or field.may_be_missing else {"minLength": 1}
    shape = {"pattern": field.pattern} if field.pattern else {}
    return {"type": "string", "maxLength": field.longest, **least, **shape}


def _responses() -> dict[str, Any]:
    taken = {"description": "Durable.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"200": taken, **_refusals(_FAULTS | _NOT_STORED)}


def _refusals(meanings: Mapping[str, str]) -> dict[str, Any]:
    return {
        code: {"description": meaning, "content": _PROBLEM} for code, meaning in meanings.items()
    }
