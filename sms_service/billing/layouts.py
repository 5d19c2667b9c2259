"""What the kinds of export hold, and how one of their rows becomes a table row.

Personal names, national codes and addresses are in no layout, so they are never read; a
mobile number leaves its reader as a keyed hash.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Table

from sms_service.billing import fields, names, tables
from sms_service.billing.bulk import Value
from sms_service.billing.fields import Reader
from sms_service.billing.names import Sources
from sms_service.billing.reasons import Note, Reason

_LARGEST_RIAL = 10**15
_LARGEST_KWH = 10**9
_LARGEST_SMALL_NUMBER = 9999
_LONGEST_SHORT_CODE = 10
_REJECTED = -1
_CANCELLED = -1
_FURTHEST_AHEAD = timedelta(days=366)
_JOIN_READINGS = " (records R130 and R140 must be joined: R140 alone tells no consumption)"


class Kind(StrEnum):
    """The kinds of export; the values are the names of their tables too."""

    BILLS = "bills"
    PAYMENTS = "payments"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table and where an export holds it."""

    column: str
    sources: Sources
    """Where it may stand, the preferred one first."""
    read: Reader
    required: bool = True
    """Whether an export without this column is refused."""
    soft: bool = False
    """Whether a row may go in without this value when it can't be read."""
    private: bool = False
    """Whether the value is masked wherever it is shown."""
    absent: str = ""
    """The text that is read where an export has no such column."""
    hint: str = ""
    """What to do about a missing column."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A column that is only looked at: a row is bad where it and another don't agree."""

    name: str
    read: Reader
    against: str
    """The column of the table that it is held against."""
    contradicts: Callable[[Value, Value], bool]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of export, as one system writes it."""

    kind: Kind
    table: Table
    tells: Sources
    """The columns by which it is known, those of any one entry together."""
    fields: tuple[Field, ...]
    computed: str | None = None
    """A last column that follows from the others, by ``compute``."""
    compute: Callable[[Sequence[Sequence[Value]]], Sequence[Value]] | None = None
    guard: Guard | None = None
    mapped: bool = False
    """Whether an operator described it; such a layout goes before those known here."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns in the order of a read row, without the batch."""
        read = tuple(field.column for field in self.fields)
        return (*read, self.computed) if self.computed else read


def layouts(hash_phone: Callable[[str], bytes], today: date | None = None) -> tuple[Layout, ...]:
    """All layouts; those of one kind have the same columns.

    ``hash_phone`` makes the keyed hash of an E.164 number. Days more than a year after
    ``today`` are refused.
    """
    latest = None if today is None else today + _FURTHEST_AHEAD
    return (
        _bills(latest, names.BILLS),
        _bills(latest, names.EXCHANGED_BILLS),
        _payments(latest, names.PAYMENTS),
        _payments(latest, names.EXCHANGED_PAYMENTS),
        _branches(latest, hash_phone),
    )


def _bills(latest: date | None, named: Mapping[str, Sources]) -> Layout:
    rial = fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL)
    kwh = fields.rounded(-_LARGEST_KWH, _LARGEST_KWH)
    day = fields.day_or_none(latest)
    debt = named["previous_debt_rial"]
    return Layout(
        Kind.BILLS,
        tables.bills,
        named["serial"],
        (
            Field("bill_id", named["bill_id"], fields.bill_id, private=True),
            Field("serial", named["serial"], fields.serial),
            Field("sale_year", named["sale_year"], fields.jalali_year),
            Field("sale_period", named["sale_period"], fields.whole(1, 12)),
            Field("amount_rial", named["amount_rial"], _amount()),
            Field("mid_kwh", named["mid_kwh"], kwh, hint=_hint(named)),
            _band("peak_kwh", named, kwh),
            _band("low_kwh", named, kwh),
            _soft("days", named, _small_number()),
            Field("issued_on", named["issued_on"], day, required=False),
            Field("read_from", named["read_from"], day, required=False),
            Field("read_to", named["read_to"], day),
            Field("due_on", named["due_on"], day, required=False),
            Field("previous_debt_rial", debt, rial.or_zero(), required=False),
            Field("rejected", named["rejected"], _rejected()),
        ),
    )


def _hint(named: Mapping[str, Sources]) -> str:
    return _JOIN_READINGS if named is names.EXCHANGED_BILLS else ""


def _band(column: str, named: Mapping[str, Sources], kwh: Reader) -> Field:
    """A band beside mid load; a layout that tells the total alone hasn't got it."""
    sources = named.get(column, ())
    return Field(column, sources, kwh.or_zero(), required=bool(sources))


def _payments(latest: date | None, named: Mapping[str, Sources]) -> Layout:
    posted_on = fields.day_or_none(latest)
    return Layout(
        Kind.PAYMENTS,
        tables.payments,
        named["amount_rial"],
        (
            Field("bill_id", named["bill_id"], fields.bill_id, private=True),
            Field("tracking", named["tracking"], fields.tracking, soft=True, private=True),
            Field("amount_rial", named["amount_rial"], _amount()),
            Field("paid_on", named["paid_on"], fields.day(latest)),
            Field("posted_on", named["posted_on"], posted_on, required=False),
            _soft("payment_id", named, fields.payment_id, private=True),
            _soft("bank_code", named, _short_code()),
            _soft("channel", named, _short_code()),
        ),
        computed="untracked_key",
        compute=_untracked_keys,
        guard=Guard(
            names.STATUS_OF_PAYMENT,
            fields.whole(-99, 99).or_none(),
            "amount_rial",
            _is_unclear_reversal,
            Reason.REVERSAL_UNCLEAR,
        ),
    )


def _branches(latest: date | None, hash_phone: Callable[[str], bytes]) -> Layout:
    named = names.BRANCHES
    day = fields.day_or_none(latest)
    debt = fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL).or_none()
    return Layout(
        Kind.BRANCHES,
        tables.branches,
        named["debt_rial"],
        (
            Field("bill_id", named["bill_id"], fields.bill_id, private=True),
            Field("debt_rial", named["debt_rial"], debt),
            _soft("payment_id", named, fields.payment_id, private=True),
            Field("due_on", named["due_on"], day, required=False),
            Field("last_read_on", named["last_read_on"], day, required=False),
            _soft("tariff", named, _small_number()),
            _soft("customer_type", named, _small_number()),
            _soft("phone_hash", named, fields.hashed_mobile(hash_phone), private=True),
        ),
    )


def _soft(
    column: str, named: Mapping[str, Sources], read: Reader, *, private: bool = False
) -> Field:
    return Field(column, named[column], read, required=False, soft=True, private=private)


def _amount() -> Reader:
    return fields.whole(-_LARGEST_RIAL, _LARGEST_RIAL, varied=True)


def _small_number() -> Reader:
    return fields.whole(0, _LARGEST_SMALL_NUMBER).or_none()


def _short_code() -> Reader:
    return fields.code(_LONGEST_SHORT_CODE).or_none()


def _rejected() -> Reader:
    status = fields.whole(-99, 99)

    def parse(text: str, note: Note) -> bool:
        return status.parse(text, note) == _REJECTED

    return Reader(parse)


def _is_unclear_reversal(status: Value, amount: Value) -> bool:
    return status == _CANCELLED and isinstance(amount, int) and amount > 0


def _untracked_keys(columns: Sequence[Sequence[Value]]) -> Sequence[Value]:
    trackings = columns[1]
    if all(trackings):
        return [""] * len(trackings)
    return [
        "" if tracking else "/".join(str(value or "") for value in others)
        for tracking, *others in zip(trackings, *columns[3:], strict=True)
    ]
