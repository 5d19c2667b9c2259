"""The statements that read histories, and their rows made into records.

Each selects the bill ID and then a record's fields in their own order, so that a row's
rest is the record.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Dialect,
    Select,
    String,
    Table,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)

from sms_service.billing.batches import BatchState
from sms_service.billing.tables import billing_batches, bills, branches, payments
from sms_service.domain.records import Bill, Branch, History, Payment

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """In a database's own words. The first three have one parameter, ``ids``.

    PostgreSQL takes a list there, SQLite a list in JSON: one prepared statement serves a
    batch of any size.
    """

    bills: str
    payments: str
    branches: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What the statements brought, as PostgreSQL's driver gives it."""

    bills: Sequence[Row]
    payments: Sequence[Row]
    branches: Sequence[Row]
    as_of: date | None


def statements(dialect: Dialect) -> Statements:
    """The statements for this database, to be run within one snapshot."""
    in_words = partial(_in_words, dialect)
    return Statements(
        in_words(_of_asked(bills, Bill._fields, dialect)),
        in_words(_of_asked(payments, Payment._fields, dialect)),
        in_words(_of_asked(branches, _BRANCH_FIELDS, dialect)),
        in_words(_as_of()),
    )


_BRANCH_FIELDS = tuple(field.name for field in fields(Branch))


def _in_words(dialect: Dialect, query: Select[Any]) -> str:
    if dialect.name != "postgresql":
        dialect = type(dialect)(paramstyle="named")  # type: ignore[call-arg]  # as all real ones
    return str(query.compile(dialect=dialect))


def _of_asked(table: Table, names: Iterable[str], dialect: Dialect) -> Select[Any]:
    bill_id: ColumnElement[str] = table.c.bill_id
    if dialect.name == "postgresql":
        asked = bill_id == any_(bindparam("ids", type_=ARRAY(String)))
    else:
        asked = bill_id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
    return select(bill_id, *(_as_told(table.c[name]) for name in names)).where(asked)


def _as_told(column: Column[Any]) -> ColumnElement[Any]:
    if column is payments.c.tracking:
        return func.nullif(column, literal_column("''"))
    return column


def _as_of() -> Select[Any]:
    """The day up to which bills, payments and branches are all known.

    They may come in batches of their own: money imported alone makes no debt younger.
    """
    batch = billing_batches.c
    in_force = batch.state == literal_column(f"'{BatchState.IN_FORCE}'")
    last_of_each = [
        select(func.max(batch.id)).where(in_force, brought > literal_column("0")).scalar_subquery()
        for brought in (batch.bills, batch.payments, batch.branches)
    ]
    return select(func.min(batch.data_as_of)).where(batch.id.in_(last_of_each))


_day_of = date.fromisoformat


def bill_from_sqlite(row: Row) -> Row:
    """SQLite's row of a bill with days and marks of their own types."""
    *before, issued_on, read_from, read_to, due_on, debt, rejected = row
    return (
        *before,
        issued_on and _day_of(issued_on),
        read_from and _day_of(read_from),
        read_to and _day_of(read_to),
        due_on and _day_of(due_on),
        debt,
        bool(rejected),
    )


def payment_from_sqlite(row: Row) -> Row:
    """The same of a payment."""
    bill_id, paid_on, amount, payment_id, posted_on, *others = row
    posted = posted_on and _day_of(posted_on)
    return (bill_id, _day_of(paid_on), amount, payment_id, posted, *others)


def branch_from_sqlite(row: Row) -> Row:
    """The same of a branch."""
    bill_id, debt, payment_id, due_on, read_on, *others = row
    days = due_on and _day_of(due_on), read_on and _day_of(read_on)
    return (bill_id, debt, payment_id, *days, *others)


class _Found:
    __slots__ = ("bills", "branch", "payments")

    def __init__(self) -> None:
        self.bills: list[Bill] = []
        self.payments: list[Payment] = []
        self.branch: Branch | None = None


class _FoundByBillId(dict[str, _Found]):
    def __missing__(self, bill_id: str) -> _Found:
        found = self[bill_id] = _Found()
        return found


# What NamedTuple._make does, without its own step through Python.
_as_bill: Callable[[Row], Bill] = partial(tuple.__new__, Bill)
_as_payment: Callable[[Row], Payment] = partial(tuple.__new__, Payment)


def assembled(rows: Rows) -> dict[str, History]:
    """The histories that the rows hold, by bill ID."""
    found = _FoundByBillId()
    for row in rows.bills:
        found[row[0]].bills.append(_as_bill(row[1:]))
    for row in rows.payments:
        found[row[0]].payments.append(_as_payment(row[1:]))
    for row in rows.branches:
        found[row[0]].branch = Branch(*row[1:])
    return {bill_id: _history(bill_id, one, rows.as_of) for bill_id, one in found.items()}


def _history(bill_id: str, one: _Found, as_of: date | None) -> History:
    bills, payments = one.bills, one.payments
    # The short keys are enough for most subscribers, and made in a third of the time.
    one_a_period = len(set(map(_period, bills))) == len(bills)
    bills.sort(key=_period if one_a_period else age_of_bill)
    one_a_day = len(set(map(_day, payments))) == len(payments)
    payments.sort(key=_day if one_a_day else age_of_payment)
    return History(bill_id, tuple(bills), tuple(payments), one.branch, as_of)


_period = itemgetter(Bill._fields.index("sale_year"), Bill._fields.index("sale_period"))
_day = itemgetter(Payment._fields.index("paid_on"))


def age_of_bill(bill: Bill) -> tuple[int, int, date, int, str]:
    """By year, period, day of issue and serial."""
    issued = bill.issued_on or date.min
    return bill.sale_year, bill.sale_period, issued, len(bill.serial), bill.serial


def age_of_payment(payment: Payment) -> tuple[date, bool, date, str, int]:
    """By day; a reversal behind its payment."""
    posted = payment.posted_on or payment.paid_on
    tracking = payment.tracking or ""
    return payment.paid_on, payment.amount_rial < 0, posted, tracking, payment.amount_rial
