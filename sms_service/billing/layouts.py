"""What the three kinds of export hold, and how one of their rows becomes a table row.

Header names are those of the national billing interface (sale, payment and branch
records). Names, national codes and addresses are in no layout, so they are never read;
a mobile number leaves its reader as a keyed hash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Table

from sms_service.billing import fields, tables
from sms_service.billing.fields import Reader, Value, remembering

_LARGEST_RIAL = 10**15
_LARGEST_KWH = 10**9
_LARGEST_SMALL_NUMBER = 9999
_LONGEST_SHORT_CODE = 10
_REJECTED = -1

_rial = fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL)


class Kind(StrEnum):
    """The kinds of export; the values are the names of their tables too."""

    BILLS = "bills"
    PAYMENTS = "payments"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table and where an export holds it."""

    column: str
    names: tuple[str, ...]
    read: Reader
    required: bool = True
    """Whether an export without this column is refused."""
    soft: bool = False
    """Whether a row may go in without this value when it can't be read."""
    private: bool = False
    """Whether the value is masked wherever it is shown."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of export. ``tell`` is the header name by which it is known."""

    kind: Kind
    table: Table
    tell: str
    fields: tuple[Field, ...]
    computed: str | None = None
    """A last column that follows from the others, by ``compute``."""
    compute: Callable[[Sequence[Value]], Value] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns in the order of a read row, without the batch."""
        read = tuple(field.column for field in self.fields)
        return (*read, self.computed) if self.computed else read


def layouts(hash_phone: Callable[[str], bytes]) -> tuple[Layout, ...]:
    """All layouts; ``hash_phone`` makes the keyed hash of an E.164 number."""

    def phone_hash(text: str) -> Value:
        number = fields.mobile(text)
        return None if number is None else hash_phone(number)

    return (_bills(), _payments(), _branches(phone_hash))


def _bills() -> Layout:
    rial = fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL)
    kwh = fields.whole(-_LARGEST_KWH, _LARGEST_KWH)
    band = remembering(fields.or_zero(kwh))
    day = remembering(fields.day_or_none)
    debt = ("previous_energy_debit", "previous_energy_deb")
    return Layout(
        Kind.BILLS,
        tables.bills,
        "bill_serial",
        (
            _bill_id(),
            Field("serial", ("bill_serial",), fields.serial),
            Field("sale_year", ("sale_year",), remembering(fields.jalali_year)),
            Field("sale_period", ("sale_prd",), remembering(fields.whole(1, 12))),
            Field("amount_rial", ("bill_amt",), rial),
            Field("mid_kwh", ("normal_cons",), remembering(kwh)),
            Field("peak_kwh", ("peak_cons",), band),
            Field("low_kwh", ("low_cons",), band),
            _soft("days", "total_days", _small_number()),
            Field("issued_on", ("issue_date",), day, required=False),
            Field("read_from", ("prev_reading_date",), day, required=False),
            Field("read_to", ("reading_date",), day),
            Field("due_on", ("payment_dead_line",), day, required=False),
            Field("previous_debt_rial", debt, remembering(fields.or_zero(rial)), required=False),
            Field("rejected", ("process_status",), remembering(_is_rejected)),
        ),
    )


def _payments() -> Layout:
    day = remembering(fields.day_or_none)
    return Layout(
        Kind.PAYMENTS,
        tables.payments,
        "payment_amt",
        (
            _bill_id(),
            Field("tracking", ("ref_code",), fields.tracking, soft=True, private=True),
            Field("amount_rial", ("payment_amt",), fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL)),
            Field("paid_on", ("payment_date",), remembering(fields.day)),
            Field("posted_on", ("process_date",), day, required=False),
            _soft("payment_id", "payment_identifier", fields.payment_id, private=True),
            _soft("bank_code", "bank_code", _short_code()),
            _soft("channel", "chanel_type", _short_code()),
        ),
        computed="untracked_key",
        compute=_untracked_key,
    )


def _branches(phone_hash: Reader) -> Layout:
    day = remembering(fields.day_or_none)
    debt = fields.or_none(fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL))
    return Layout(
        Kind.BRANCHES,
        tables.branches,
        "total_bill_debt",
        (
            _bill_id(),
            Field("debt_rial", ("total_bill_debt",), debt),
            _soft("payment_id", "payment_identifier", fields.payment_id, private=True),
            Field("due_on", ("payment_dead_line",), day, required=False),
            Field("last_read_on", ("last_read_date",), day, required=False),
            _soft("tariff", "tariff_type", _small_number()),
            _soft("customer_type", "customer_type", _small_number()),
            _soft("phone_hash", "mobile_number", phone_hash, private=True),
        ),
    )


def _bill_id() -> Field:
    return Field("bill_id", ("bill_identifier",), remembering(fields.bill_id), private=True)


def _soft(column: str, name: str, read: Reader, *, private: bool = False) -> Field:
    return Field(column, (name,), read, required=False, soft=True, private=private)


def _small_number() -> Reader:
    return remembering(fields.or_none(fields.whole(0, _LARGEST_SMALL_NUMBER)))


def _short_code() -> Reader:
    return remembering(fields.or_none(fields.code(_LONGEST_SHORT_CODE)))


def _is_rejected(text: str) -> bool:
    return fields.whole(-99, 99)(text) == _REJECTED


def _untracked_key(values: Sequence[Value]) -> Value:
    tracked = values[1]
    return "" if tracked else "/".join(str(value or "") for value in values[3:])
