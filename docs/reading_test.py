"""Writes the form on which people show whether they can read: docs/reference/reading-test.html.

    python docs/reading_test.py

Three messages come out of the real desk, broken into lines as a keypad phone breaks them;
what is asked about them, and the right answers, from the same made-up bills. Page one is for
the reader, page two for the examiner. A test fails while the page says anything else.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import gallery_histories as made_up
from gallery import Gallery
from gallery_cases import Talk
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import TOMAN, Rial, coarse_scale
from sms_service.domain.records import Bill, History
from sms_service.language.wording import persian_digits

PAGE = Path(__file__).parent / "reference" / "reading-test.html"
LETTERS_A_LINE = 16
"""Of a Nokia 105, about."""
BAR = 0.8
"""Of all answers, the share that must be right before the service opens."""

_TEMPLATE = "reading_test.j2"
_DUE = (1405, 9, 12)


class Question(NamedTuple):
    asked: str
    right: str


class Message(NamedTuple):
    title: str
    sent: str
    text: str
    lines: list[str]
    """As the phone shows it."""
    parts: str
    questions: list[Question]


def screen_lines(text: str, width: int = LETTERS_A_LINE) -> list[str]:
    """The text as a keypad phone shows it: broken between words, longer words cut."""
    shown: list[str] = []
    for line in text.split("\n"):
        row = ""
        for word in line.split(" "):
            rest = word
            if row and len(row) + 1 + len(rest) > width:
                shown.append(row)
                row = ""
            while len(rest) > width:
                shown.append(rest[:width])
                rest = rest[width:]
            row = f"{row} {rest}" if row else rest
        shown.append(row)
    return shown


def page() -> str:
    """The page's text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["persian"] = lambda number: persian_digits(str(number))
    messages = [_debtor(), _years(), _part_paid()]
    count = sum(len(message.questions) for message in messages)
    return environment.get_template(_TEMPLATE).render(
        messages=messages,
        count=persian_digits(str(count)),
        enough=persian_digits(str(round(BAR * count))),
        bar=persian_digits(str(round(BAR * 100))),
    )


def _debtor() -> Message:
    bills = _bills((1404, 5), (262, 274, 231, 418, 536, 347))
    paid = made_up.each_paid(bills[:-1])
    told = made_up.history(91237412, bills, paid, bills[-1].amount_rial, due=_DUE)
    day = jalali_of(paid[-1].paid_on)
    questions = [
        Question("چقدر بدهکارید؟", _exact(bills[-1].amount_rial)),
        Question("تا چه روزی مهلت دارید؟", "۱۲ آذر"),
        Question("کدام قبض پرداخت نشده است؟", "آبان"),
        Question("قبض تیر چقدر پول شده است؟", _rounded(bills[-3])),
        Question("قبض شهریور چه روزی پرداخت شده است؟", persian_digits(f"{day.day} مهر")),
    ]
    return _message("پیامک ۱", told, "۱۴۰۴", questions)


def _years() -> Message:
    use = (311, 243, 259, 366, 487, 322)
    bills = _bills((1402, 5), tuple(use[(number + 4) % 6] + 6 * number for number in range(18)))
    told = made_up.history(91246038, bills, made_up.each_paid(bills))
    of_1403 = [one for one in bills if one.sale_year == 1403]
    total = Rial(sum(one.amount_rial for one in of_1403))
    questions = [
        Question("بدهی دارید؟", "نه"),
        Question("قبض شهریور ۱۴۰۵ چقدر پول شده است؟", _rounded(bills[-2])),
        Question("مصرف شهریور ۱۴۰۵ چقدر بوده است؟", persian_digits(str(bills[-2].kwh))),
        Question("در همه سال ۱۴۰۳ چقدر پول شده است؟", _thousands(total)),
        Question("برای دیدن بقیه قبض‌ها چه می‌فرستید؟", "بعدی"),
    ]
    return _message("پیامک ۲", told, "۱۴۰۲", questions)


def _part_paid() -> Message:
    bills = _bills((1404, 5), (318, 295, 207, 456, 571, 384))
    left = Rial(bills[-1].amount_rial - 800_000)
    paid = [*made_up.each_paid(bills[:-1]), made_up.paid(bills[-1], 5, 800_000)]
    told = made_up.history(91252597, bills, paid, left, due=_DUE)
    questions = [
        Question("چقدر بدهکارید؟", _exact(left)),
        Question("پول کدام قبض کامل پرداخت نشده است؟", "آبان"),
        Question("قبض آبان روی هم چقدر پول شده است؟", _rounded(bills[-1])),
        Question("قبض تیر پرداخت شده است؟", "بله"),
        Question(
            f"عدد {persian_digits(str(bills[-2].kwh))} در سطر شهریور چیست: پول یا مصرف برق؟",
            "مصرف برق",
        ),
    ]
    return _message("پیامک ۳", told, "۱۴۰۴", questions, max_parts=2)


def _bills(first: tuple[int, int], use: tuple[int, ...]) -> list[Bill]:
    """Bills of two months each from this period on."""
    year, period = first
    periods = range(6 * year + period - 1, 6 * year + period - 1 + len(use))
    return [
        made_up.bill((number // 6, number % 6 + 1), kwh)
        for number, kwh in zip(periods, use, strict=True)
    ]


def _message(
    title: str, told: History, year: str, questions: list[Question], **style: int
) -> Message:
    sent = f"{persian_digits(told.bill_id)} {year}"
    gallery = Gallery({told.bill_id: told})
    reply = next(gallery.answers(Talk(title, (sent,), style=style))).reply
    lines = screen_lines(reply.text)
    return Message(title, sent, reply.text, lines, persian_digits(str(reply.parts)), questions)


def _exact(amount: Rial) -> str:
    return persian_digits(f"{TOMAN.exact(amount):,} تومان")


def _rounded(one: Bill) -> str:
    return _thousands(one.amount_rial)


def _thousands(amount: Rial) -> str:
    return persian_digits(f"{coarse_scale(TOMAN, [amount]).rounded(amount)} هزار تومان")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write("docs/reference/reading-test.html: renewed\n")
