"""The one statement that reads histories, and its rows made into records.

Bills, payments, branches and the day of the data come in one result, so they share its
columns: each part fills those that suit it and leaves the others NULL.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    LargeBinary,
    Select,
    String,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from sms_service.billing.batches import BatchState
from sms_service.billing.tables import billing_batches, bills, branches, payments
from sms_service.domain.records import Bill, Branch, History, Payment

Row = tuple[Any, ...]
_Part = dict[str, tuple[str, ColumnElement[Any]]]

_AS_OF, _BILL, _PAYMENT, _BRANCH = range(4)

_SLOTS: Mapping[str, TypeEngine[Any]] = {
    "bill_id": String(),
    "day_1": Date(),
    "day_2": Date(),
    "day_3": Date(),
    "day_4": Date(),
    "mark": Boolean(),
    "rial_1": BigInteger(),
    "rial_2": BigInteger(),
    "number_1": Integer(),
    "number_2": Integer(),
    "number_3": Integer(),
    "number_4": Integer(),
    "number_5": Integer(),
    "number_6": Integer(),
    "text_1": String(),
    "text_2": String(),
    "text_3": String(),
    "text_4": String(),
    "bytes": LargeBinary(),
}
"""The result's columns behind the number of the part."""

_b, _p, _r = bills.c, payments.c, branches.c

_BILL_FIELDS: _Part = {
    "serial": ("text_1", _b.serial),
    "sale_year": ("number_1", _b.sale_year),
    "sale_period": ("number_2", _b.sale_period),
    "amount_rial": ("rial_1", _b.amount_rial),
    "mid_kwh": ("number_3", _b.mid_kwh),
    "peak_kwh": ("number_4", _b.peak_kwh),
    "low_kwh": ("number_5", _b.low_kwh),
    "days": ("number_6", _b.days),
    "issued_on": ("day_1", _b.issued_on),
    "read_from": ("day_2", _b.read_from),
    "read_to": ("day_3", _b.read_to),
    "due_on": ("day_4", _b.due_on),
    "previous_debt_rial": ("rial_2", _b.previous_debt_rial),
    "rejected": ("mark", _b.rejected),
}
_PAYMENT_FIELDS: _Part = {
    "paid_on": ("day_1", _p.paid_on),
    "amount_rial": ("rial_1", _p.amount_rial),
    "payment_id": ("text_1", _p.payment_id),
    "posted_on": ("day_2", _p.posted_on),
    "tracking": ("text_2", func.nullif(_p.tracking, literal_column("''"), type_=String())),
    "bank_code": ("text_3", _p.bank_code),
    "channel": ("text_4", _p.channel),
}
_BRANCH_FIELDS: _Part = {
    "debt_rial": ("rial_1", _r.debt_rial),
    "payment_id": ("text_1", _r.payment_id),
    "due_on": ("day_1", _r.due_on),
    "last_read_on": ("day_2", _r.last_read_on),
    "tariff": ("number_1", _r.tariff),
    "customer_type": ("number_2", _r.customer_type),
    "phone_hash": ("bytes", _r.phone_hash),
}
"""Field of the record: the slot it travels in, the column it comes from."""


def history_statement(dialect: Dialect) -> str:
    """The statement in a database's own words; its only parameter is ``ids``.

    PostgreSQL takes a list there, SQLite a list in JSON: one prepared statement serves a
    batch of any size.
    """
    on_postgresql = dialect.name == "postgresql"
    whole = union_all(
        _as_of(),
        _of_asked(_BILL, _b.bill_id, _BILL_FIELDS, on_postgresql),
        _of_asked(_PAYMENT, _p.bill_id, _PAYMENT_FIELDS, on_postgresql),
        _of_asked(_BRANCH, _r.bill_id, _BRANCH_FIELDS, on_postgresql),
    )
    if not on_postgresql:
        dialect = type(dialect)(paramstyle="named")  # type: ignore[call-arg]  # as all real ones
    return str(whole.compile(dialect=dialect))


def _of_asked(
    part: int, bill_id: ColumnElement[str], record: _Part, on_postgresql: bool
) -> Select[Any]:
    if on_postgresql:
        asked = bill_id == any_(bindparam("ids", type_=ARRAY(String)))
    else:
        asked = bill_id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
    return _slots(part, {"bill_id": bill_id, **dict(record.values())}).where(asked)


def _as_of() -> Select[Any]:
    in_force = billing_batches.c.state == literal_column(f"'{BatchState.IN_FORCE}'")
    newest = select(func.max(billing_batches.c.id)).where(in_force).scalar_subquery()
    columns = {"day_1": billing_batches.c.data_as_of}
    return _slots(_AS_OF, columns).where(billing_batches.c.id == newest)


def _slots(part: int, columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    number: ColumnElement[int] = literal_column(str(part), Integer)
    filled = [columns.get(slot, cast(null(), type_)) for slot, type_ in _SLOTS.items()]
    return select(number, *filled)


def _picker(names: Iterable[str], sources: _Part) -> Callable[[Row], Row]:
    places = {slot: place for place, slot in enumerate(_SLOTS, 1)}
    return itemgetter(*(places[sources[name][0]] for name in names))


_pick_bill = _picker(Bill._fields, _BILL_FIELDS)
_pick_payment = _picker(Payment._fields, _PAYMENT_FIELDS)
_pick_branch = _picker((field.name for field in fields(Branch)), _BRANCH_FIELDS)


def from_sqlite(row: Row) -> Row:
    """SQLite's row as PostgreSQL's driver gives it: days and marks of their own types."""
    part, bill_id, day_1, day_2, day_3, day_4, mark, *others = row
    return (
        part,
        bill_id,
        day_1 and date.fromisoformat(day_1),
        day_2 and date.fromisoformat(day_2),
        day_3 and date.fromisoformat(day_3),
        day_4 and date.fromisoformat(day_4),
        bool(mark),
        *others,
    )


class _Found:
    __slots__ = ("bills", "branch", "payments")

    def __init__(self) -> None:
        self.bills: list[Bill] = []
        self.payments: list[Payment] = []
        self.branch: Branch | None = None


def assembled(rows: Iterable[Row]) -> dict[str, History]:
    """The histories that the statement's rows hold, by bill ID."""
    found: dict[str, _Found] = {}
    as_of: date | None = None
    for row in rows:
        part, bill_id = row[0], row[1]
        if part == _AS_OF:
            as_of = row[2]
            continue
        one = found.get(bill_id)
        if one is None:
            one = found[bill_id] = _Found()
        if part == _BILL:
            one.bills.append(Bill._make(_pick_bill(row)))
        elif part == _PAYMENT:
            one.payments.append(Payment._make(_pick_payment(row)))
        else:
            one.branch = Branch(*_pick_branch(row))
    return {bill_id: _history(bill_id, one, as_of) for bill_id, one in found.items()}


def _history(bill_id: str, one: _Found, as_of: date | None) -> History:
    one.bills.sort(key=age_of_bill)
    one.payments.sort(key=age_of_payment)
    return History(bill_id, tuple(one.bills), tuple(one.payments), one.branch, as_of)


def age_of_bill(bill: Bill) -> tuple[int, int, date, int, str]:
    """By year, period, day of issue and serial."""
    issued = bill.issued_on or date.min
    return bill.sale_year, bill.sale_period, issued, len(bill.serial), bill.serial


def age_of_payment(payment: Payment) -> tuple[date, bool, date, str, int]:
    """By day; a reversal behind its payment."""
    posted = payment.posted_on or payment.paid_on
    tracking = payment.tracking or ""
    return payment.paid_on, payment.amount_rial < 0, posted, tracking, payment.amount_rial
