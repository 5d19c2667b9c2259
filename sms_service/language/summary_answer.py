"""The answer to a bare bill ID: debt, last bill, last payment, and how to ask for more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from sms_service.domain.records import History, Payment
from sms_service.domain.settlement import BillState, SettledBill, settle
from sms_service.language.cursor import Cursor, Series
from sms_service.language.fillings import last_payment, opinion_filling
from sms_service.language.history_facts import start_year
from sms_service.language.ladder import Draft
from sms_service.language.reading import Reading
from sms_service.language.rows import told_day
from sms_service.language.voice import LOOSE, TIGHT, Voice, debt_of
from sms_service.language.wording import short_year


@dataclass(frozen=True, slots=True)
class _Level:
    """How much a summary tells."""

    rung: str
    due: bool = True
    bill: bool = True
    bill_amount: bool = True
    payment: bool = True
    payment_amount: bool = False
    long_hint: bool = False
    hint: bool = True
    warning: bool = True


_LEVELS = (
    _Level("summary", payment_amount=True, long_hint=True),
    _Level("summary", payment_amount=True),
    _Level("summary", long_hint=True),
    _Level("summary"),
    _Level("summary", bill_amount=False, payment_amount=True),
    _Level("summary", bill_amount=False, long_hint=True),
    _Level("summary", bill_amount=False),
    _Level("summary_without_payment", payment=False),
    _Level("summary_without_payment", payment=False, bill_amount=False),
    _Level("summary_without_payment", payment=False, bill_amount=False, due=False),
    _Level("debt_only", bill=False, payment=False),
    _Level("debt_only", bill=False, payment=False, due=False),
    _Level("debt_only", bill=False, payment=False, due=False, warning=False),
    _Level("debt_only", bill=False, payment=False, due=False, hint=False),
    _Level("debt_only", bill=False, payment=False, due=False, hint=False, warning=False),
)


def summary_drafts(reading: Reading, history: History, voice: Voice) -> Iterator[Draft]:
    """Renderings of the summary, from most to least telling; days are set tight to save it.

    «بعدی» brings the history after it, from the start year that holds for the reading.
    """
    facts = _Facts(reading, history, voice)
    newest = facts.newest
    cursor = partial(_cursor, reading, history, voice) if newest else lambda: None
    left_out = ("history",) if newest is not None else ()
    fillings = partial(opinion_filling, voice)
    for level in _LEVELS:
        for head in facts.heads:
            lines = list(_lines(level, head, facts))
            yield Draft(level.rung, lines, left_out, cursor, fillings=fillings)
    lines = [facts.heads[-1].debt[0], *facts.notes]
    yield Draft("debt_only", lines, left_out, cursor)


@dataclass(frozen=True, slots=True)
class _Head:
    """What is owed, and until when, with days set loose or tight."""

    gap: str
    debt: Sequence[str]
    due: Sequence[str]


class _Facts:
    """What all renderings of a summary tell, worked out once."""

    def __init__(self, reading: Reading, history: History, voice: Voice) -> None:
        self.reading, self.history, self.voice = reading, history, voice
        self.newest = next(iter(settle(history, newest=1).bills), None)
        self.heads = [
            _Head(gap, voice.debt_lines(history, gap), voice.due_lines(history, gap))
            for gap in (LOOSE, TIGHT)
        ]
        self.warnings = voice.warning_lines(history)
        self.notes = voice.note_lines(reading, None)

    @cached_property
    def payment(self) -> Payment | None:
        """The last payment that stands."""
        return last_payment(self.history)

    @cached_property
    def year_with_bills(self) -> str:
        """A year to send for the history: the default one, or the nearest that has bills."""
        bills = (bill for bill in self.history.bills if not bill.rejected)
        newest = self.newest.bill.sale_year if self.newest else self.voice.this_year
        latest = min(newest, self.voice.this_year)
        first = next((bill.sale_year for bill in bills), latest)
        return str(max(latest - self.voice.style.default_years, min(first, latest)))


def _cursor(reading: Reading, history: History, voice: Voice) -> Cursor:
    return Cursor(Series.HISTORY, start_year(reading, history, voice))


def _lines(level: _Level, head: _Head, facts: _Facts) -> Iterator[str]:
    newest = facts.newest
    yield from head.debt
    if level.due:
        yield from head.due
    if level.warning:
        yield from facts.warnings
    yield from facts.notes
    if newest is None and level.hint:
        yield facts.voice.wording.say("no_bills")
    elif newest is not None and level.bill:
        yield _bill_line(level, newest, facts)
    if level.payment and facts.payment is not None:
        yield _payment_line(level, head.gap, facts.payment, facts)
    if level.hint and newest is not None:
        yield _hint(level, facts)


def _bill_line(level: _Level, newest: SettledBill, facts: _Facts) -> str:
    """The last bill; its amount is not repeated where it is the debt."""
    bill, voice = newest.bill, facts.voice
    amount = unit = None
    if level.bill_amount and not _is_the_debt(newest, facts.history):
        amount = voice.amount(bill.amount_rial)
        unit = None if debt_of(facts.history) else voice.unit
    month = bill_month(newest, voice)
    kwh = voice.wording.number(bill.kwh)
    return voice.wording.say("bill", month=month, kwh=kwh, amount=amount, unit=unit)


def _is_the_debt(newest: SettledBill, history: History) -> bool:
    return newest.state is BillState.UNPAID and newest.bill.amount_rial == debt_of(history)


def bill_month(settled: SettledBill, voice: Voice) -> str:
    """The month that names a bill, with its year unless that is this one."""
    day = told_day(settled.bill)
    month = voice.wording.months[day.month - 1]
    return month if day.year == voice.this_year else month + short_year(day.year)


def _payment_line(level: _Level, gap: str, payment: Payment, facts: _Facts) -> str:
    """The last payment; its amount is not repeated where it is that of the bill above."""
    newest, voice = facts.newest, facts.voice
    paid_the_bill = newest is not None and newest.paid_on == payment.paid_on
    same = newest is not None and payment.amount_rial == newest.bill.amount_rial
    amount = unit = None
    if level.payment_amount and not (level.bill_amount and paid_the_bill and same):
        amount = voice.amount(payment.amount_rial)
        unit = None if level.bill_amount or debt_of(facts.history) else voice.unit
    sentence = "payment" if paid_the_bill else "last_payment"
    day = voice.day(payment.paid_on, gap)
    return voice.wording.say(sentence, day=day, amount=amount, unit=unit)


def _hint(level: _Level, facts: _Facts) -> str:
    """What to send for the history: a year that has bills."""
    say = facts.voice.wording.say
    if not facts.reading.summary:
        return say("rest_short")
    return say("more" if level.long_hint else "more_short", year=facts.year_with_bills)
