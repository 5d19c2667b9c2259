"""What gateways answer: nothing is «accepted» that isn't proven, whatever comes back."""

import json
from datetime import UTC, datetime

from sms_service.gateways.kannel import _outcome as kannel_outcome
from sms_service.gateways.kavenegar_client import KavenegarError, Uncertain, _content
from sms_service.gateways.kavenegar_inbox import arrived_text
from sms_service.gateways.kavenegar_replies import (
    delivery_codes,
    known_records,
    national_mobile,
    outcome_of,
)
from sms_service.service.arriving import arrival_of
from sms_service.service.ports import Accepted, NotSent, OutgoingText, Unknown
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target

_TEXT = OutgoingText(local_id=7, receptor="+989121234567", text="بدهی ندارد\nسابقه: ۱۴۰۴")
_STATUSES = (200, 202, 400, 403, 503, 429, 302, 500)


def try_one(data: bytes) -> None:
    """Kannel or Kavenegar, the HTTP status, then the body."""
    given = Given(data)
    is_kannel, status = given.byte() % 4 == 3, given.one_of(_STATUSES)
    body = given.rest()
    if is_kannel:
        _kannel(status, body)
        return
    try:
        entries, _ = _content(status, body)
    except KavenegarError as error:
        assert error.reason.startswith("kavenegar_")
        if isinstance(error, Uncertain):
            assert len(error.reason) < 5000
        return
    _kavenegar(entries)


def _kannel(status: int, body: bytes) -> None:
    outcome = kannel_outcome(_TEXT, (status, body))
    assert isinstance(outcome, Accepted | NotSent | Unknown)
    if isinstance(outcome, Accepted):
        assert status == 202
        assert body[:3] in (b"0: ", b"3: ")
        assert outcome.remote_id == "7"
    if isinstance(outcome, NotSent):
        assert not body.startswith((b"0: ", b"3: ")) or status != 202


def _kavenegar(entries: object) -> None:
    for entry in entries if isinstance(entries, list) else [entries]:
        outcome = outcome_of(_TEXT, entry)
        if isinstance(outcome, Accepted):
            assert isinstance(entry, dict)
            assert national_mobile(entry["receptor"]) == "09121234567"
            assert entry["message"].split() == _TEXT.text.split()
            _is_fit(outcome)
        _arrived(entry)
    for local_id, record in (known_records(entries) or {}).items():
        assert isinstance(local_id, int)
        _is_fit(record)
    for remote_id, code in (delivery_codes(entries) or {}).items():
        assert len(remote_id) <= 64
        assert -(2**31) <= code < 2**31, "a code that no column holds"


def _is_fit(record: Accepted) -> None:
    """Whether the ledger can hold it, on either database."""
    assert record.remote_id.isascii()
    assert record.remote_id.isdigit()
    assert len(record.remote_id) <= 64
    assert -(2**31) <= record.status < 2**31, "a status that no column holds"
    cost = record.cost_rial
    assert cost is None or 0 <= cost < 2**63, "a cost that no column holds"


def _arrived(entry: object) -> None:
    told = arrived_text(entry)
    stored = arrival_of("kavenegar", told, frozenset())
    assert 0 < len(stored.remote_id) <= 64
    assert len(stored.sender) <= 40
    assert len(stored.line) <= 40
    assert "\0" not in stored.text + stored.sender + stored.line + stored.remote_id
    (stored.text + stored.sender + stored.line + stored.remote_id).encode()
    if told.sent_at is not None:
        assert datetime(1, 1, 2, tzinfo=UTC) <= told.sent_at <= datetime(9999, 12, 30, tzinfo=UTC)


def _answer(*entries: object, status: object = 200) -> bytes:
    told = {"return": {"status": status, "message": ""}, "entries": entries}
    return json.dumps(told, ensure_ascii=False).encode()


_ENTRY: dict[str, object] = {"messageid": 797866275, "localid": 7, "status": 1, "cost": 2000}
_ENTRY |= {"receptor": "09121234567", "message": _TEXT.text, "sender": "30001521", "date": 1}
TARGET = Target(
    try_one,
    seeds=[
        b"\0\0" + _answer(_ENTRY),
        b"\0\0" + _answer(_ENTRY | {"messageid": "79", "status": "10", "cost": "1"}, _ENTRY),
        b"\0\0" + _answer(_ENTRY | {"receptor": "09129999999"}),
        b"\0\0" + _answer(_ENTRY | {"messageid": 1.5, "status": -1, "cost": 10**30}),
        b"\0\0" + _answer([], None, {"messageid": True}),
        *(b"\0\0" + _answer(status=status) for status in (411, "414", 500, 1.5)),
        b'\0\0{"return": {"status": 1e999}}',
        b'\0\0{"return": null}',
        b"\3\0010: Accepted for delivery",
        b"\3\0013: Queued for later delivery",
        b"\3\001Sent.",
        b"\3\003Authorization failed for sendsms",
        b"\3\004Temporal failure, try again later.",
        b"\3\002Number(s) has/have been denied by white- and/or black-lists.",
        b"\3\007<html>",
    ],
    words=[
        *('"return":', '"status":', '"entries":', '"messageid":', '"receptor":', '"message":'),
        *('"cost":', '"date":', '"sender":', '"localid":', '"metadata":', "200", "418", "1e999"),
        *("NaN", "-1", "true", "null", "\\u0000", "\\ud800", "09121234567", "+98", _TEXT.text),
        *(
            "0: ",
            "3: ",
            "Sent.",
            "Missing receiver",
            "Sender missing",
            "Not routable",
            "99999999999",
        ),
    ],
)
