"""Lists of bill IDs: pasted, or as a file of any kind."""

from sms_service.billing.id_lists import rows_of_file, rows_of_text
from sms_service.billing.inputs import InputFault
from sms_service.domain.bill_id import BILL_ID_LENGTH, is_valid
from sms_service.language.judge import Judge
from sms_service.language.normalise import fold
from sms_service.service.bill_lists import read_list
from tests.fuzz.guided.exports import written
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target

_JUDGE = Judge("044", 1405)


def try_one(data: bytes) -> None:
    """The first byte: pasted, or a file."""
    given = Given(data)
    is_file, content = given.byte() % 2, given.rest()
    try:
        rows = rows_of_file(written(content, "ids")) if is_file else rows_of_text(as_text(content))
    except InputFault as fault:
        assert str(fault).isprintable()
        return
    seen = set()
    for one in read_list(rows, _JUDGE):
        assert (one.bill_id is None) == (one.why is not None), "an ID neither taken nor told"
        assert 1 <= one.line <= len(rows)
        if one.bill_id is None:
            continue
        assert len(one.bill_id) == BILL_ID_LENGTH
        assert is_valid(one.bill_id)
        assert one.bill_id not in seen, "a bill that would be asked for twice"
        digits = "".join(digit for digit in fold(one.typed) if digit in "0123456789")
        assert digits.zfill(BILL_ID_LENGTH) == one.bill_id, "a bill that nobody named"
        seen.add(one.bill_id)


_LINES = "شناسه قبض,نام\n1234567804423,الف\n۱۲۳۴۵۶۷۸۰۴۴۲۳\n12345678-044-2-3;6249849504428\n"
TARGET = Target(
    try_one,
    seeds=[
        b"\0" + _LINES.encode(),
        b"\1" + _LINES.encode("utf-16"),
        b"\1" + _LINES.encode("cp1256", "replace"),
        b'\0"1234567804423\n,"123"4\n12345604420',
        b"\1PK\x03\x04",
        b"\1\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\1\xff\xfe\x00\xd8",
        b"\0 \r\r\n\x00,,;;",
    ],
    words=[
        "1234567804423",
        "۱۲۳۴۵۶۷۸۰۴۴۲۳",
        "6249849504428",
        "12345604420",
        ",",
        ";",
        "؛",
        "²",
        '"',
    ],
)
