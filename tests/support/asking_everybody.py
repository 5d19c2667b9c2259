"""Everything that subscribers may ask about their bills, and the texts that answer it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from sqlalchemy import Engine

from sms_service.billing.sql import SqlBillingSource
from sms_service.language.context import Context
from sms_service.service.desk import Question
from sms_service.settings import load_settings
from sms_service.wiring.desks import make_desk
from tests.support.billing import TODAY, hash_phone, plainly_read
from tests.support.environment import service_environment

_WISHES = ("", *(f" {year}" for year in range(1399, 1406)), " بدهی", " پرداخت")
_OWN_WISHES = ("بدهی", "سوابق", "1404", "لیست")
"""What a registered phone may ask without a bill ID."""
_AT_ONCE = 500


def every_answer(engine: Engine, one_in: int = 1) -> Mapping[tuple[str, str], str | None]:
    """The text that answers each wish of each subscriber of the demo, by asker and wish.

    ``one_in``: of every so many subscribers one is asked for.
    """
    desk = make_desk(load_settings(service_environment()), SqlBillingSource(engine), lambda: TODAY)
    questions = list(_questions(one_in))
    answers: dict[tuple[str, str], str | None] = {}
    for start in range(0, len(questions), _AT_ONCE):
        asked = questions[start : start + _AT_ONCE]
        for (phone, wish), finding in zip(asked, desk.answer(_as_asked(asked)), strict=True):
            answers[phone.hex(), wish] = finding.reply.text if finding.reply else None
    return answers


def _questions(one_in: int) -> Iterator[tuple[bytes, str]]:
    stranger = hash_phone("+989000000000")
    for bill_id, history in islice(plainly_read().items(), 0, None, one_in):
        for wish in _WISHES:
            yield stranger, bill_id + wish
        if history.branch and history.branch.phone_hash:
            for wish in _OWN_WISHES:
                yield history.branch.phone_hash, wish
    yield from ((hash_phone("+989350000001"), wish) for wish in _OWN_WISHES)


def _as_asked(asked: Sequence[tuple[bytes, str]]) -> list[Question]:
    return [Question(wish, phone, Context(), "00000000") for phone, wish in asked]
