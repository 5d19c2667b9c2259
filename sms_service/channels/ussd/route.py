"""``/ussd/<dialect>/<secret>``: the one route that every gateway calls.

Right calls are answered on the event loop; Flask, behind it, knows the whole contract.
"""

import asyncio
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import MethodNotAllowed

from sms_service.channels.fields import BadFields, body_of
from sms_service.channels.hooks import Call, Hook, Said
from sms_service.channels.problems import problem
from sms_service.channels.secrets import Secrets
from sms_service.channels.ussd.africastalking import FIELD_MAPS, AfricasTalkingDialect
from sms_service.channels.ussd.dialect import Dialect
from sms_service.channels.ussd.json import JsonDialect
from sms_service.service.ussd.conversation import Conversation


def all_dialects(service_code: str | None) -> Sequence[Dialect]:
    """Every dialect that is spoken here."""
    clones = [AfricasTalkingDialect(name, fields) for name, fields in FIELD_MAPS.items()]
    own: list[Dialect] = [JsonDialect(service_code)]
    return [*own, *clones]


def ussd_hooks(
    conversation: Conversation, secrets: Secrets, dialects: Sequence[Dialect]
) -> Mapping[str, Hook]:
    """Hooks by the path, with ``*`` for the secret."""
    return {f"/ussd/{one.name}/*": _hook(conversation, secrets, one) for one in dialects}


def ussd_route(
    conversation: Conversation, secrets: Secrets, dialects: Sequence[Dialect]
) -> Blueprint:
    """The blueprint, closed to wrong secrets and unknown dialects."""
    spoken: Mapping[str, Dialect] = {dialect.name: dialect for dialect in dialects}
    pages = Blueprint("ussd", __name__, url_prefix="/ussd")

    # OPTIONS comes here, too: what Flask would answer allows what this dialect doesn't.
    @pages.route("/<dialect>/<secret>", methods=("GET", "POST", "OPTIONS"))
    def step(dialect: str, secret: str) -> Response:
        one = spoken.get(dialect)
        if one is None or not secrets.admit(secret):
            abort(404)
        if request.method not in one.methods:
            raise MethodNotAllowed(one.methods)
        content_type, body = request.content_type or "", body_of(request)
        call = Call(secret, request.method, content_type, request.query_string, body)
        said = asyncio.run(_answered(conversation, one, call))
        answer = Response(said.body, content_type=said.content_type)
        answer.cache_control.no_store = True
        return answer

    @pages.errorhandler(BadFields)
    def _refuse(error: BadFields) -> Response:
        return problem(400, error.faults)

    return pages


def _hook(conversation: Conversation, secrets: Secrets, dialect: Dialect) -> Hook:
    async def step(call: Call) -> Said | None:
        if call.method not in dialect.methods or not secrets.admit(call.secret):
            return None
        try:
            return await _answered(conversation, dialect, call)
        except BadFields:
            return None

    return step


async def _answered(conversation: Conversation, dialect: Dialect, call: Call) -> Said:
    event = dialect.read(call)
    screen = await conversation.screen(event)
    return Said(dialect.write(event, screen), dialect.content_type, no_store=True)
