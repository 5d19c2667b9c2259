"""Single rows of exports: values as people and programs spoil them, under each known header."""

import re
from collections.abc import Mapping
from datetime import date

from sms_service.billing.bulk import Value
from sms_service.billing.layouts import Layout, layouts
from sms_service.billing.rows import Chunk, ReadRows, RowReader
from sms_service.domain.bill_id import is_valid
from sms_service.domain.calendar import FIRST_YEAR, LAST_YEAR
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target
from tests.support.billing import TODAY, hash_phone

_DAYS = frozenset({"issued_on", "read_from", "read_to", "due_on", "paid_on", "posted_on"})
_LARGEST = 10**15
_CODE = re.compile(r"[0-9A-Za-z/_-]*")
_KNOWN = layouts(hash_phone, TODAY)
_HEADERS = [tuple(field.sources[0][0] for field in one.fields if field.sources) for one in _KNOWN]
WORDS = (
    *("1234567804423", "0012345604420", "12345678-044-2-3", "1404", "04", "4", "1,535,000"),
    *("۱٬۵۳۵٬۰۰۰", "(2500)", "2500-", "1.5E+6", "1.23457E+12", "300.0", "300.5", "1.535"),
    *("1404/05/20", "14040520", "2026-10-06T20:30:00Z", "04/5/20", "1404/12/30", "1900-01-01"),
    *("2026-11-23", "1404/05/20 14:05", "0", "-", "NULL", "#N/A", '="0012"', "'0012", "=1+1"),
    *("09121234567", "+98 912 123 4567", "896696379088", "²", "٣", "𝟏𝟐", "\u200f12", "1_000"),
    *("9" * 40, "1e999", "nan", "inf", "0x10", "1404/13/40", "0001-01-01", "-1", "+1", "{}", "51"),
)


def try_one(data: bytes) -> None:
    """The layout, then each row's fields."""
    given = Given(data)
    place = given.byte() % len(_KNOWN)
    layout, header = _KNOWN[place], _HEADERS[place]
    rows = [[given.words(24, WORDS) for _ in header] for _ in range(1 + given.whole(2))]
    result = RowReader(layout, header).read(Chunk(2, rows))
    told = {line for line, fault in result.faults if not fault.kept}
    assert len(result.accepted) <= len(rows)
    assert result.read >= len(result.accepted)
    assert len(result.accepted) + len(told) >= result.read, "a row is lost without a word"
    rows_are_fit(layout, result)


def rows_are_fit(layout: Layout, result: ReadRows) -> None:
    """Whether what is taken is fit for the tables of both databases, and what isn't, told."""
    for row in result.accepted:
        values = dict(zip(layout.columns, row, strict=True))
        assert is_valid(str(values["bill_id"]))
        for name, value in values.items():
            _is_fit(name, value)
    for line, fault in result.faults:
        assert line >= 1
        assert fault.reason
        assert fault.value.replace("\u200c", "").isprintable(), "a control character is shown"


def _is_fit(name: str, value: Value) -> None:
    if isinstance(value, str):
        assert value.isascii(), "what no other program would find again"
        if name in _DAYS:
            assert "1991-03-21" <= date.fromisoformat(value).isoformat() <= "2027-12-31"
        elif name != "untracked_key":
            assert _CODE.fullmatch(value)
    elif isinstance(value, int):
        assert abs(value) <= _LARGEST
    if name == "sale_year":
        assert isinstance(value, int)
        assert FIRST_YEAR <= value <= LAST_YEAR


def _seed(layout: int, fields: Mapping[str, str]) -> bytes:
    row = b"".join(
        b"\x00" + bytes([len(raw := fields.get(name, "").encode())]) + raw
        for name in _HEADERS[layout]
    )
    return bytes([layout, 0]) + row


_BILL = {"bill_identifier": "1234567804423", "bill_serial": "17", "sale_year": "1404"}
_USED = {"sale_prd": "2", "bill_amt": "1,535,000", "normal_cons": "300", "peak_cons": "1.5"}
_REST = {"low_cons": "0", "total_days": "60", "reading_date": "1404/05/20", "process_status": "-1"}
_PAID = {"bill_identifier": "12345678-044-2-3", "ref_code": "1/2", "payment_amt": "(2500)"}
TARGET = Target(
    try_one,
    seeds=[
        _seed(0, {**_BILL, **_USED, **_REST}),
        _seed(2, {**_PAID, "payment_date": "2026-10-06T20:30:00Z", "payment_identifier": "0"}),
        _seed(4, {"bill_identifier": "0012345604420", "mobile_number": "۰۹۱۲۱۲۳۴۵۶۷"}),
        *(bytes([layout, 0]) + bytes([1, 0] * 20) for layout in range(5)),
        *(bytes([layout, 1]) + bytes(range(1, 60)) for layout in range(5)),
    ],
    words=WORDS,
    longest=600,
)
