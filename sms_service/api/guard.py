"""Who calls, what they may do, how often: asked before every call of the API.

No cookie is looked at, so that no page of a browser can make a call for somebody.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from sms_service.api.strangers import Strangers
from sms_service.channels.problems import Fault, problem
from sms_service.domain.roles import SCOPES, Scope
from sms_service.ledger.api_tokens import TokenLedger
from sms_service.ledger.sign_ins import network_of
from sms_service.service.api_tokens import Token, digest_of
from sms_service.service.auditing import Actor

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "needed_scope"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,200})")


class Refusal(HTTPException):
    """A call that isn't met, with the whole answer to it."""

    def __init__(self, answer: Response) -> None:
        super().__init__(response=answer)
        self.answer = answer


def refuse(status: int, faults: "list[Fault] | None" = None, **more: object) -> Refusal:
    """To be raised: the call ends with this status and these errors."""
    return Refusal(problem(status, faults or (), **more))


def needs(scope: Scope | None) -> Callable[[View], View]:
    """Mark a view with the scope that its callers must have; None: any token."""

    def mark(view: View) -> View:
        setattr(view, _MARK, scope)
        return view

    return mark


def caller() -> Token:
    """The token of the call that is answered now."""
    return cast(Token, g.token)


def actor() -> Actor:
    """Who acts by it."""
    return caller().actor(request.remote_addr)


def guard(api: Blueprint, tokens: TokenLedger, calls_per_minute: int) -> None:
    """Put the guard before every view of the API."""
    strangers = Strangers()

    @api.before_request
    def _admit() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.token = _identified(tokens, strangers)
        _check_scope()
        wait = tokens.count_call(caller().id, calls_per_minute)
        if wait is not None:
            raise _too_often(wait, limit=calls_per_minute)

    @api.after_request
    def _dress(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        return response

    @api.errorhandler(Refusal)
    def _refused(refusal: Refusal) -> Response:
        return refusal.answer


def demand(scope: Scope) -> None:
    """Raise the refusal that names this scope, unless the caller has what it grants."""
    if not all(actor().may(ability) for ability in SCOPES[scope]):
        raise refuse(403, [("Authorization", "missing_scope")], scope=scope.value)


def _identified(tokens: TokenLedger, strangers: Strangers) -> Token:
    given, network = request.headers.get("Authorization", ""), network_of(request.remote_addr)
    wait = strangers.wait_of(network)
    if wait is not None:
        raise _too_often(wait)
    bearer = _BEARER.fullmatch(given.strip())
    token = tokens.find(bearer[1]) if bearer else None
    if token is None:
        if bearer and digest_of(bearer[1]):
            strangers.failed(network)
        refusal = refuse(401)
        why = ', error="invalid_token"' if given else ""
        refusal.answer.headers["WWW-Authenticate"] = f'Bearer realm="sms-service"{why}'
        raise refusal
    return token


def _too_often(wait: int, **more: object) -> Refusal:
    refusal = refuse(429, None, **more)
    refusal.answer.headers["Retry-After"] = str(wait)
    return refusal


def _check_scope() -> None:
    view = current_app.view_functions[request.endpoint or ""]
    scope = getattr(view, _MARK, Scope.RESEND_OTHERWISE)  # what says nothing is for hardly anybody
    if scope is not None:
        demand(scope)
