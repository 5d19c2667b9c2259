"""Sale, payment and branch records of the national interface made into a history.

Fields are read by the readers of the imports, so both ways in take the same spellings.
What only this interface does is levelled here: decimals for whole numbers, zeroed records,
other people's. Names, national codes and addresses are never looked at.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sms_service.billing.bulk import Value
from sms_service.billing.histories import age_of_bill, age_of_payment
from sms_service.billing.layouts import Field, Kind, Layout, layouts
from sms_service.billing.reasons import FieldFault
from sms_service.billing.saapa_answers import Record
from sms_service.domain.records import Bill, Branch, History, Payment

_ID = "bill_identifier"
_ID_DIGITS = 13
_NOBODY = ("subscription_id", "contract_demand")
"""Both zero in a branch record: the bill isn't known."""
_DAYS = {"issued_on", "read_from", "read_to", "due_on", "paid_on", "posted_on", "last_read_on"}
_NEEDED_ALL_THE_SAME = {"previous_debt_rial"}
_DECIMAL = re.compile(r"([+-]?[\d,٬]+)[.٫](\d+)")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)


class Unreadable(Exception):
    """No history can be told from what came; the message holds none of it."""


class RecordReader:
    """Makes histories; ``hash_phone`` gives the keyed hash of an E.164 number."""

    def __init__(self, hash_phone: Callable[[str], bytes]) -> None:
        # The first of a kind has the national interface's own names.
        self._layouts = {layout.kind: layout for layout in reversed(layouts(hash_phone))}

    def history(
        self,
        bill_id: str,
        sales: Sequence[Record],
        payments: Sequence[Record],
        branches: Sequence[Record],
    ) -> History | None:
        """What the records say of this bill; None when they don't know it.

        Records of other bills are left out. Raises Unreadable, also when nothing is left
        then: such an answer was somebody else's.
        """
        bills = {
            values["serial"]: Bill(**values) for values in self._read(Kind.BILLS, bill_id, sales)
        }
        paid = dict(self._payments(bill_id, payments))
        branch = [Branch(**values) for values in self._read(Kind.BRANCHES, bill_id, branches)]
        if not (bills or paid or branch):
            return None
        return History(
            bill_id,
            tuple(sorted(bills.values(), key=age_of_bill)),
            tuple(sorted(paid.values(), key=age_of_payment)),
            branch[-1] if branch else None,
        )

    def _payments(
        self, bill_id: str, records: Sequence[Record]
    ) -> Iterable[tuple[tuple[object, ...], Payment]]:
        """Payments, each with what tells it from others."""
        for values in self._read(Kind.PAYMENTS, bill_id, records):
            values["tracking"] = values["tracking"] or None
            payment = Payment(**values)
            named = payment.tracking, payment.amount_rial
            yield (named if payment.tracking else (*payment,)), payment

    def _read(self, kind: Kind, bill_id: str, records: Sequence[Record]) -> list[dict[str, Any]]:
        layout = self._layouts[kind]
        return [_values(layout, record) for record in _own(bill_id, records)]


def _own(bill_id: str, records: Sequence[Record]) -> list[Record]:
    """The records of this bill alone, without zeroed ones."""
    present = [record for record in records if not _is_zeroed(record)]
    own = [record for record in present if _canonical(record) in (bill_id, "")]
    if len(own) == len(present):
        return own
    named = [record for record in own if _canonical(record)]
    if len(named) < len(own) or not own:
        raise Unreadable("records of another bill")
    return own


def _is_zeroed(record: Record) -> bool:
    named = record.get(_ID, "").translate(_DIGITS)
    nobody = [record.get(name, "").translate(_DIGITS) for name in _NOBODY]
    return _is_nought(named) or all(map(_is_nought, nobody))


def _is_nought(text: str) -> bool:
    return bool(text) and not text.partition(".")[0].strip("0")


def _canonical(record: Record) -> str:
    """The bill that a record names, zeros in front as a number loses them; empty for none."""
    named = _levelled(record.get(_ID, "").translate(_DIGITS))
    return named.rjust(_ID_DIGITS, "0") if named else ""


def _values(layout: Layout, record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in layout.fields:
        if field.column != "bill_id":
            values[field.column] = _value(field, record)
    return values


def _value(field: Field, record: Record) -> Any:
    text = _text(field, record)
    try:
        value: Value = field.read(text)
    except FieldFault as fault:
        if (field.required and not field.soft) or field.column in _NEEDED_ALL_THE_SAME:
            raise Unreadable(f"{field.column}: {fault}") from None
        return None
    return date.fromisoformat(str(value)) if value and field.column in _DAYS else value


def _text(field: Field, record: Record) -> str:
    for source in field.sources:
        texts = [record[name] for name in source if record.get(name)]
        if texts:
            return _sum(texts) if len(source) > 1 else _levelled(texts[0])
    if field.column == "rejected":
        return "-1" if record.get("reject_date") else "1"
    return ""


def _sum(texts: Sequence[str]) -> str:
    """Of what the seasons say; a text that is no number where one of them says none."""
    levelled = [_levelled(text) for text in texts]
    numbers = [int(text) for text in levelled if text.removeprefix("-").isdecimal()]
    return str(sum(numbers)) if len(numbers) == len(texts) else "?"


def _levelled(text: str) -> str:
    """A decimal as the whole number next to it; anything else as it is."""
    if not _DECIMAL.fullmatch(text):
        return text
    number = Decimal(re.sub(r"[,٬]", "", text).replace("٫", "."))
    return str(int(number.to_integral_value(ROUND_HALF_UP)))
