"""``/ussd/<dialect>/<secret>``: the one route that every gateway calls."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, request

from sms_service.channels.fields import BadFields, body_of
from sms_service.channels.hooks import Call
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


def ussd_route(
    conversation: Conversation, secrets: Secrets, dialects: Sequence[Dialect]
) -> Blueprint:
    """The blueprint, closed to wrong secrets and unknown dialects."""
    spoken: Mapping[str, Dialect] = {dialect.name: dialect for dialect in dialects}
    pages = Blueprint("ussd", __name__, url_prefix="/ussd")

    @pages.route("/<dialect>/<secret>", methods=("GET", "POST"))
    def step(dialect: str, secret: str) -> Response:
        one = spoken.get(dialect)
        if one is None or not secrets.admit(secret):
            abort(404)
        if request.method not in one.methods:
            abort(405)
        call = Call(
            secret,
            request.method,
            request.content_type or "",
            request.query_string,
            body_of(request),
        )
        event = one.read(call)
        content_type, body = one.write(event, conversation.screen(event))
        return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})

    @pages.errorhandler(BadFields)
    def _refuse(error: BadFields) -> Response:
        return problem(400, error.faults)

    return pages
