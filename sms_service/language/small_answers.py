"""Answers about one thing: the debt, or the service itself."""

from collections.abc import Iterator
from functools import partial

from sms_service.domain.bill_id import BILL_ID_LENGTH
from sms_service.domain.payable import payment_id_to_pay_by
from sms_service.domain.records import History
from sms_service.language.fillings import opinion_filling
from sms_service.language.ladder import Draft
from sms_service.language.reading import Reading
from sms_service.language.voice import LOOSE, TIGHT, Voice


def debt_drafts(reading: Reading, history: History, voice: Voice) -> Iterator[Draft]:
    """The debt, until when and by which payment ID to pay it."""
    notes = voice.note_lines(reading, None)
    payment_id = payment_id_to_pay_by(history)
    pay_by = [voice.wording.say("pay_by", payment_id=payment_id)] if payment_id else []
    short_notes = voice.short_note_lines(reading)
    for last, said in ((pay_by, notes), (pay_by, short_notes), ([], notes)):
        for gap in (LOOSE, TIGHT):
            head = [*voice.debt_lines(history, gap), *voice.due_lines(history, gap)]
            lines = [*head, *voice.warning_lines(history), *said, *last]
            yield Draft("debt", lines, fillings=partial(opinion_filling, voice))
    yield Draft("debt_only", [*voice.debt_lines(history), *notes])
    yield Draft("debt_only", [voice.debt_lines(history)[0], *notes])


def message(sentence: str, voice: Voice, **facts: str) -> str:
    """A whole text that needs nothing but the company's own facts and these."""
    own = {
        "wanted": str(BILL_ID_LENGTH),
        "year": str(voice.this_year - voice.style.default_years),
        "phone": voice.style.support_phone,
        "code": "",
    }
    return voice.wording.say_whole(sentence, own | facts)
