"""Kannel's webhooks: what smsbox fetches for a text that arrived, and for a receipt.

The names of the fields are ours: deploy/kannel/kannel.conf writes them into ``get-url``,
the gateway into ``dlr-url``. Every answer is empty, since smsbox would text what it reads
to the subscriber. A call that gets no 200 is made again under the same ``id``.
"""

import re
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from sms_service.channels.door import MAX_MESSAGE, METHODS, Door, webhooks
from sms_service.channels.fields import BadFields, Wanted, body_of, read_fields
from sms_service.service.messages import Receipt
from sms_service.service.ports import ArrivedText

GATEWAY = "kannel"

_CODING = Wanted("coding", 1, pattern="^[012]$")
_ENVELOPE = (
    Wanted("id", 64),
    Wanted("from", 40, may_be_empty=True),
    Wanted("to", 40, may_be_empty=True),
    _CODING,
    Wanted("time", 20, may_be_missing=True),
)
_TEXT = Wanted("text", MAX_MESSAGE, may_be_empty=True, is_text=True)
_TEXTS = {
    "0": (_TEXT,),
    # A message to an application, not to a reader.
    "1": (),
    # What smsbox couldn't recode comes as it was, lone surrogates and all.
    "2": (Wanted("text", MAX_MESSAGE, may_be_empty=True, is_text=True, charset="utf-16-be"),),
}
RECEIVED_FIELDS = (*_ENVELOPE, _TEXT)
_EARLIEST, _LATEST = 1_000_000_000, 10_000_000_000
"""Seconds; what is beyond is no time of a text."""
STATUS_FIELDS = (Wanted("id", 20, pattern="^[0-9]+$"), Wanted("type", 2, pattern="^[0-9]+$"))
_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def kannel_webhooks(door: Door) -> Blueprint:
    """``/webhooks/kannel/<secret>/received`` and ``…/status``."""
    pages = webhooks(GATEWAY, door)

    @pages.route("/received", methods=METHODS)
    def received() -> Response:
        body = body_of(request)
        coding = read_fields(request, body, (_CODING,))["coding"]
        if coding not in _TEXTS:
            raise BadFields([("coding", "invalid")])
        told = read_fields(request, body, (*_ENVELOPE, *_TEXTS[coding]))
        text = ArrivedText(
            remote_id=told["id"],
            sender=told["from"],
            line=told["to"],
            text=told.get("text", ""),
            sent_at=_moment(told["time"]),
            raw=body or request.query_string,
            is_readable="text" in told,
        )
        door.take_text(GATEWAY, text)
        return _nothing()

    @pages.route("/status", methods=METHODS)
    def status() -> Response:
        told = read_fields(request, body_of(request), STATUS_FIELDS)
        faults = [(name, "invalid") for name, value in told.items() if not _NUMBER.fullmatch(value)]
        if faults:
            raise BadFields(faults)
        door.take_receipts([Receipt(GATEWAY, told["id"], int(told["type"]))])
        return _nothing()

    return pages


def _moment(seconds: str) -> datetime | None:
    """The moment of a Unix time; None where there is none: no text is refused over it."""
    if not _NUMBER.fullmatch(seconds):
        return None
    moment = int(seconds)
    return datetime.fromtimestamp(moment, UTC) if _EARLIEST <= moment < _LATEST else None


def _nothing() -> Response:
    return Response(b"", mimetype="text/plain")
