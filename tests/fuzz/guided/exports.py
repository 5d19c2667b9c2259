"""CSV exports of any make: found out, split, read; each row is taken or told."""

import gzip
import tempfile
from pathlib import Path

from sms_service.billing.exports import Export, examine, records
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import layouts
from sms_service.billing.rows import ReadRows, RowReader
from sms_service.domain.calendar import gregorian_of
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.rows import rows_are_fit
from tests.fuzz.guided.targets import Target
from tests.support.billing import TODAY, hash_phone

KNOWN = layouts(hash_phone, TODAY)
_EARLIEST = gregorian_of(1370, 1, 1).isoformat()
_folder = tempfile.TemporaryDirectory(prefix="fuzz-")
"""Goes with the process."""


def written(content: bytes, name: str) -> Path:
    """A file of this process alone, written anew each time."""
    path = Path(_folder.name) / name
    path.write_bytes(content)
    return path


def read_whole(path: Path) -> None:
    """Read a file as an import does, to its end. A file is refused by an InputFault alone."""
    try:
        found = examine(path, KNOWN)
        for export in found:
            _read(export)
    except InputFault as fault:
        assert str(fault).isprintable(), "a line of its own in the administrator's terminal"
        assert len(str(fault)) < 500


def _read(export: Export) -> None:
    reader = RowReader(export.layout, export.header)
    with records(export) as (chunks, done):
        for chunk in chunks:
            rows = len(chunk.rows)
            result: ReadRows = reader.read(chunk)
            assert len(result.accepted) <= rows
            rows_are_fit(export.layout, result)
        assert done() >= 0


def try_one(data: bytes) -> None:
    """The first byte: as it is, gzipped, in UTF-16, in Windows-1256, or behind a mark."""
    given = Given(data)
    how = given.byte() % 6
    content = given.rest()
    if how == 1:
        content = gzip.compress(content, 1, mtime=0)
    elif how == 2:
        content = b"\xff\xfe" + content.decode("utf-8", "replace").encode("utf-16-le")
    elif how == 3:
        content = content.decode("utf-8", "replace").encode("cp1256", "replace")
    elif how == 4:
        content = b"\xef\xbb\xbf" + content
    read_whole(written(content, "export.csv"))


_BILLS = (
    "bill_identifier,bill_serial,sale_year,sale_prd,bill_amt,normal_cons,peak_cons,low_cons,"
    "total_days,reading_date,process_status\n"
    '1234567804423,17,1404,2,"1,535,000",300,20,10,60,1404/05/20,1\n'
)
_PAID = (
    "شناسه قبض;مبلغ پرداخت;تاریخ پرداخت;کد پیگیری\n"
    "۱۲۳۴۵۶۷۸۰۴۴۲۳;۲۹۵٬۰۰۰;۱۴۰۴/۰۵/۲۰;896696379088\n"
    "جمع;295000;;\n"
)
_BRANCHES = (
    "title\n\nbill_identifier\ttotal_bill_debt\tmobile_number\tpayment_dead_line\n"
    "1234567804423\t(2500)\t09121234567\t2026-10-06T00:00:00Z\n"
    '123\t"a\nb\t\t\n'
)
TARGET = Target(
    try_one,
    seeds=[
        *(bytes([how]) + text.encode() for how in range(5) for text in (_BILLS, _PAID)),
        b"\0" + _BRANCHES.encode(),
        b"\4" + _BRANCHES.replace("\n", "\r\n").encode(),
        b"\0" + _BILLS.replace(",", "|").encode(),
        b"\0\x1f\x8b\x08\x00",
        b"\0%PDF-1.7",
        b"\0\xff\xfe\x00\xd8,\x00",
        b"\0bill_identifier,payment_amt,payment_date,ref_code\n\x00",
    ],
    words=[
        *("bill_identifier", "bill_serial", "payment_amt", "payment_date", "total_bill_debt"),
        *("mobile_number", "1234567804423", "1404/05/20", "2026-10-06T00:00:00Z", "شناسه قبض"),
        *(
            "مبلغ پرداخت",
            "جمع",
            '"',
            '""',
            "\r\n",
            ";",
            "\t",
            "|",
            "؛",
            "=",
            "NULL",
            "#N/A",
            "1E+12",
        ),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b"%PDF", b"\x00"),
    ],
)
