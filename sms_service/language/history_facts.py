"""What a history answer can tell, worked out once and put into lines as it is needed."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from sms_service.domain.money import Rial, coarse_scale
from sms_service.domain.records import Bill, History
from sms_service.domain.settlement import SettledBill, paid_by_year, settle
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Reading
from sms_service.language.rows import (
    YearTotal,
    day_marks,
    is_two_monthly,
    month_names,
    open_marks,
    plain_rows,
    with_years,
    year_totals,
)
from sms_service.language.voice import Voice


def start_year(reading: Reading, history: History, voice: Voice) -> int:
    """From which year on a history is told: the typed one, else the default.

    When nothing was billed of late, the newest bill's year stands for this one.
    """
    if reading.from_year is not None:
        return reading.from_year
    newest = next((bill for bill in reversed(history.bills) if not bill.rejected), None)
    latest = min(newest.sale_year, voice.this_year) if newest else voice.this_year
    return latest - voice.style.default_years


class HistoryFacts:
    """The bills since the start year, newest first, and the lines that tell them.

    ``after``: tell only what is older than this, where an earlier answer ended.
    """

    def __init__(
        self, reading: Reading, history: History, voice: Voice, after: Cursor | None = None
    ) -> None:
        self.reading, self.history, self.voice = reading, history, voice
        self.year = (after and after.from_year) or start_year(reading, history, voice)
        settlement = settle(history, _newest_since(history.bills, self.year))
        self.settled = settlement.agrees is True
        """Whether the rows can say which bills are paid."""
        self.since = [told for told in settlement.bills if told.bill.sale_year >= self.year]
        """All bills of the years asked for."""
        self.bills = self.since[_told(self.since, after) :]
        """Those that are still to be told."""
        amounts = [told.bill.amount_rial for told in self.since]
        self.scale = coarse_scale(voice.scale, amounts)
        self.unit = voice.wording.unit(self.scale)
        self.debt = voice.debt_lines(history)
        self.due = voice.due_lines(history)
        self.fixed = [*voice.warning_lines(history), *voice.note_lines(reading, self.year)]
        self.data_begin = _data_begin(reading, history)
        """The year in which the data begin, where an earlier one was asked for."""
        if self.data_begin is not None:
            self.fixed.append(voice.wording.say("data_begin_short", year=str(self.data_begin)))

    @cached_property
    def rows(self) -> list[str]:
        """Each bill's month, consumption and amount."""
        # Named among all bills since the start year: an earlier answer may have told a twin.
        months = month_names(self.since, self.voice)[len(self.since) - len(self.bills) :]
        names = with_years(self.bills, months, self.voice)
        return plain_rows(self.bills, names, self.voice, self.scale)

    @cached_property
    def rows_with_days(self) -> list[str]:
        """Rows with the day each bill was paid, or what is left of it."""
        return self._marked(day_marks(self.bills, self.voice, self.scale))

    @cached_property
    def rows_with_states(self) -> list[str]:
        """Rows with a mark where a bill isn't paid."""
        return self._marked(open_marks(self.bills, self.voice, self.scale))

    @cached_property
    def totals(self) -> list[YearTotal]:
        """Sums of each year, newest first."""
        return year_totals(self.since, paid_by_year(self.history))

    @cached_property
    def two_monthly(self) -> bool:
        """Whether a row stands for two months."""
        return is_two_monthly(self.since)

    def columns(self, form: str, *, with_payment: bool) -> str:
        """The head of the columns, in one of its forms."""
        return self.voice.wording.say(form, unit=self.unit, with_payment=with_payment)

    def total_line(self, total: YearTotal, *, tell_all_paid: bool = False) -> str:
        """A year's sums. ``tell_all_paid``: a word in place of a sum that is paid in full."""
        say = self.voice.wording.say
        in_full = tell_all_paid and self.settled and total.paid_rial == total.amount_rial
        return say(
            "year_total",
            first=str(total.first),
            last=str(total.last),
            bills=None if total.whole else str(total.bills),
            kwh=self.voice.wording.number(total.kwh),
            amount=self._coarse(total.amount_rial),
            paid=None if in_full else self._coarse(total.paid_rial),
        )

    def paid_lines(self, totals: Iterable[YearTotal]) -> list[str]:
        """What was paid for each year, where rows can't say it.

        Nothing for a year without payments: the data may simply begin later.
        """
        say = self.voice.wording.say
        return [
            say("paid_in_year", year=str(total.first), paid=self._coarse(total.paid_rial))
            for total in totals
            if total.paid_rial
        ]

    def cursor(self, rows: int) -> Cursor:
        """Where an answer ends that tells so many of the bills."""
        begun = len(self.since) - len(self.bills) + rows
        if begun == 0:
            return Cursor(Series.HISTORY, self.year)
        period = _period(self.since[begun - 1])
        left = sum(_period(settled) == period for settled in self.since[begun:])
        return Cursor(Series.HISTORY, self.year, period, left=left)

    def _coarse(self, amount: Rial) -> str:
        return self.voice.wording.number(self.scale.rounded(amount))

    def _marked(self, marks: Sequence[str]) -> list[str]:
        return [row + mark for row, mark in zip(self.rows, marks, strict=True)]


def _data_begin(reading: Reading, history: History) -> int | None:
    first = next((bill.sale_year for bill in history.bills if not bill.rejected), None)
    asked = reading.from_year
    return first if asked is not None and first is not None and asked < first else None


def _newest_since(bills: Sequence[Bill], year: int) -> int:
    """How many of the newest bills hold every one of this year or later."""
    years = [bill.sale_year for bill in bills if not bill.rejected]
    first = next((index for index, of in enumerate(years) if of >= year), len(years))
    return len(years) - first


def _told(bills: Sequence[SettledBill], cursor: Cursor | None) -> int:
    """How many of these bills, newest first, stand before the cursor."""
    if cursor is None or cursor.period is None:
        return 0
    newer = sum(_period(settled) > cursor.period for settled in bills)
    of_period = sum(_period(settled) == cursor.period for settled in bills)
    return newer + max(of_period - cursor.left, 0)


def _period(settled: SettledBill) -> tuple[int, int]:
    return settled.bill.sale_year, settled.bill.sale_period
