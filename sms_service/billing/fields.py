"""Readers of single fields of an export: text in, a value fit for the tables out.

Each raises FieldFault, with the reason in plain words, for a text that it can't take.
Days come out as ISO text, which both databases load without a detour by objects.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from sms_service.domain import bill_id as bill_ids
from sms_service.domain import calendar, msisdn

Value = str | int | bytes | None
Reader = Callable[[str], Value]

_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩−", "0123456789" * 2 + "-")
_SEPARATORS = re.compile(r"(?<=\d)[,٬،](?=\d{3}(?!\d))")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_CODE = re.compile(r"[0-9A-Za-z/_-]+")
_SLASHED_DAY = re.compile(r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})")
_PLAIN_MOBILE = re.compile(r"09[0-9]{9}")
_LONGEST_SERIAL = 20
_LONGEST_TRACKING = 40
_LONGEST_PAYMENT_ID = 20
_LONGEST_NUMBER = 18
_NO_DAY = "0001-01-01"
_FIRST_SHORT_YEAR_OF_1300S = 60


class FieldFault(ValueError):
    """The field can't be taken; the message is the reason, without the value."""


class _Memory(dict[str, Value]):
    def __init__(self, read: Reader, limit: int) -> None:
        super().__init__()
        self._read = read
        self._limit = limit

    def __missing__(self, text: str) -> Value:
        value = self._read(text)
        if len(self) >= self._limit:
            self.clear()
        self[text] = value
        return value


def remembering(read: Reader, limit: int = 65_536) -> Reader:
    """The same reader, several times faster for texts that come again and again."""
    return _Memory(read, limit).__getitem__


def _plain(text: str) -> str:
    return (text if text.isascii() else text.translate(_DIGITS)).strip()


def bill_id(text: str) -> str:
    """A bill ID in canonical form; its check digit must be right."""
    digits = _plain(text)
    try:
        canonical = bill_ids.canonical(digits)
    except ValueError:
        raise FieldFault("not a bill ID") from None
    if not bill_ids.is_valid(canonical):
        raise FieldFault("wrong check digit")
    return canonical


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers within these bounds; thousand separators may stand in them."""

    def read(text: str) -> int:
        plain = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
        number = int(text) if plain else _int(text)
        if not lowest <= number <= highest:
            raise FieldFault("out of range")
        return number

    return read


def _int(text: str) -> int:
    plain = _plain(text)
    if not plain:
        raise FieldFault("empty")
    plain = _SEPARATORS.sub("", plain)
    if not _WHOLE.fullmatch(plain):
        raise FieldFault("not a whole number")
    return int(plain)


def or_zero(read: Callable[[str], int]) -> Callable[[str], int]:
    """The same reader, an empty field being 0."""
    return lambda text: read(text) if text.strip() else 0


def or_none(read: Reader) -> Reader:
    """The same reader, an empty field being None."""
    return lambda text: read(text) if text.strip() else None


def jalali_year(text: str) -> int:
    """A Jalali year of four digits, or of one or two: 60-99 are 13xx, the others 14xx."""
    year = _int(text)
    if 0 <= year < 100:
        year += 1300 if year >= _FIRST_SHORT_YEAR_OF_1300S else 1400
    if not calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR:
        raise FieldFault("no Jalali year")
    return year


def day(text: str) -> str:
    """A day in ISO text, from an ISO date or time, or from a Jalali date of four-digit year.

    A time of day with its zone is the civil day in Tehran, except midnight: exports write
    a bare date so, whatever zone they put to it.
    """
    plain = _plain(text)
    if not plain:
        raise FieldFault("empty")
    try:
        found = _day_of(plain)
        calendar.jalali_of(found)
    except ValueError:
        raise FieldFault("no such day") from None
    return found.isoformat()


def _day_of(plain: str) -> date:
    numbers = _SLASHED_DAY.fullmatch(plain)
    if numbers:
        year, month, day_of_month = map(int, numbers.groups())
        if year <= calendar.LAST_YEAR:
            return calendar.gregorian_of(year, month, day_of_month)
        return date(year, month, day_of_month)
    moment = datetime.fromisoformat(plain)
    if moment.tzinfo is None or moment.time() == time():
        return moment.date()
    return calendar.tehran_day(moment.astimezone(UTC))


def day_or_none(text: str) -> str | None:
    """A day, or None for an empty field and for the «no date» of exporting programs."""
    plain = text.strip()
    return None if not plain or plain.startswith(_NO_DAY) else day(plain)


def code(longest: int) -> Callable[[str], str]:
    """A reader of codes and serials: ASCII letters and digits, ``/``, ``-`` and ``_``."""

    def read(text: str) -> str:
        plain = _plain(text)
        if not plain:
            raise FieldFault("empty")
        if len(plain) > longest:
            raise FieldFault("too long")
        if not _CODE.fullmatch(plain):
            raise FieldFault("not a code")
        return plain

    return read


_any_serial = code(_LONGEST_SERIAL)
_any_tracking = code(_LONGEST_TRACKING)


def serial(text: str) -> str:
    """A bill's serial, without the leading zeros that spreadsheets drop."""
    if text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= _LONGEST_SERIAL:
        return text
    plain = _any_serial(text)
    return (plain.lstrip("0") or "0") if plain.isdigit() else plain


def payment_id(text: str) -> str | None:
    """A payment ID as the source holds it; None for an empty field or zeros alone."""
    digits = _plain(text)
    if not digits.strip("0"):
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_PAYMENT_ID):
        raise FieldFault("not a payment ID")
    return digits


def tracking(text: str) -> str:
    """The bank's reference code; empty when there is none."""
    if text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= _LONGEST_TRACKING:
        return text
    plain = text.strip()
    return _any_tracking(plain) if plain.strip("0") else ""


def mobile(text: str) -> str | None:
    """An Iranian mobile in E.164; None for an empty field."""
    if _PLAIN_MOBILE.fullmatch(text):
        return "+98" + text[1:]
    if not text.strip():
        return None
    number = msisdn.mobile(text)
    if number is None:
        raise FieldFault("not a mobile number")
    return number
