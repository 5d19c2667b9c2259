"""A history as text, to be kept: our own records in JSON, without any person's name."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from sms_service.domain.records import Bill, Branch, History, Payment

_FORM = 1
"""Goes up when the records change: what was kept in another form is asked for anew."""


def as_text(history: History) -> str:
    """The whole history but for the phone's hash, which the table keeps by itself."""
    branch = history.branch
    kept = {
        "form": _FORM,
        "bills": history.bills,
        "payments": history.payments,
        "branch": branch
        and (
            branch.debt_rial,
            branch.payment_id,
            branch.due_on,
            branch.last_read_on,
            branch.tariff,
            branch.customer_type,
        ),
    }
    return json.dumps(kept, separators=(",", ":"), default=date.isoformat)


def from_text(bill_id: str, text: str, phone_hash: bytes | None, as_of: date | None) -> History:
    """The history that ``as_text`` made this of. Raises ValueError for another form."""
    kept = json.loads(text)
    if kept["form"] != _FORM:
        raise ValueError("another form")
    branch = kept["branch"]
    return History(
        bill_id,
        tuple(map(_bill, kept["bills"])),
        tuple(map(_payment, kept["payments"])),
        branch and Branch(*_dated([*branch, phone_hash], 2, 3)),
        as_of,
    )


def _places(record: Any, *names: str) -> Callable[[list[Any]], list[Any]]:
    places = [record._fields.index(name) for name in names]
    return lambda values: _dated(values, *places)


def _dated(values: list[Any], *places: int) -> list[Any]:
    for place in places:
        if values[place] is not None:
            values[place] = date.fromisoformat(values[place])
    return values


_bill_days = _places(Bill, "issued_on", "read_from", "read_to", "due_on")
_payment_days = _places(Payment, "paid_on", "posted_on")


def _bill(values: list[Any]) -> Bill:
    return Bill._make(_bill_days(values))


def _payment(values: list[Any]) -> Payment:
    return Payment._make(_payment_days(values))
