"""Mapping files of administrators, and the forms that say the same."""

from sms_service.billing.inputs import InputFault
from sms_service.billing.mapping import load_mapping, mapped
from sms_service.console.imports.forms import UnknownColumns, tables_of
from tests.fuzz.guided.exports import KNOWN, written
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target


def try_one(data: bytes) -> None:
    """A file is a mapping of at least one kind, or one line says where it is wrong."""
    try:
        mapping = load_mapping(written(data, "mapping.toml"))
        known = mapped(KNOWN, mapping)
    except InputFault as fault:
        assert str(fault).isprintable()
        assert str(fault).startswith("mapping")
    else:
        assert len(known) == len(KNOWN) + len(mapping.kinds)
    _form(Given(data))


def _form(given: Given) -> None:
    columns = [given.words(12, _WORDS) for _ in range(3)]
    names = ("column.bills.bill_amt", "value.payments.bank_code", "unit.bills.bill_amt")
    form = {name: given.words(12, [*_WORDS, *columns]) for name in names}
    try:
        tables = tables_of(form, columns)
    except UnknownColumns as unknown:
        assert set(unknown.names) <= set(names)
    else:
        assert set(tables) <= {"bills", "payments", "branches"}


_WORDS = ("مبلغ", "amount", "toman", "rial", "51", "", " مبلغ‌")
TARGET = Target(
    try_one,
    seeds=[
        "[bills]\nbill_serial = 'سریال'\nbill_amt = {column = 'مبلغ', unit = 'toman'}\n".encode(),
        b"[payments]\npayment_amt = 'amount'\nbank_code = {value = '51'}\n",
        b"[branches]\ntotal_bill_debt = {column = 'a', value = 'b'}\n",
        b"[nothing]\na = 1\n",
        b"bills = 1",
        b'[bills]\nbill_amt = """a\nb"""\n',
        b"a = [[[[[[[[[[]]]]]]]]]]",
        b"a = 9999999999999999999999",
        b"\xef\xbb\xbf[bills]\n",
        b"\xff\xfe",
    ],
    words=[
        *("[bills]", "[payments]", "[branches]", "bill_amt", "payment_amt", "bill_serial", "unit"),
        *(
            "column",
            "value",
            "toman",
            "thousand_rial",
            "process_status",
            " = ",
            "{",
            "}",
            "'",
            '"""',
        ),
        *("\\u0000", "1979-05-27", "[[", "inf", "0x", "\n", "total_bill_debt", "reading_date", "*"),
    ],
    longest=800,
)
