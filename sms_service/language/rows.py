"""Rows of a history: one bill each, named by its month; and totals of whole years."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sms_service.domain.calendar import JalaliDay, jalali_of, month_length
from sms_service.domain.money import Rial, Scale
from sms_service.domain.records import Bill
from sms_service.domain.settlement import BillState, SettledBill
from sms_service.language.voice import TIGHT, Voice
from sms_service.language.wording import short_year

PERIODS_TWO_MONTHLY = 6
_MONTHS = 12
_LATE_PAYMENT_DAYS = 330
"""From here on a day of payment without its year could be taken for last year's."""


def is_two_monthly(bills: Sequence[SettledBill]) -> bool:
    """Whether these bills are of two months each, as their days or period numbers tell."""
    days = sorted(settled.bill.days for settled in bills if settled.bill.days)
    if days:
        return days[len(days) // 2] > 45
    return all(settled.bill.sale_period <= PERIODS_TWO_MONTHLY for settled in bills)


def told_day(bill: Bill) -> JalaliDay:
    """The day that names a bill: the last one of its period, kept inside its sale year.

    A period 6 that was read after Nowruz is Esfand's. Without a day of reading the period
    number stands in, taken as two-monthly up to six.
    """
    year = bill.sale_year
    if bill.read_to is None:
        month = bill.sale_period * 2 if bill.sale_period <= PERIODS_TWO_MONTHLY else None
        month = min(month or bill.sale_period, _MONTHS)
        return JalaliDay(year, month, month_length(year, month))
    read = jalali_of(bill.read_to)
    if read.year > year:
        return JalaliDay(year, _MONTHS, month_length(year, _MONTHS))
    if read.year < year:
        return JalaliDay(year, 1, 1)
    return read


def month_names(bills: Sequence[SettledBill], voice: Voice) -> list[str]:
    """The month of each bill; with its day where two bills of a year share the month."""
    return _names_in_year([told_day(told.bill) for told in bills], voice.wording.months)


def with_years(bills: Sequence[SettledBill], names: Sequence[str], voice: Voice) -> list[str]:
    """The names, newest first, with the year fused where it changes from this one's."""
    year_said = voice.this_year
    named: list[str] = []
    for settled, name in zip(bills, names, strict=True):
        year = told_day(settled.bill).year
        if year != year_said:
            name += ("/" if name[-1].isdigit() else "") + short_year(year)  # noqa: PLW2901
            year_said = year
        named.append(name)
    return named


def _names_in_year(days: Sequence[JalaliDay], months: Sequence[str]) -> list[str]:
    """Names that differ within each year: by month, else by day, else by order."""
    named = [months[day.month - 1] for day in days]
    if len({day[:2] for day in days}) == len(days):
        return named
    in_month = Counter([day[:2] for day in days])
    on_day = Counter(days)
    seen: Counter[JalaliDay] = Counter()
    for index, day in enumerate(days):
        if in_month[day[:2]] > 1:
            named[index] += str(day.day)
        if on_day[day] > 1:
            seen[day] += 1
            named[index] += f"/{seen[day]}"
    return named


def plain_rows(
    bills: Sequence[SettledBill], names: Sequence[str], voice: Voice, scale: Scale
) -> list[str]:
    """Month, consumption and amount of each bill."""
    number = voice.wording.number
    return [
        f"{name} {number(settled.bill.kwh)} {number(scale.rounded(settled.bill.amount_rial))}"
        for name, settled in zip(names, bills, strict=True)
    ]


def day_marks(bills: Sequence[SettledBill], voice: Voice, scale: Scale) -> list[str]:
    """What became of each bill, to follow its row: the day it was paid where it was."""
    return [_day_mark(settled, voice, scale) for settled in bills]


def open_marks(bills: Sequence[SettledBill], voice: Voice, scale: Scale) -> list[str]:
    """Marks for bills that aren't paid; a paid one has none."""
    return [
        "" if settled.state is BillState.PAID else _day_mark(settled, voice, scale)
        for settled in bills
    ]


def _day_mark(settled: SettledBill, voice: Voice, scale: Scale) -> str:
    wording = voice.wording
    if settled.state is BillState.UNPAID:
        return " " + wording.state("unpaid")
    if settled.state is BillState.PART_PAID:
        left = max(scale.rounded(settled.left_rial), 1)
        return f" {wording.state('part_paid')}{wording.number(left)}"
    if settled.state is BillState.NOT_TOLD:
        return ""
    if settled.paid_on is None:
        return " " + wording.state("paid")
    day = jalali_of(settled.paid_on)
    read_to = settled.bill.read_to
    late = read_to is not None and (settled.paid_on - read_to).days > _LATE_PAYMENT_DAYS
    return " " + wording.day(day, day.year if not late else 0, gap=TIGHT)


@dataclass(frozen=True, slots=True)
class YearTotal:
    """Exact sums over the bills of one Jalali year, or of a run of years."""

    first: int
    last: int
    bills: int
    kwh: int
    amount_rial: Rial
    paid_rial: Rial
    whole: bool
    """Whether the data hold the year from its first period to its last."""


def joined(totals: Sequence[YearTotal]) -> YearTotal:
    """The sums of several years, told as one run. ValueError without a year."""
    return YearTotal(
        first=min(total.first for total in totals),
        last=max(total.last for total in totals),
        bills=sum(total.bills for total in totals),
        kwh=sum(total.kwh for total in totals),
        amount_rial=Rial(sum(total.amount_rial for total in totals)),
        paid_rial=Rial(sum(total.paid_rial for total in totals)),
        whole=all(total.whole for total in totals),
    )


def year_totals(bills: Sequence[SettledBill], paid: dict[int, Rial]) -> list[YearTotal]:
    """Totals of each year among these bills, newest first."""
    by_year: dict[int, list[Bill]] = {}
    for settled in bills:
        by_year.setdefault(settled.bill.sale_year, []).append(settled.bill)
    last_period = PERIODS_TWO_MONTHLY if is_two_monthly(bills) else _MONTHS
    return [
        YearTotal(
            first=year,
            last=year,
            bills=len(of_year),
            kwh=sum(bill.kwh for bill in of_year),
            amount_rial=Rial(sum(bill.amount_rial for bill in of_year)),
            paid_rial=paid.get(year, Rial(0)),
            whole=_is_whole(year, of_year, by_year, last_period),
        )
        for year, of_year in sorted(by_year.items(), reverse=True)
    ]


def _is_whole(
    year: int, of_year: list[Bill], by_year: dict[int, list[Bill]], last_period: int
) -> bool:
    periods = [bill.sale_period for bill in of_year]
    begins = min(periods) == 1 or any(other < year for other in by_year)
    ends = max(periods) >= last_period or any(other > year for other in by_year)
    return begins and ends
