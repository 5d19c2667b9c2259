"""What ``/openapi.json`` says of the API: its calls, its tokens, every answer."""

from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel

from sms_service.api.bodies import Ask, Resend
from sms_service.channels.openapi import add_to_document
from sms_service.domain.roles import Scope

_JSON, _PROBLEM = "application/json", "application/problem+json"
_FAULTS = {
    400: "A field, the Idempotency-Key or the JSON is missing or malformed.",
    401: "There is no token, or none that is in force.",
    403: "The token lacks a scope, which `scope` names.",
    404: "No request has this tracking code.",
    409: "The request stands in the way, or the first call under this key is under way.",
    411: "The body has no Content-Length.",
    413: "The body is larger than 64 KiB.",
    415: "The body isn't application/json.",
    422: "What is asked can't be met as it is asked, or the key belongs to another call.",
    429: "Too many calls of this token, or too many wrong tokens of this network; see Retry-After.",
    503: "The billing data or the database can't be reached now; see Retry-After.",
}
_ALWAYS = (401, 429, 503)
_WITH_BODY = (400, 403, 409, 411, 413, 415, 422)
_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]{8}$"},
    "description": "The tracking code.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,80}$"},
    "description": "Of your own; the same key and body get the same answer for 48 hours.",
}


def document_api(app: APIFlask) -> None:
    """Add the API to the application's OpenAPI document."""

    def _add(spec: Any) -> Any:
        parts = spec.setdefault("components", {})
        parts.setdefault("securitySchemes", {})["token"] = {
            "type": "http",
            "scheme": "bearer",
            "description": "Made at the desk or by `sms-service tokens create`.",
        }
        parts.setdefault("schemas", {}).update(_schemas())
        spec.setdefault("paths", {}).update(_paths())
        return spec

    add_to_document(app, _add)


_ASK_EXAMPLES = {
    "inline": {"value": {"bill_id": "1234567804423", "from_year": 1402, "deliver": "inline"}},
    "sms": {
        "value": {
            "bill_id": "1234567804423",
            "intent": "debt",
            "deliver": "sms",
            "phone": "09121234567",
        }
    },
}
_STATUS_LINK = {
    "status": {"operationId": "getRequest", "parameters": {"code": "$response.body#/code"}},
    "resend": {"operationId": "resendRequest", "parameters": {"code": "$response.body#/code"}},
}


def _paths() -> dict[str, Any]:
    status = _answer("What became of it.", "Request")
    return {
        "/api/v1/requests": {
            "post": _call(
                "askRequest",
                "Ask for a subscriber.",
                Scope.ASK,
                {
                    201: {**_answer("The answer, shown.", "Asked"), "links": _STATUS_LINK},
                    202: {**_answer("It goes to the phone.", "Asked"), "links": _STATUS_LINK},
                },
                body=("Ask", _ASK_EXAMPLES),
            )
        },
        "/api/v1/requests/{code}": {
            "parameters": [_CODE],
            "get": _call(
                "getRequest", "See what became of a request.", Scope.READ, {200: status}, (403, 404)
            ),
        },
        "/api/v1/requests/{code}/resend": {
            "parameters": [_CODE],
            "post": _call(
                "resendRequest",
                "Send the answer again: a new attempt, once.",
                Scope.RESEND,
                {202: _answer("Queued.", "Resent")},
                (404,),
                body=("Resend", {"fresh": {"value": {"reason": "The phone was off."}}}),
            ),
        },
        "/api/v1/me": {
            "get": _call(
                "getToken", "See who the token is.", None, {200: _answer("The token.", "Me")}
            )
        },
    }


def _call(
    name: str,
    summary: str,
    scope: Scope | None,
    answers: dict[int, Any],
    faults: tuple[int, ...] = (),
    *,
    body: tuple[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    codes = sorted({*_ALWAYS, *faults, *(_WITH_BODY if body else ())})
    told = {str(status): answer for status, answer in answers.items()}
    told |= {str(code): _fault(code) for code in codes}
    needed = f"Needs `{scope}`." if scope else "Needs no scope."
    call: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "description": needed,
        "tags": ["api"],
        "security": [{"token": []}],
        "responses": told,
    }
    if body:
        schema = {"$ref": f"#/components/schemas/{body[0]}"}
        content = {_JSON: {"schema": schema, "examples": body[1]}}
        call["requestBody"] = {"required": True, "content": content}
        call["parameters"] = [_KEY]
    return call


def _answer(description: str, schema: str) -> dict[str, Any]:
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content, "headers": _headers("X-Request-ID")}


def _fault(code: int) -> dict[str, Any]:
    names = ["X-Request-ID"]
    if code == 401:
        names.append("WWW-Authenticate")
    if code in (429, 503):
        names.append("Retry-After")
    content = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _FAULTS[code], "content": content, "headers": _headers(*names)}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in names}


def _object(**fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(fields),
        "properties": fields,
        "additionalProperties": False,
    }


def _or_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _input(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/components/schemas/{model}")


def _schemas() -> dict[str, Any]:
    text, number = _or_none(_TEXT), _or_none(_NUMBER)
    day = _or_none({"type": "string", "format": "date"})
    bill = _object(
        year=_NUMBER,
        period=_NUMBER,
        **{"from": day},
        to=day,
        kwh=_NUMBER,
        amount_rial=_NUMBER,
        state={"enum": ["paid", "unpaid", "part_paid", "not_told"]},
        left_rial=_NUMBER,
        paid_on=day,
    )
    payment = _object(paid_on=day, amount_rial=_NUMBER, tracking=text, bank_code=text, channel=text)
    history = _object(
        from_year=_NUMBER,
        as_of=day,
        debt_rial=number,
        due_on=day,
        payment_id=text,
        bills=_list(bill),
        payments=_list(payment),
        kwh=_NUMBER,
        billed_rial=_NUMBER,
        paid_rial=_NUMBER,
    )
    attempt = _object(
        kind=_TEXT,
        state=_TEXT,
        reason=text,
        words=_TEXT,
        next_step=text,
        gateway=text,
        parts=_NUMBER,
        cost_rial=number,
        tries=_NUMBER,
    )
    moment = {"type": "string", "format": "date-time"}
    return {
        "Ask": _input(Ask),
        "Resend": _input(Resend),
        "History": history,
        "Asked": _object(
            code=_TEXT,
            status_url=_TEXT,
            deliver={"enum": ["sms", "inline"]},
            waits={"type": "boolean"},
            problem=text,
            answer=_or_none(_object(text=_TEXT, parts=_NUMBER)),
            history=_or_none({"$ref": "#/components/schemas/History"}),
        ),
        "Request": _object(
            **dict.fromkeys(("code", "channel", "state", "words"), _TEXT),
            **dict.fromkeys(("reason", "next_step", "intent", "problem", "folded_into"), text),
            attempts=_list(attempt),
            events=_list(_object(at=moment, what=_TEXT, reason=text, words=_TEXT)),
        ),
        "Resent": _object(
            **dict.fromkeys(("code", "status_url", "composed", "receiver"), _TEXT), parts=_NUMBER
        ),
        "Me": _object(
            name=_TEXT,
            scopes=_list({"enum": [scope.value for scope in Scope]}),
            expires_at=_or_none(moment),
            calls_per_minute=_NUMBER,
        ),
    }
