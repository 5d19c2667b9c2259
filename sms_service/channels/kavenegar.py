"""Kavenegar's webhooks: texts that arrived on our line, receipts of those we sent.

Kavenegar signs nothing and documents no retry: the secret is in the path, and a text
that gets no 200 stays unread there, where polling finds it.
"""

import re
from collections.abc import Mapping

from flask import Blueprint, Response, request

from sms_service.channels.door import MAX_MESSAGE, METHODS, Door, webhooks
from sms_service.channels.fields import BadFields, Wanted, body_of, read_fields
from sms_service.service.messages import Receipt
from sms_service.service.ports import ArrivedText

GATEWAY = "kavenegar"

RECEIVED_FIELDS = (
    Wanted("messageid", 64),
    Wanted("from", 40, may_be_empty=True),
    Wanted("to", 40, may_be_empty=True),
    Wanted("message", MAX_MESSAGE, may_be_empty=True, is_text=True),
)
STATUS_FIELDS = (
    Wanted("messageid", 60_000, pattern="^[0-9]{1,20}(,[0-9]{1,20})*$"),
    Wanted("status", 60_000, pattern="^[0-9]{1,4}(,[0-9]{1,4})*$"),
)
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,4}", re.ASCII)


def kavenegar_webhooks(door: Door) -> Blueprint:
    """``/webhooks/kavenegar/<secret>/received`` and ``…/status``."""
    pages = webhooks(GATEWAY, door)

    @pages.route("/received", methods=METHODS)
    def received() -> Response:
        body = body_of(request)
        told = read_fields(request, body, RECEIVED_FIELDS)
        text = text_of(told, body or request.query_string)
        door.take_text(GATEWAY, text)
        return Response("ok", mimetype="text/plain")

    @pages.route("/status", methods=METHODS)
    def status() -> Response:
        told = read_fields(request, body_of(request), STATUS_FIELDS)
        door.take_receipts(receipts_of(told))
        return Response("ok", mimetype="text/plain")

    return pages


def text_of(told: Mapping[str, str], raw: bytes) -> ArrivedText:
    """The text that these fields hold; ``raw``: the request as it came."""
    return ArrivedText(
        remote_id=told["messageid"],
        sender=told["from"],
        line=told["to"],
        text=told["message"],
        sent_at=None,
        raw=raw,
    )


def receipts_of(told: Mapping[str, str]) -> list[Receipt]:
    """One receipt a message id; a single status stands for all ids. Raises BadFields."""
    remote_ids = [part.strip() for part in told["messageid"].split(",")]
    statuses = [part.strip() for part in told["status"].split(",")]
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
