"""A subscriber's text, from what was typed to the whole answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sms_service.language.compose import Composer
from sms_service.language.context import Context, Wish
from sms_service.language.cursor import read_cursor
from sms_service.language.normalise import clean, fold
from sms_service.language.parse import parse
from sms_service.language.parts import GSM7, UCS2, count
from sms_service.language.reading import Intent, Note, Reading, Reply
from sms_service.language.style import Style
from sms_service.service.desk import Desk
from sms_service.service.questions import Finding, IfDown, Question
from sms_service.templates import templates_dir
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target
from tests.support.desk import TODAY, FakeSource
from tests.support.histories import BILL_ID, history, paid, two_monthly
from tests.support.reading import RULES

_OTHER = "6249849504428"
_BILLS = two_monthly(1399, 1405)
_HISTORY = history(_BILLS, [paid(one) for one in _BILLS[:-2]], debt=2_500_000, as_of=TODAY)
_SOURCE = FakeSource(_HISTORY, replace(_HISTORY, bill_id=_OTHER, payments=(), branch=None))
_MAX_PARTS = 4
_PHONE = bytes(range(32))
_NOT_LITERAL = frozenset({Note.CONTEXT_BILL_ID, Note.REGISTERED_BILL_ID})
_CONTEXTS: Sequence[Context] = (
    Context(),
    Context(last_bill_id=BILL_ID),
    Context(last_bill_id=BILL_ID, cursor=read_cursor("history:1402:1403/2+0")),
    Context(last_bill_id=BILL_ID, cursor=read_cursor("payments:1402:2025-07-10+1")),
    Context(offered=(BILL_ID, _OTHER), wish=Wish(Intent.HISTORY), latin=True),
    Context(saved={"خانه": BILL_ID, "مغازه": _OTHER}, last_bill_id=BILL_ID),
    Context(wish=Wish(Intent.OPINION), latin=True, last_bill_id=_OTHER),
    Context(registered_bill_ids=(BILL_ID,)),
)
_UNSEEN = "\n\u200c"


def _read(text: str, context: Context, today: date) -> Reading:
    return parse(text, context, RULES)


def _style(today: date) -> Style:
    return Style(today, max_parts=_MAX_PARTS)


_DESK = Desk(_SOURCE, _read, Composer.load(templates_dir() / "sms"), _style, lambda: TODAY)


def try_one(data: bytes) -> None:
    """The first byte picks what is known of the phone, the rest is the text."""
    given = Given(data)
    context = given.one_of(_CONTEXTS)
    text = clean(as_text(given.rest())[:2000])
    question = Question(text, _PHONE, context, "12345678", if_down=IfDown.APOLOGISE)
    finding = _DESK.answer([question])[0]
    _is_fit(finding.reply, context)
    _speaks_of_what_was_typed(text, finding)


def _is_fit(reply: Reply | None, context: Context) -> None:
    if reply is None:
        return
    counted = count(reply.text)
    assert reply.text.strip(), "an empty answer"
    assert all(one.isprintable() or one in _UNSEEN for one in reply.text), "a control character"
    assert clean(reply.text) == reply.text, "a character that can't be sent"
    assert counted.parts <= reply.parts <= _MAX_PARTS, "an answer of too many parts"
    assert reply.encoding in {counted.encoding, UCS2.name}
    assert not context.latin or reply.encoding == GSM7.name or not reply.text.isascii()


def _speaks_of_what_was_typed(text: str, finding: Finding) -> None:
    reading = finding.reading
    if reading.bill_id is None or reading.name or not _NOT_LITERAL.isdisjoint(reading.notes):
        return
    typed = "".join(one for one in fold(text) if one in "0123456789")
    for bill_id in (reading.bill_id, *reading.more_bill_ids):
        assert bill_id.lstrip("0") in typed, "an answer about a bill that nobody named"


TARGET = Target(
    try_one,
    seeds=[
        bytes([context]) + text.encode()
        for context, text in [
            *((0, text) for text in (BILL_ID, f"{BILL_ID} 1402", "راهنما", "لغو", "قبض ۱۴۰۳/۴")),
            *((1, text) for text in ("بعدی", "بدهی", "پرداخت ۱۴۰۳", "مهر ۱۴۰۴", "سال ۹۹", "+")),
            *((2, "بعدی"), (3, "next"), (4, "2"), (4, "۱ بدهی"), (5, "خانه"), (6, "5")),
            *((5, "حذف مغازه"), (5, f"ثبت انباری {_OTHER}"), (7, "bill 1404"), (5, "لیست")),
            *((0, "۱۲۳۴۵۶۷۸ ۰۴۴ ۲ ۳ از ۱۴۰۲"), (0, "١٢٣٤٥٦٧٨٠٤٤٢٣"), (0, f"{BILL_ID} {_OTHER}")),
            *((0, "12345678-04423 98"), (0, "2023 1234567804423"), (0, "fingilish farsi")),
        ]
    ],
    words=[
        *(BILL_ID, _OTHER, "۱۲۳۴۵۶۷۸۰۴۴۲۳", "١٢٣٤٥٦٧٨٠٤٤٢٣", "1402", "۱۴۰۳", "2024", "۹۹", "سال"),
        *("از", "تا", "دوره", "مهر", "قبض", "بدهی", "پرداخت", "سوابق", "بعدی", "راهنما", "لغو"),
        *(
            "شروع",
            "ثبت",
            "حذف",
            "لیست",
            "خانه",
            "مغازه",
            "نظر",
            "فارسی",
            "latin",
            "bedehi",
            "ghabz",
        ),
        *("next", "help", "stop", "-", "/", "\u200c", "\u202e", "\ufdfa", "٫", "،", "+98912"),
    ],
)
