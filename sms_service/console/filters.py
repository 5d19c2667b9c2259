"""How numbers, days and identifiers look on the pages: one set of filters, used everywhere.

Amounts, counts and days have Persian digits; what will be typed, dialled or copied keeps
ASCII digits and is isolated from the right-to-left text around it. The words come from
templates/words/console/formats.toml.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup

from sms_service.domain.calendar import TEHRAN, jalali_of
from sms_service.domain.money import TOMAN, Rial
from sms_service.language.wording import persian_digits

NOTHING = "—"
_SIZES = ((86_400, "days"), (3600, "hours"), (60, "minutes"))


def fa(value: object) -> str:
    """Persian digits for whatever is written."""
    return persian_digits(str(value))


def number(value: float | None, decimals: int = 0) -> str:
    """A count with separators, ۱۲٬۳۴۵."""
    if value is None:
        return NOTHING
    return fa(f"{value:,.{decimals}f}".replace(",", "٬").replace(".", "٫"))


def percent(share: float | None, decimals: int = 1) -> str:
    """A share of 1 as ۹۹٫۲٪; rounded down, so that no missed target looks met."""
    if share is None:
        return NOTHING
    scale = 10**decimals
    return number(int(share * 100 * scale + 1e-9) / scale, decimals) + "٪"


def day(value: date | None) -> str:
    """A Jalali day, ۱۴۰۵/۰۹/۰۲."""
    if value is None:
        return NOTHING
    told = jalali_of(value)
    return fa(f"{told.year}/{told.month:02}/{told.day:02}")


def moment(value: datetime | None) -> str:
    """A moment in Tehran to the second, ۱۴۰۵/۰۹/۰۲ ۱۴:۳۵:۰۷."""
    if value is None:
        return NOTHING
    local = value.astimezone(TEHRAN)
    return f"{day(local.date())} {fa(local.strftime('%H:%M:%S'))}"


def clock(value: datetime | None, *, thousandths: bool = False) -> str:
    """The time of day in Tehran, ۱۴:۳۵:۰۷, or ۱۴:۳۵:۰۷٫۰۴۲."""
    if value is None:
        return NOTHING
    local = value.astimezone(TEHRAN)
    told = local.strftime("%H:%M:%S")
    return fa(f"{told}٫{local.microsecond // 1000:03}" if thousandths else told)


def ltr(value: object) -> Markup:
    """An identifier, left to right inside the text around it."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(NOTHING if value is None else value)


def grouped(bill_id: str | None) -> Markup:
    """A bill ID in groups of 4-4-4-1, to be read and compared."""
    if bill_id is None:
        return ltr(None)
    groups = [bill_id[at : at + 4] for at in range(0, len(bill_id), 4)]
    spans = Markup("").join(Markup("<span>{}</span>").format(group) for group in groups)
    return Markup('<bdi dir="ltr" class="grouped">{}</bdi>').format(spans)


def iso(value: datetime | date | None) -> str:
    """What a machine reads in <time>."""
    return "" if value is None else value.isoformat()


@dataclass(frozen=True, slots=True)
class Formats:
    """The filters that need words: units, months, days of the week."""

    words: Mapping[str, Any]

    def rial(self, amount: int | None) -> str:
        """An exact amount with its unit."""
        return NOTHING if amount is None else self._say("rial", number(amount))

    def toman(self, amount: int | None) -> str:
        """The same amount (in rial) in toman; where it isn't whole, nearly."""
        if amount is None:
            return NOTHING
        if amount % TOMAN.rial:
            return self._say("nearly_toman", number(TOMAN.rounded(Rial(amount))))
        return self._say("toman", number(TOMAN.exact(Rial(amount))))

    def long_day(self, value: date | None) -> str:
        """A Jalali day in words: weekday, day, month, year."""
        if value is None:
            return NOTHING
        told = jalali_of(value)
        weekday, name = (
            self.words["weekdays"][value.weekday()],
            self.words["months"][told.month - 1],
        )
        return fa(f"{weekday} {told.day} {name} {told.year}")

    def month(self, value: str) -> str:
        """A Jalali month that is written 1405-08, in words."""
        year, of_year = value.split("-")
        return fa(f"{self.words['months'][int(of_year) - 1]} {year}")

    def ago(self, value: datetime | None, now: datetime | None = None) -> str:
        """How long since, in whole units of the largest kind."""
        if value is None:
            return NOTHING
        passed = ((now or datetime.now(UTC)) - value).total_seconds()
        for size, name in _SIZES:
            if passed >= size:
                return self._say("ago", self._say(name, number(passed // size)))
        return str(self.words["just_now"])

    def seconds(self, value: float | None) -> str:
        """A duration, of milliseconds up to days."""
        if value is None:
            return NOTHING
        if value < 1:
            return self._say("milliseconds", number(round(value * 1000)))
        for size, name in _SIZES:
            if value >= 2 * size:
                return self._say(name, number(value // size))
        return self._say("seconds", number(value, 1))

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        """All filters, by the name that templates call them by."""
        own = (self.rial, self.toman, self.long_day, self.month, self.ago, self.seconds)
        free = (fa, number, percent, day, moment, clock, ltr, grouped, iso)
        return {one.__name__: one for one in (*free, *own)}

    def _say(self, name: str, value: str) -> str:
        return str(self.words[name]).format(value)
