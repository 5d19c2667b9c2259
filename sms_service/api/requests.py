"""``/api/v1/requests``: ask for a subscriber, see what became of it, send the answer again."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, json, request, url_for

from sms_service.api.bodies import Ask, Resend, read_body
from sms_service.api.guard import actor, caller, demand, needs, refuse
from sms_service.api.once import key_of_call, once
from sms_service.api.told import history_told, request_told
from sms_service.channels.problems import Fault
from sms_service.domain.msisdn import mobile
from sms_service.domain.roles import Scope
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.timelines import timeline
from sms_service.service.counter import Order, Told, request_key
from sms_service.service.readout import read_out
from sms_service.service.resending import Refusal, Refused, ResendOrder
from sms_service.wiring.console import ConsoleParts
from sms_service.words import Words

GATEWAY = "api"
"""Whose keys the requests of programs have."""
_DOWN_SECONDS = "30"
_RESEND_STATUS = {
    Refusal.NO_SUCH_REQUEST: HTTPStatus.NOT_FOUND,
    Refusal.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Refusal.BAD_PHONE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NEEDS_REASON: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.ASK_FIRST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.DELIVERED_LATELY: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.SOURCE_DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""All other refusals are conflicts with how the request stands."""
_RESEND_FIELDS = {
    Refusal.BAD_PHONE: "to",
    Refusal.NEEDS_REASON: "reason",
    Refusal.DELIVERED_LATELY: "reason",
    Refusal.ASK_FIRST: "asked_first",
}


@dataclass(frozen=True, slots=True)
class Calls:
    """What the views work with."""

    parts: ConsoleParts
    words: Words


def add_requests(api: Blueprint, calls: Calls) -> None:
    """Put the calls on the API."""

    @api.post("/requests")
    @needs(Scope.ASK)
    def ask() -> Response:
        key, body = key_of_call(), read_body(request, Ask)
        order = _order(calls, body, key)
        return once(calls.parts.idempotency, key, body, lambda: _asked(calls, order, body))

    @api.get("/requests/<code>")
    @needs(Scope.READ)
    def request_of(code: str) -> Response:
        found = timeline(calls.parts.service.engine, code) if _is_code(code) else None
        if found is None:
            raise refuse(404)
        return _json(request_told(found, calls.words))

    @api.post("/requests/<code>/resend")
    @needs(Scope.RESEND)
    def resend(code: str) -> Response:
        key, body = key_of_call(), read_body(request, Resend)
        if body.to is not None:
            demand(Scope.RESEND_OTHERWISE)
        if not _is_code(code):
            raise refuse(404)
        return once(calls.parts.idempotency, key, body, lambda: _resent(calls, code, body))

    @api.get("/me")
    @needs(None)
    def me() -> Response:
        token = caller()
        expires = token.expires_at
        return _json(
            {
                "name": token.name,
                "scopes": sorted(token.scopes),
                "expires_at": expires.isoformat(timespec="seconds") if expires else None,
                "calls_per_minute": calls.parts.settings.api_calls_per_minute,
            }
        )


def _order(calls: Calls, body: Ask, key: str) -> Order:
    """What is asked; refuses with 422 what can't be, however often it is asked."""
    phone = mobile(body.phone) if body.phone else None
    faults: list[Fault] = []
    if body.deliver == "sms" and phone is None:
        faults.append(("phone", "invalid" if body.phone else "missing"))
    if body.deliver == "inline" and body.phone:
        faults.append(("phone", "unexpected"))
    if phone in calls.parts.service.own_lines:
        faults.append(("phone", "own_line"))
    wish = Intent(body.intent)
    text, reading = calls.parts.counter.read(body.bill_id, wish, body.from_year)
    if reading.problem or reading.bill_id is None:
        problem = reading.problem or Problem.NO_BILL_ID
        is_year = problem in (Problem.FUTURE_YEAR, Problem.TOO_OLD_YEAR)
        faults.append(("from_year" if is_year else "bill_id", problem))
    if faults:
        raise refuse(422, faults)
    once_for_all = request_key(str(caller().id), key, text, phone or "")
    return Order(once_for_all, text, wish, actor(), phone, GATEWAY, obeys_limits=True)


def _asked(calls: Calls, order: Order, body: Ask) -> Response:
    told = calls.parts.counter.ask(order)
    if order.phone is None and told.is_down:
        refusal = refuse(503, [("", Problem.SOURCE_DOWN)], code=told.code)
        refusal.answer.headers["Retry-After"] = _DOWN_SECONDS
        raise refusal
    address = url_for("api.request_of", code=told.code)
    answer = _json(
        {
            "code": told.code,
            "status_url": address,
            "deliver": body.deliver,
            "waits": order.phone is not None and told.finding is None and not told.repeated,
            "problem": told.reading.problem,
            "answer": _text(told) if order.phone is None else None,
            "history": _history(calls, told) if order.phone is None else None,
        },
        HTTPStatus.CREATED if order.phone is None else HTTPStatus.ACCEPTED,
    )
    answer.headers["Location"] = address
    return answer


def _text(told: Told) -> dict[str, Any] | None:
    reply = told.finding.reply if told.finding else None
    return {"text": reply.text, "parts": reply.parts} if reply else None


def _history(calls: Calls, told: Told) -> dict[str, Any] | None:
    if told.history is None:
        return None
    desk = calls.parts.service.desk
    return history_told(read_out(told.history, told.reading.from_year, desk.style(desk.today())))


def _resent(calls: Calls, code: str, body: Resend) -> Response:
    resending = calls.parts.resending
    standing = resending.standing(code)
    order = ResendOrder(
        code,
        actor(),
        standing.latest_id if standing else None,
        body.reason,
        body.to,
        same_text=body.text == "same",
        asked_first=body.asked_first,
    )
    done = resending.resend(order)
    if isinstance(done, Refused):
        raise _not_resent(done)
    address = url_for("api.request_of", code=code)
    told = {"composed": done.composed, "receiver": done.receiver, "parts": done.parts}
    return _json({"code": code, "status_url": address, **told}, HTTPStatus.ACCEPTED)


def _not_resent(refused: Refused) -> Any:
    status = _RESEND_STATUS.get(refused.why, HTTPStatus.CONFLICT)
    more = {"first_code": refused.first_code} if refused.first_code else {}
    refusal = refuse(status, [(_RESEND_FIELDS.get(refused.why, ""), refused.why)], **more)
    if refused.wait_seconds or status is HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = int(refused.wait_seconds) + 1 if refused.wait_seconds else int(_DOWN_SECONDS)
        refusal.answer.headers["Retry-After"] = str(seconds)
    return refusal


def _is_code(code: str) -> bool:
    return len(code) == 8 and code.isascii() and code.isdigit()


def _json(told: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    body = json.dumps(told, ensure_ascii=False)
    return Response(body, status, mimetype="application/json")
