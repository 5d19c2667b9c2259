"""The traps of the interface: harmless ones dress the truth up, others keep it away."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sms_service.domain.calendar import jalali_of
from sms_service.simulator.saapa.records import Record

_DAYS = ("_date", "payment_dead_line")
_NUMBERS = ("_amt", "_cons", "_debit", "_deb", "_debt", "_prd", "_year", "_days", "_status")
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class Trap(StrEnum):
    """What the interface does to its answers."""

    NUMBERS = "numbers"
    """IDs and amounts as JSON numbers: IDs lose the zeros in front."""
    DECIMALS = "decimals"
    """Amounts as strings with two digits behind a point."""
    JALALI = "jalali"
    """Days as Jalali ones."""
    SHORT_YEARS = "short_years"
    """``sale_year`` in two digits."""
    OLD_NAMES = "old_names"
    """Fields as they were called before; kWh split by season."""
    OTHER_CASE = "other_case"
    """Field names in capitals."""
    PERSIAN_DIGITS = "persian_digits"
    STRANGERS = "strangers"
    """Somebody else's record among them."""
    DUPLICATES = "duplicates"
    NAMELESS_PAYMENTS = "nameless_payments"
    """Payments that don't say whose they are."""
    ZEROED = "zeroed"
    """Zeroed records instead of none for unknown bills."""
    PLAIN_TEXT = "plain_text"
    """JSON called text/plain."""

    SLOW = "slow"
    HANG = "hang"
    RESET = "reset"
    CUT_BODY = "cut_body"
    HTML = "html"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  # a name
    THROTTLED = "throttled"
    STATUS_500_INSIDE = "status_500_inside"
    NULL_DATA = "null_data"
    """Of every bill, as if none were known."""
    MALFORMED = "malformed"
    """Whatever is asked is called malformed."""
    HUGE = "huge"
    REDIRECT = "redirect"
    ERROR_LISTED = "error_listed"
    """Status 200, no data, and an error."""
    BAD_VALUE = "bad_value"
    """An amount that is no number."""
    ALL_STRANGERS = "all_strangers"
    """Only records of somebody else, as from a session mixed up."""


HARMLESS = frozenset(list(Trap)[: list(Trap).index(Trap.SLOW)])
"""Those under which the truth can still be told."""
MIXED = HARMLESS - {Trap.NAMELESS_PAYMENTS}
"""Those that may stand together: of nameless records nobody can tell a stranger's."""


def dressed(records: Sequence[Record], subject: str, traps: frozenset[Trap]) -> list[Any]:
    """The records as these traps would send them."""
    sent: list[Any] = list(records)
    for trap, change in _CHANGES.items():
        if trap in traps:
            sent = [change(record, subject) for record in sent]
    if Trap.DUPLICATES in traps:
        sent = [*sent, *sent[:1]]
    return sent


def as_json(value: Any) -> bytes:
    """As it goes over the wire."""
    return json.dumps(value, ensure_ascii=False).encode()


def _nameless(record: Record, subject: str) -> Record:
    if subject == "payments":
        record.pop("bill_identifier", None)
    return record


def _old_names(record: Record, subject: str) -> Record:
    if subject != "sales":
        return record
    renamed = {
        {"previous_energy_debit": "previous_energy_deb"}.get(name, name): value
        for name, value in record.items()
    }
    for band in ("normal_cons", "peak_cons", "low_cons"):
        kwh = int(renamed.pop(band) or 0)
        renamed |= {f"warm_{band}": str(kwh // 3), f"cold_{band}": str(kwh - kwh // 3)}
    return renamed


def _jalali(record: Record, _subject: str) -> Record:
    return {
        name: _as_jalali(value) if value and name.endswith(_DAYS) else value
        for name, value in record.items()
    }


def _as_jalali(iso: str) -> str:
    return "{:04d}/{:02d}/{:02d}".format(*jalali_of(date.fromisoformat(iso[:10])))


def _short_years(record: Record, _subject: str) -> Record:
    if record.get("sale_year"):
        record["sale_year"] = record["sale_year"][2:]
    return record


def _persian(record: Record, _subject: str) -> Record:
    return {name: value.translate(_PERSIAN) for name, value in record.items()}


def _decimals(record: Record, _subject: str) -> Record:
    return {
        name: f"{value}.00" if value and name.endswith(("_amt", "_debt")) else value
        for name, value in record.items()
    }


def _numbers(record: Record, _subject: str) -> dict[str, Any]:
    return {name: _number(name, value) for name, value in record.items()}


def _number(name: str, value: str) -> Any:
    if not value.lstrip("-").isdecimal():
        return value or None
    if name in ("bill_identifier", "bill_serial", "payment_identifier"):
        return int(value)
    if name.endswith(("_amt", "_debt")):
        return float(value)
    return int(value) if name.endswith(_NUMBERS) else value


def _capitals(record: Mapping[str, Any], _subject: str) -> dict[str, Any]:
    return {name.upper(): value for name, value in record.items()}


_CHANGES: Mapping[Trap, Callable[[Any, str], Any]] = {
    Trap.NAMELESS_PAYMENTS: _nameless,
    Trap.OLD_NAMES: _old_names,
    Trap.JALALI: _jalali,
    Trap.SHORT_YEARS: _short_years,
    Trap.DECIMALS: _decimals,
    Trap.PERSIAN_DIGITS: _persian,
    Trap.NUMBERS: _numbers,
    Trap.OTHER_CASE: _capitals,
}
