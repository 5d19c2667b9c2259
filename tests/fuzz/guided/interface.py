"""The national billing interface: any answer is a history of the bill asked for, or a failure."""

import json
from typing import Any

from sms_service.billing.saapa_answers import Away, Malformed, Record, records_of
from sms_service.billing.saapa_records import RecordReader, Unreadable
from sms_service.transport import Answered
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target
from tests.support.billing import hash_phone

_BILL_ID = "0012345604420"
_STATUSES = (200, 400, 401, 429, 500, 204)
_READER = RecordReader(hash_phone)
_MOST_PAUSE = 300.0


def try_one(data: bytes) -> None:
    """Status and ``Retry-After``, then three answers parted by line feeds."""
    given = Given(data)
    status = given.one_of(_STATUSES)
    header = as_text(given.piece(60)) or None
    parts: list[list[Record]] = []
    for body in given.rest().split(b"\n")[:3]:
        try:
            parts.append(records_of(Answered(status, body, header)))
        except Away as away:
            assert away.pause is None or 0 < away.pause <= _MOST_PAUSE
            assert away.reason.replace("_", "").isalnum()
            return
        except Malformed:
            return
    _is_fit(*parts, *[[]] * (3 - len(parts)))


def _is_fit(sales: list[Record], payments: list[Record], branches: list[Record]) -> None:
    try:
        history = _READER.history(_BILL_ID, sales, payments, branches)
    except Unreadable as error:
        assert str(error).isascii()
        return
    if history is None:
        return
    assert history.bill_id == _BILL_ID
    for bill in history.bills:
        assert 1 <= bill.sale_period <= 12
        assert 1300 <= bill.sale_year <= 1499
        assert bill.serial.isascii()
    for payment in history.payments:
        assert payment.paid_on is not None
        assert (payment.tracking or "").isascii()
        assert (payment.payment_id or "").isascii()


def _answer(*records: dict[str, Any]) -> bytes:
    return json.dumps({"status": 200, "data": list(records), "error": None}).encode()


_SALE = {
    "bill_identifier": _BILL_ID,
    "bill_serial": "25571",
    "sale_year": "1401",
    "sale_prd": 4,
    "process_status": "1",
    "reading_date": "2022-11-18T00:00:00Z",
    "total_days": 64.0,
    "normal_cons": "326.5",
    "peak_cons": "124",
    "low_cons": "142",
    "bill_amt": 1.167e6,
    "previous_energy_debit": "5000",
}
_PAID = {
    "bill_identifier": _BILL_ID,
    "payment_identifier": "30001251",
    "payment_date": "2022-12-01T00:00:00Z",
    "payment_amt": "1167000",
    "ref_code": "896696379088",
}
_BRANCH = {
    "bill_identifier": _BILL_ID,
    "total_bill_debt": "-3997",
    "mobile_number": "09358786385",
    "subscription_id": "9905",
    "contract_demand": 4,
}
_RETRIES = (b"5", b"Wed, 21 Oct 2026 07:28:00 GMT", b"1 Jan 99999 00:00:00 +9999", b"\xd9\xa1")
TARGET = Target(
    try_one,
    seeds=[
        b"\0\0" + b"\n".join([_answer(_SALE), _answer(_PAID), _answer(_BRANCH)]),
        b"\0\0" + b"\n".join([_answer(), _answer(), _answer(_BRANCH | {"subscription_id": 0})]),
        b"\0\0" + _answer(_SALE | {"bill_identifier": "1234567804423"}),
        *(bytes([3, len(retry)]) + retry for retry in _RETRIES),
        b'\0\0{"status": "401", "data": null}',
        b'\0\0{"Status": 200, "DATA": {"a": [1e400, NaN]}}',
        b'\1\0{"status": 400, "error": "x"}',
    ],
    words=[
        *(f'"{name}":' for one in (_SALE, _PAID, _BRANCH) for name in one),
        *('"status":', '"data":', '"error":', "200", "1e999", "-0.5", "null", "\\ud800", "GMT"),
        *("1404/12/30", "٫۵", "²", "0001-01-01T00:00:00Z", "+9999", "Wed, ", "99999999999"),
    ],
)
