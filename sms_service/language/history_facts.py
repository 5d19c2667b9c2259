"""What a history answer can tell, worked out once and put into lines as it is needed."""

from collections.abc import Sequence
from functools import cached_property

from sms_service.domain.money import Rial, coarse_scale
from sms_service.domain.records import Bill, History
from sms_service.domain.settlement import paid_by_year, settle
from sms_service.language.reading import Reading
from sms_service.language.rows import (
    YearTotal,
    day_marks,
    is_two_monthly,
    open_marks,
    plain_rows,
    row_names,
    year_totals,
)
from sms_service.language.voice import Voice
from sms_service.language.wording import number


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
    """The bills since the start year, newest first, and the lines that tell them."""

    def __init__(self, reading: Reading, history: History, voice: Voice) -> None:
        self.reading, self.history, self.voice = reading, history, voice
        self.year = start_year(reading, history, voice)
        settlement = settle(history, _newest_since(history.bills, self.year))
        self.settled = settlement.agrees is True
        """Whether the rows can say which bills are paid."""
        self.bills = [told for told in settlement.bills if told.bill.sale_year >= self.year]
        amounts = [told.bill.amount_rial for told in self.bills]
        self.scale = coarse_scale(voice.scale, amounts)
        self.unit = voice.wording.unit(self.scale)
        self.debt = voice.debt_lines(history)
        self.due = voice.due_lines(history)
        self.fixed = [*voice.warning_lines(history), *voice.note_lines(reading, self.year)]

    @cached_property
    def rows(self) -> list[str]:
        """Each bill's month, consumption and amount."""
        return plain_rows(self.bills, row_names(self.bills, self.voice), self.scale)

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
        return year_totals(self.bills, paid_by_year(self.history))

    @cached_property
    def two_monthly(self) -> bool:
        """Whether a row stands for two months."""
        return is_two_monthly(self.bills)

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
            kwh=number(total.kwh),
            amount=self._coarse(total.amount_rial),
            paid=None if in_full else self._coarse(total.paid_rial),
        )

    def paid_line(self, total: YearTotal) -> str:
        """What was paid for a year, where rows can't say it."""
        paid = self._coarse(total.paid_rial)
        return self.voice.wording.say("paid_in_year", year=str(total.first), paid=paid)

    def _coarse(self, amount: Rial) -> str:
        return number(self.scale.rounded(amount))

    def _marked(self, marks: Sequence[str]) -> list[str]:
        return [row + mark for row, mark in zip(self.rows, marks, strict=True)]


def _newest_since(bills: Sequence[Bill], year: int) -> int:
    """How many of the newest bills hold every one of this year or later."""
    years = [bill.sale_year for bill in bills if not bill.rejected]
    first = next((index for index, of in enumerate(years) if of >= year), len(years))
    return len(years) - first
