"""The answer to two or three bills asked for in one text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sms_service.domain.bill_id import short_name
from sms_service.domain.money import Rial
from sms_service.domain.records import History
from sms_service.domain.settlement import BillState, settle
from sms_service.language.bills_answer import bills_drafts
from sms_service.language.fillings import last_payment
from sms_service.language.ladder import Draft
from sms_service.language.summary_answer import bill_month
from sms_service.language.voice import Voice, debt_of


def several_drafts(
    bill_ids: Sequence[str],
    histories: Mapping[str, History],
    voice: Voice,
    room: int,
    missing: str = "several_unknown",
) -> Iterator[Draft]:
    """Debt, last bill and last payment of each; less of each until all of them fit.

    ``missing`` is the sentence for a bill without a history. Where not even the debts fit, a
    numbered list to pick one from.
    """
    names = _names(bill_ids)
    for rung in ("several", "several_without_payments", "several_due_debts", "several_debts"):
        lines: list[str] = []
        for bill_id, name in zip(bill_ids, names, strict=True):
            history = histories.get(bill_id)
            unknown = [voice.wording.say(missing, name=name)]
            lines += _block(rung, name, history, voice) if history else unknown
        yield Draft(rung, (*lines, *_common(histories.values(), voice)))
    yield from bills_drafts(bill_ids, {}, voice, room)


def _names(bill_ids: Sequence[str]) -> list[str]:
    """Short names; whole IDs where two short ones are equal."""
    short = [short_name(bill_id) for bill_id in bill_ids]
    return short if len(set(short)) == len(short) else list(bill_ids)


def _block(rung: str, name: str, history: History, voice: Voice) -> Iterator[str]:
    say = voice.wording.say
    yield from _debt_lines(name, history, voice)
    if rung == "several_debts":
        return
    yield from voice.due_lines(history)
    if rung == "several_due_debts":
        return
    newest = next(iter(settle(history, newest=1).bills), None)
    if newest is None:
        yield say("no_bills")
        return
    kwh, month = voice.wording.number(newest.bill.kwh), bill_month(newest, voice)
    payment = last_payment(history)
    if rung == "several" and newest.state is BillState.PAID and newest.paid_on:
        yield say("bill_paid", month=month, kwh=kwh, day=voice.day(newest.paid_on))
        return
    yield say("bill", month=month, kwh=kwh, amount=None, unit=None)
    if rung == "several" and payment:
        yield say("last_payment", day=voice.day(payment.paid_on), amount=None, unit=None)


def _debt_lines(name: str, history: History, voice: Voice) -> Iterator[str]:
    say = voice.wording.say
    debt = debt_of(history)
    if debt is None:
        yield say("several_not_told", name=name)
    elif debt > 0:
        yield say("several_debt", name=name, amount=voice.exact(debt), unit=voice.unit)
    else:
        yield say("several_no_debt", name=name)
        if debt < 0:
            yield say("credit", amount=voice.exact(Rial(-debt)), unit=voice.unit)


def _common(histories: Iterable[History], voice: Voice) -> Iterator[str]:
    """Until which day all of it holds: the oldest of the data's days."""
    told = (history for history in histories if debt_of(history) is not None)
    days = [history.as_of for history in told if history.as_of]
    if days:
        yield voice.wording.say("as_of", day=voice.day(min(days)))
