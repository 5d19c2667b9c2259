"""Readers of single fields of an export: text in, a value fit for the tables out.

Each raises FieldFault for a text that it can't take. Days come out as ISO text, which both
databases load without a detour by objects.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sms_service.billing import bulk
from sms_service.billing.bulk import Value
from sms_service.billing.reasons import FieldFault, Mend, Note, Reason, unnoted
from sms_service.billing.texts import plain, rounded_number, whole_number, whole_text
from sms_service.domain import bill_id as bill_ids
from sms_service.domain import calendar, msisdn

Parse = Callable[[str, Note], Value]

_CODE = re.compile(r"[0-9A-Za-z/_-]+")
_GROUPS = re.compile(r"(?<=[0-9])[ -](?=[0-9])")
_DAY = re.compile(r"([0-9]{4}|[0-9]{2})([/.-])([0-9]{1,2})\2([0-9]{1,2})(?:[T\s,-]+(.+))?")
_COMPACT_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?Z?")
_PLAIN_MOBILE = re.compile(r"09[0-9]{9}")
_LONGEST_SERIAL = 20
_LONGEST_TRACKING = 40
_LONGEST_PAYMENT_ID = 20
_NO_DAYS = ("0001-01-01", "1900-01-01")
"""What .NET and SQL Server write for none."""
_FIRST_SHORT_YEAR_OF_1300S = 60
_EARLIEST_DAY = calendar.gregorian_of(1370, 1, 1)


class _Refused:
    """Stands for a value where an empty field is a fault."""


_REFUSED = _Refused()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one field. ``parse`` gets the plain text, never an empty one."""

    parse: Parse
    empty: Value | _Refused = _REFUSED
    """What an empty field says; a fault unless given."""
    at_once: bulk.Bulk | None = None
    """A way for many plain texts at once, faster where they seldom repeat; see ``bulk``."""

    def __call__(self, text: str, note: Note = unnoted) -> Value:
        cleaned = plain(text, note)
        if cleaned:
            return self.parse(cleaned, note)
        if isinstance(self.empty, _Refused):
            raise FieldFault(Reason.EMPTY)
        return self.empty

    def or_none(self) -> "Reader":
        """The same reader, an empty field being None."""
        return replace(self, empty=None)

    def or_zero(self) -> "Reader":
        """The same reader, an empty field being 0."""
        return replace(self, empty=0)

    def times(self, factor: int) -> "Reader":
        """The same reader, its numbers multiplied."""

        def parse(text: str, note: Note) -> Value:
            value = self.parse(text, note)
            return value * factor if isinstance(value, int) else value

        return replace(self, parse=parse, at_once=None)


def _bill_id(text: str, note: Note) -> str:
    digits = text if text.isdigit() else whole_text(_GROUPS.sub("", text), note)
    try:
        canonical = bill_ids.canonical(digits)
    except ValueError:
        raise FieldFault(Reason.NOT_A_BILL_ID) from None
    if not bill_ids.is_valid(canonical):
        raise FieldFault(Reason.WRONG_CHECK_DIGIT)
    if len(digits) < bill_ids.BILL_ID_LENGTH:
        note(Mend.ZEROS)
    return canonical


bill_id = Reader(_bill_id)
"""A bill ID in canonical form; its check digit must be right."""


def whole(lowest: int, highest: int, *, varied: bool = False) -> Reader:
    """A reader of whole numbers within these bounds; ``varied``: they seldom repeat."""
    at_once = bulk.whole(lowest, highest) if varied else None
    return Reader(_within(whole_number, lowest, highest), at_once=at_once)


def rounded(lowest: int, highest: int) -> Reader:
    """A reader of numbers that are kept whole: fractions are rounded."""
    return Reader(_within(rounded_number, lowest, highest))


def _within(read: Callable[[str, Note], int], lowest: int, highest: int) -> Parse:
    def parse(text: str, note: Note) -> int:
        number = read(text, note)
        if not lowest <= number <= highest:
            raise FieldFault(Reason.OUT_OF_RANGE)
        return number

    return parse


def full_year(short: int) -> int:
    """The Jalali year that two digits stand for: 60-99 are 13xx, the others 14xx."""
    return short + (1300 if short >= _FIRST_SHORT_YEAR_OF_1300S else 1400)


def _jalali_year(text: str, note: Note) -> int:
    year = whole_number(text, note)
    if 0 <= year < 100:
        note(Mend.SHORT_YEAR)
        year = full_year(year)
    if not calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR:
        raise FieldFault(Reason.NO_JALALI_YEAR)
    return year


jalali_year = Reader(_jalali_year)
"""A Jalali year of four digits, or of one or two."""


def day(latest: date | None = None) -> Reader:
    """A reader of days, from 1370 to ``latest``: ISO dates and times, Jalali dates.

    A time of day with its zone is the civil day in Tehran, except midnight: exports write
    a bare date so, whatever zone they put to it.
    """

    def parse(text: str, note: Note) -> str:
        try:
            found = _day_of(text, note)
        except (ValueError, OverflowError):
            raise FieldFault(Reason.NO_SUCH_DAY) from None
        if found < _EARLIEST_DAY or (latest is not None and found > latest):
            raise FieldFault(Reason.DAY_FAR_OFF)
        return found.isoformat()

    return Reader(parse)


def day_or_none(latest: date | None = None) -> Reader:
    """The same; None for an empty field and for the «no date» of exporting programs."""
    parse_day = day(latest).parse

    def parse(text: str, note: Note) -> Value:
        if text.startswith(_NO_DAYS) or not text.strip("0/-.:T "):
            return None
        return parse_day(text, note)

    return Reader(parse, empty=None)


def _day_of(text: str, note: Note) -> date:
    text = whole_text(text, note)
    compact = _COMPACT_DAY.fullmatch(text)
    if compact:
        note(Mend.COMPACT_DAY)
        year, month, day_of_month = map(int, compact.groups())
        return _in_its_calendar(year, month, day_of_month, note)
    written = _DAY.fullmatch(text)
    if not written:
        return _day_of_moment(text)
    year, month, day_of_month = int(written[1]), int(written[3]), int(written[4])
    if year < 100:
        note(Mend.SHORT_YEAR)
        year = full_year(year)
    clock = written[5]
    if clock and not (year <= calendar.LAST_YEAR and _CLOCK.fullmatch(clock)):
        return _day_of_moment(text)
    return _in_its_calendar(year, month, day_of_month, note)


def _in_its_calendar(year: int, month: int, day_of_month: int, note: Note) -> date:
    if year > calendar.LAST_YEAR:
        return date(year, month, day_of_month)
    note(Mend.JALALI_DAY)
    return calendar.gregorian_of(year, month, day_of_month)


def _day_of_moment(text: str) -> date:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.time() == time():
        return moment.date()
    return calendar.tehran_day(moment.astimezone(UTC))


def code(longest: int) -> Reader:
    """A reader of codes and serials: ASCII letters and digits, ``/``, ``-`` and ``_``."""
    return Reader(lambda text, note: _code(whole_text(text, note), longest))


def _code(text: str, longest: int) -> str:
    if len(text) > longest:
        raise FieldFault(Reason.TOO_LONG)
    if not _CODE.fullmatch(text):
        raise FieldFault(Reason.NOT_A_CODE)
    return text


def _serial(text: str, note: Note) -> str:
    found = _code(whole_text(text, note), _LONGEST_SERIAL)
    return (found.lstrip("0") or "0") if found.isdigit() else found


serial = Reader(_serial, at_once=bulk.digits(_LONGEST_SERIAL))
"""A bill's serial, without the leading zeros that spreadsheets drop."""


def _tracking(text: str, note: Note) -> str:
    return _code(whole_text(text, note), _LONGEST_TRACKING) if text.strip("0") else ""


tracking = Reader(_tracking, empty="", at_once=bulk.digits(_LONGEST_TRACKING))
"""The bank's reference code; empty when there is none."""


def _payment_id(text: str, note: Note) -> str | None:
    digits = whole_text(text, note)
    if not digits.strip("0"):
        return None
    is_number = digits.isascii() and digits.isdigit()
    if not (is_number and len(digits) <= _LONGEST_PAYMENT_ID):
        raise FieldFault(Reason.NOT_A_PAYMENT_ID)
    return digits


payment_id = Reader(_payment_id, empty=None, at_once=bulk.digits_or_none(_LONGEST_PAYMENT_ID))
"""A payment ID as the source holds it; None for an empty field or zeros alone."""


def _mobile(text: str, note: Note) -> str:
    if _PLAIN_MOBILE.fullmatch(text):
        return "+98" + text[1:]
    number = msisdn.mobile(whole_text(text, note))
    if number is None:
        raise FieldFault(Reason.NOT_A_MOBILE)
    note(Mend.PHONE)
    return number


mobile = Reader(_mobile, empty=None)
"""An Iranian mobile in E.164; None for an empty field."""


def hashed_mobile(hash_phone: Callable[[str], bytes]) -> Reader:
    """A reader of mobiles that lets only their keyed hash out."""
    return replace(mobile, parse=lambda text, note: hash_phone(_mobile(text, note)))
