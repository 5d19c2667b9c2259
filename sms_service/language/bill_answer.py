"""One bill in full: exact amount, consumption by band, from when to when, due, paid."""

from collections.abc import Iterator

from sms_service.domain.bill_id import short_name
from sms_service.domain.money import exact_scale
from sms_service.domain.records import Bill, History
from sms_service.domain.settlement import BillState, SettledBill, settle
from sms_service.language.ladder import Draft
from sms_service.language.reading import Reading
from sms_service.language.rows import told_day
from sms_service.language.voice import LOOSE, TIGHT, Voice


def bill_drafts(reading: Reading, history: History, voice: Voice) -> Iterator[Draft]:
    """Renderings of the bill asked for; of a sentence with its year's word if there is none."""
    settled = _asked_for(reading, history)
    if settled is None:
        yield from _not_found(history, voice)
        return
    voice.scale = exact_scale(voice.style.money_unit, [settled.bill.amount_rial])
    voice.unit = voice.wording.unit(voice.scale)
    for gap in (LOOSE, TIGHT):
        for bands in (True, False):
            lines = [
                *_head(settled.bill, voice, gap, bands=bands),
                *_state(settled, voice, gap),
                *voice.note_lines(reading, None),
            ]
            yield Draft("bill" if bands else "bill_without_bands", lines)
    amount = next(_head(settled.bill, voice, TIGHT, bands=False))
    kwh = voice.wording.say("consumption", kwh=voice.wording.number(settled.bill.kwh))
    state = list(_state(settled, voice, TIGHT))
    yield Draft("bill_in_short", [amount, kwh, *state])
    yield Draft("bill_in_short", [amount, *state])
    yield Draft("bill_in_short", [amount, *state[:1]])


def _asked_for(reading: Reading, history: History) -> SettledBill | None:
    """The newest bill of the period or month, in the year where one was typed."""
    for settled in settle(history).bills:
        bill = settled.bill
        if reading.from_year not in (None, bill.sale_year):
            continue
        if reading.period is not None and bill.sale_period != reading.period:
            continue
        if reading.month is not None and told_day(bill).month != reading.month:
            continue
        return settled
    return None


def _head(bill: Bill, voice: Voice, gap: str, *, bands: bool) -> Iterator[str]:
    say = voice.wording.say
    day = told_day(bill)
    month = f"{voice.wording.months[day.month - 1]}{gap}{day.year}"
    yield say("one_bill", month=month, amount=voice.exact(bill.amount_rial), unit=voice.unit)
    if bill.read_from and bill.read_to:
        begin, end = voice.day(bill.read_from, gap), voice.day(bill.read_to, gap)
        yield say("from_to", begin=begin, end=end)
    yield say("consumption", kwh=voice.wording.number(bill.kwh))
    if bands and (bill.peak_kwh or bill.low_kwh):
        bands_kwh = (bill.mid_kwh, bill.peak_kwh, bill.low_kwh)
        mid, peak, low = map(voice.wording.number, bands_kwh)
        yield say("bands", mid=mid, peak=peak, low=low)


def _state(settled: SettledBill, voice: Voice, gap: str) -> Iterator[str]:
    say = voice.wording.say
    if settled.state is BillState.PAID:
        paid_on = voice.day(settled.paid_on, gap) if settled.paid_on else None
        yield say("bill_is_paid", day=paid_on)
    elif settled.state is not BillState.NOT_TOLD:
        left = voice.amount(settled.left_rial)
        unpaid = settled.state is BillState.UNPAID
        yield say("bill_is_unpaid") if unpaid else say("bill_is_part_paid", left=left)
        if settled.bill.due_on:
            overdue = settled.bill.due_on < voice.style.today
            yield say("due", day=voice.day(settled.bill.due_on, gap), overdue=overdue)


def _not_found(history: History, voice: Voice) -> Iterator[Draft]:
    say = voice.wording.say
    newest = next((bill for bill in reversed(history.bills) if not bill.rejected), None)
    debt = voice.debt_lines(history)
    lines = [say("no_such_bill", name=short_name(history.bill_id))]
    if newest is not None:
        lines.append(say("more_short", year=str(newest.sale_year)))
    yield Draft("no_such_bill", [*debt, *lines])
    yield Draft("no_such_bill", lines)
