"""Answers about one thing: the debt, the payments, the service itself."""

from collections.abc import Iterator

from sms_service.domain.bill_id import BILL_ID_LENGTH
from sms_service.domain.records import History, Payment
from sms_service.domain.settlement import standing_payments
from sms_service.language.ladder import Draft
from sms_service.language.reading import Reading
from sms_service.language.voice import LOOSE, TIGHT, Voice

_MOST_PAYMENTS = 12


def debt_drafts(reading: Reading, history: History, voice: Voice) -> Iterator[Draft]:
    """The debt, until when and by which payment ID to pay it."""
    for gap in (LOOSE, TIGHT):
        head = (*voice.debt_lines(history, gap), *voice.due_lines(history, gap))
        rest = (*voice.warning_lines(history), *voice.note_lines(reading, None))
        payment_id = history.branch.payment_id if history.branch else None
        if payment_id:
            line = voice.wording.say("pay_by", payment_id=payment_id)
            yield Draft("debt", (*head, *rest, line))
        yield Draft("debt", (*head, *rest))
    yield Draft("debt_only", tuple(voice.debt_lines(history)))


def payments_drafts(
    reading: Reading, history: History, voice: Voice, *, registered: bool
) -> Iterator[Draft]:
    """The newest payments, as many as fit; a registered phone is told the tracking numbers."""
    head = (
        *voice.debt_lines(history),
        *voice.warning_lines(history),
        *voice.note_lines(reading, None),
    )
    standing = standing_payments(history.payments)
    newest = list(reversed(history.payments if standing is None else standing))
    if not newest:
        yield Draft("payments", (*head, voice.wording.say("no_payments")))
        return
    year = str(voice.this_year - voice.style.default_years)
    hint = voice.wording.say("more_short", year=year)
    for rows in range(min(len(newest), _MOST_PAYMENTS), 0, -1):
        shortened = rows < len(newest)
        for tracking in (True, False) if registered else (False,):
            lines = [_payment_row(payment, voice, tracking) for payment in newest[:rows]]
            rest = [hint] if shortened else []
            left_out = ("older_payments",) if shortened else ()
            yield Draft("payments", [*head, *lines, *rest], left_out)
    yield Draft("debt_only", head[:1])


def message(sentence: str, voice: Voice, *, code: str = "") -> str:
    """A whole text that needs nothing but the company's own facts."""
    facts: dict[str, str] = {
        "wanted": str(BILL_ID_LENGTH),
        "year": str(voice.this_year - voice.style.default_years),
        "phone": voice.style.support_phone,
        "code": code,
    }
    return voice.wording.say_whole(sentence, facts)


def _payment_row(payment: Payment, voice: Voice, tracking: bool) -> str:
    return voice.wording.say(
        "payment_row",
        day=voice.day(payment.paid_on),
        amount=voice.amount(payment.amount_rial),
        unit=voice.unit,
        tracking=payment.tracking if tracking else None,
    )
