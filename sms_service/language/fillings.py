"""A few more facts, for room that is paid for anyway."""

from collections.abc import Iterator

from sms_service.domain.records import Bill, History, Payment
from sms_service.domain.settlement import standing_payments
from sms_service.language.history_facts import HistoryFacts
from sms_service.language.ladder import Filling
from sms_service.language.rows import told_day
from sms_service.language.voice import Voice

_LARGEST_TOLD_CHANGE = 300
"""Percent; beyond it the two periods are hardly comparable."""


def last_payment(history: History) -> Payment | None:
    """The newest payment that wasn't reversed; None when there is none or it isn't known."""
    if not history.payments:
        return None
    newest = history.payments[-1]
    if newest.amount_rial > 0 and not _has_reversals(history):
        return newest
    standing = standing_payments(history.payments)
    return standing[-1] if standing else None


def history_fillings(facts: HistoryFacts, at: int, *, days_told: bool) -> Iterator[Filling]:
    """The last payment; the year to send for more; the change against last year; a question.
    Facts go before line ``at``, what to send last."""
    say, reading, voice = facts.voice.wording.say, facts.reading, facts.voice
    first = next(bill for bill in facts.history.bills if not bill.rejected)
    oldest = facts.bills[-1].bill.sale_year
    payment = None if days_told else last_payment(facts.history)
    if payment is not None:
        amount, day = voice.amount(payment.amount_rial), voice.day(payment.paid_on)
        line = say("last_payment", day=day, amount=amount, unit=voice.unit)
        yield Filling("last_payment", line, at)
    if reading.from_year is None and first.sale_year < oldest:
        yield Filling("earlier", say("earlier", year=str(oldest - 1)))
    for line in _change_lines(facts.history, facts.bills[0].bill, voice):
        yield Filling("change", line, at)
    yield from opinion_filling(voice)


def opinion_filling(voice: Voice) -> Iterator[Filling]:
    """The question what the phone thinks of the answer, where it is due."""
    if voice.asks_opinion:
        yield Filling("opinion", voice.wording.say("ask_opinion"))


def _change_lines(history: History, newest: Bill, voice: Voice) -> Iterator[str]:
    """How the newest bill's use a day differs from the same period's of the year before."""
    before = next((bill for bill in reversed(history.bills) if _year_before(bill, newest)), None)
    if before is None or not (before.days and newest.days and before.kwh and newest.kwh):
        return
    percent = round(100 * newest.kwh * before.days / (newest.days * before.kwh)) - 100
    if 0 < abs(percent) <= _LARGEST_TOLD_CHANGE:
        month = voice.wording.months[told_day(newest).month - 1]
        yield voice.wording.say("change", month=month, percent=str(abs(percent)), less=percent < 0)


def _year_before(bill: Bill, newest: Bill) -> bool:
    same_period = bill.sale_period == newest.sale_period
    return not bill.rejected and same_period and bill.sale_year == newest.sale_year - 1


def _has_reversals(history: History) -> bool:
    return any(payment.amount_rial < 0 for payment in history.payments)
