"""The payments, newest first, as many as fit."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sms_service.domain.bill_id import short_name
from sms_service.domain.calendar import gregorian_of, jalali_of
from sms_service.domain.money import Rial
from sms_service.domain.records import History, Payment
from sms_service.domain.settlement import standing_payments
from sms_service.language.cursor import Cursor, Series
from sms_service.language.fillings import opinion_filling
from sms_service.language.history_answer import rows_that_fit
from sms_service.language.ladder import Clearer, Draft
from sms_service.language.reading import Asker, Reading
from sms_service.language.voice import LOOSE, TIGHT, Voice


def payments_drafts(
    reading: Reading, history: History, voice: Voice, room: int, asker: Asker
) -> Iterator[Draft]:
    """Renderings of the payments that follow the asker's cursor, from most to fewest.

    Those of the year asked for and later, if one was. A registered phone is told the bank's
    tracking numbers while they fit.
    """
    say, cursor = voice.wording.say, asker.cursor
    after = cursor if cursor is not None and cursor.series is Series.PAYMENTS else None
    wanted = payments_since(history, after.from_year if after else reading.from_year)
    told = _told(wanted, after)
    payments = wanted[told:]
    head = _head(reading, history, voice, goes_on=after is not None)
    if not payments:
        year = str(reading.from_year) if reading.from_year else None
        none = say("no_more_payments") if told else say("no_payments", year=year)
        yield Draft("payments", [*head, none], cursor=lambda: after)
        return
    for tracking in (True, False) if asker.registered else (False,):
        rows = list(payment_rows(payments, voice, tracking=tracking))
        most = rows_that_fit(rows, room)
        for count in range(most, 0, -1):
            is_last = count == len(rows)
            rest = [] if is_last else [say("rest_short")]
            yield Draft(
                "payments",
                [*head, say("payments_in", unit=voice.unit), *rows[:count], *rest],
                () if is_last else ("older_payments",),
                cursor=partial(_cursor, wanted, told + count, after or reading),
                clearer=partial(_clearer, history, voice, (after, count, len(rows), len(head))),
                fillings=partial(opinion_filling, voice),
            )
    cursor_after_one = partial(_cursor, wanted, told + 1, after or reading)
    yield from _newest_alone(head, payments, voice, cursor_after_one)


def _newest_alone(
    head: Sequence[str],
    payments: Sequence[Payment],
    voice: Voice,
    cursor: Callable[[], Cursor],
) -> Iterator[Draft]:
    """One payment, for a company that allows one part only."""
    say, newest = voice.wording.say, payments[0]
    amount, day = voice.amount(newest.amount_rial), voice.day(newest.paid_on)
    is_last = len(payments) == 1
    rest = [] if is_last else [say("rest_short")]
    left_out = () if is_last else ("older_payments",)
    payment = say("payment", day=day, amount=amount, unit=voice.unit)
    for lines in ([*head[:1], payment, *rest], [payment, *rest]):
        yield Draft("payment", lines, left_out, cursor)


def _head(reading: Reading, history: History, voice: Voice, *, goes_on: bool) -> list[str]:
    if goes_on:
        return [voice.wording.say("continued", name=short_name(history.bill_id))]
    return [
        *voice.debt_lines(history),
        *voice.warning_lines(history),
        *voice.note_lines(reading, reading.from_year),
    ]


def _clearer(
    history: History, voice: Voice, form: tuple[Cursor | None, int, int, int]
) -> Iterator[Clearer]:
    after, count, rows, head = form
    rest = str(rows - count)
    if rest != "0":
        yield Clearer(head + 1 + count, voice.wording.say("rest_of_payments", payments=rest))
    if after is None:
        for index, text in enumerate(voice.debt_lines(history, LOOSE)):
            yield Clearer(index, text)


def payments_since(history: History, from_year: int | None) -> Sequence[Payment]:
    """The payments that stand, newest first."""
    standing = standing_payments(history.payments)
    payments = list(reversed(history.payments if standing is None else standing))
    if from_year is None:
        return payments
    first = gregorian_of(from_year, 1, 1)
    return [payment for payment in payments if payment.paid_on >= first]


def _told(payments: Sequence[Payment], cursor: Cursor | None) -> int:
    """How many of the payments, newest first, stand before the cursor."""
    if cursor is None or cursor.day is None:
        return 0
    days = [payment.paid_on for payment in payments]
    newer = sum(day > cursor.day for day in days)
    return newer + max(days.count(cursor.day) - cursor.left, 0)


def _cursor(payments: Sequence[Payment], told: int, asked: Cursor | Reading) -> Cursor:
    days = [payment.paid_on for payment in payments]
    last = days[told - 1]
    left = days[told:].count(last)
    return Cursor(Series.PAYMENTS, asked.from_year, day=last, left=left)


def payment_rows(payments: Sequence[Payment], voice: Voice, *, tracking: bool) -> Iterator[str]:
    """Day and amount of each; the year is named where it changes from this one's."""
    year_said = voice.this_year
    for payment in payments:
        day = jalali_of(payment.paid_on)
        yield voice.wording.say(
            "payment_row",
            day=voice.wording.day(day, year_said, gap=TIGHT),
            amount=voice.amount(Rial(abs(payment.amount_rial))),
            reversal=payment.amount_rial < 0,
            tracking=payment.tracking if tracking else None,
        )
        year_said = day.year
