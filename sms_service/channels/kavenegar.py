"""Kavenegar's webhooks: texts that arrived on our line, receipts of those we sent.

Kavenegar signs nothing and documents no retry: the secret is in the path, and a text
that gets no 200 stays unread there, where polling finds it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import MethodNotAllowed

from sms_service.channels.fields import BadFields, Wanted, body_of, read_fields
from sms_service.channels.problems import problem
from sms_service.channels.secrets import Secrets
from sms_service.domain.msisdn import mobile
from sms_service.language.normalise import clean
from sms_service.service.messages import Arrival, Receipt, Recorded
from sms_service.service.ports import Busy, Doorbell, Post

GATEWAY = "kavenegar"
MAX_MESSAGE = 2000

RECEIVED_FIELDS = (
    Wanted("messageid", 64),
    Wanted("from", 40, may_be_empty=True),
    Wanted("to", 40, may_be_empty=True),
    Wanted("message", MAX_MESSAGE, may_be_empty=True),
)
STATUS_FIELDS = (Wanted("messageid", 60_000), Wanted("status", 60_000))
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Door:
    """What the webhooks need: who may call, where rows go, whom to wake."""

    secrets: Secrets
    arrivals: Post[Arrival, Recorded]
    receipts: Post[list[Receipt], None]
    doorbell: Doorbell
    own_lines: frozenset[str]
    """Our senders, as E.164 or as written: a text from one of them is a loop."""


def kavenegar_webhooks(door: Door) -> Blueprint:
    """``/webhooks/kavenegar/<secret>/received`` and ``…/status``."""
    pages = Blueprint("kavenegar", __name__, url_prefix="/webhooks/kavenegar/<secret>")

    @pages.url_value_preprocessor
    def _admit(_endpoint: str | None, values: dict[str, str] | None) -> None:
        if values is None or not door.secrets.admit(values.pop("secret", "")):
            abort(404)
        if request.method == "HEAD":
            # Flask would run the GET view for it: a look must not leave a text behind.
            raise MethodNotAllowed(["GET", "POST"])

    @pages.errorhandler(BadFields)
    def _refuse(error: BadFields) -> Response:
        return problem(400, error.faults)

    @pages.errorhandler(Busy)
    def _later(_error: Busy) -> Response:
        return problem(503)

    @pages.route("/received", methods=["GET", "POST"])
    def received() -> Response:
        body = body_of(request)
        fields = read_fields(request, body, RECEIVED_FIELDS)
        arrival = arrival_of(fields, body or request.query_string, door.own_lines)
        recorded = door.arrivals.commit(arrival)
        if not arrival.ignored and not recorded.repeated:
            door.doorbell.ring("lookup")
        return Response("ok", mimetype="text/plain")

    @pages.route("/status", methods=["GET", "POST"])
    def status() -> Response:
        fields = read_fields(request, body_of(request), STATUS_FIELDS)
        door.receipts.commit(receipts_of(fields))
        door.doorbell.ring("receipts")
        return Response("ok", mimetype="text/plain")

    return pages


def arrival_of(fields: Mapping[str, str], raw: bytes, own_lines: frozenset[str]) -> Arrival:
    """The text that these fields hold; ``raw``: the request as it came."""
    sender = clean(fields["from"]).strip()
    phone = mobile(sender)
    own = sender in own_lines or phone in own_lines
    return Arrival(
        gateway=GATEWAY,
        remote_id=fields["messageid"].strip(),
        sender=sender,
        line=clean(fields["to"]).strip(),
        text=clean(fields["message"]),
        raw=raw,
        phone=phone,
        ignored="own_line" if own else None if phone else "no_mobile",
    )


def receipts_of(fields: Mapping[str, str]) -> list[Receipt]:
    """One receipt a message id; a single status stands for all ids. Raises BadFields."""
    remote_ids = [part.strip() for part in fields["messageid"].split(",")]
    statuses = [part.strip() for part in fields["status"].split(",")]
    if len(statuses) == 1:
        statuses *= len(remote_ids)
    if not all(map(_ID.fullmatch, remote_ids)):
        raise BadFields([("messageid", "invalid")])
    if not all(map(_CODE.fullmatch, statuses)) or len(statuses) != len(remote_ids):
        raise BadFields([("status", "invalid")])
    return [
        Receipt(GATEWAY, remote_id, int(status))
        for remote_id, status in zip(remote_ids, statuses, strict=True)
    ]
