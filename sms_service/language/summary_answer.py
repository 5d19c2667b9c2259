"""The answer to a bare bill ID: debt, last bill, last payment, and how to ask for more."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sms_service.domain.records import History
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
    settled = settle(history, newest=1).bills
    newest = settled[0] if settled else None
    cursor = partial(_cursor, reading, history, voice) if newest else lambda: None
    for level in _LEVELS:
        for gap in (LOOSE, TIGHT):
            lines = list(_lines((level, gap), reading, history, newest, voice))
            left_out = _left_out(newest)
            fillings = partial(opinion_filling, voice)
            yield Draft(level.rung, lines, left_out, cursor, fillings=fillings)
    lines = [voice.debt_lines(history)[0], *voice.note_lines(reading, None)]
    yield Draft("debt_only", lines, _left_out(newest), cursor)


def _cursor(reading: Reading, history: History, voice: Voice) -> Cursor:
    return Cursor(Series.HISTORY, start_year(reading, history, voice))


def _lines(
    form: tuple[_Level, str],
    reading: Reading,
    history: History,
    newest: SettledBill | None,
    voice: Voice,
) -> Iterator[str]:
    level, gap = form
    yield from voice.debt_lines(history, gap)
    if level.due:
        yield from voice.due_lines(history, gap)
    if level.warning:
        yield from voice.warning_lines(history)
    yield from voice.note_lines(reading, None)
    if newest is None and level.hint:
        yield voice.wording.say("no_bills")
    elif newest is not None and level.bill:
        yield _bill_line(level, history, newest, voice)
    if level.payment:
        yield from _payment_line(form, history, newest, voice)
    if level.hint and newest is not None:
        first = next(bill.sale_year for bill in history.bills if not bill.rejected)
        yield _hint(level, reading, (first, newest), voice)


def _bill_line(level: _Level, history: History, newest: SettledBill, voice: Voice) -> str:
    """The last bill; its amount is not repeated where it is the debt."""
    bill = newest.bill
    amount = unit = None
    if level.bill_amount and not _is_the_debt(newest, history):
        amount = voice.amount(bill.amount_rial)
        unit = None if debt_of(history) else voice.unit
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


def _payment_line(
    form: tuple[_Level, str], history: History, newest: SettledBill | None, voice: Voice
) -> Iterator[str]:
    """The last payment; its amount is not repeated where it is that of the bill above."""
    level, gap = form
    payment = last_payment(history)
    if payment is None:
        return
    paid_the_bill = newest is not None and newest.paid_on == payment.paid_on
    same = newest is not None and payment.amount_rial == newest.bill.amount_rial
    amount = unit = None
    if level.payment_amount and not (level.bill_amount and paid_the_bill and same):
        amount = voice.amount(payment.amount_rial)
        unit = None if level.bill_amount or debt_of(history) else voice.unit
    sentence = "payment" if paid_the_bill else "last_payment"
    day = voice.day(payment.paid_on, gap)
    yield voice.wording.say(sentence, day=day, amount=amount, unit=unit)


def _hint(level: _Level, reading: Reading, known: tuple[int, SettledBill], voice: Voice) -> str:
    """What to send for the history: a year that has bills."""
    if not reading.summary:
        return voice.wording.say("rest_short")
    first, newest = known
    latest = min(newest.bill.sale_year, voice.this_year)
    year = str(max(latest - voice.style.default_years, min(first, latest)))
    return voice.wording.say("more" if level.long_hint else "more_short", year=year)


def _left_out(newest: SettledBill | None) -> tuple[str, ...]:
    return ("history",) if newest is not None else ()
