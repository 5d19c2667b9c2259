"""Each problem, word for word: what is wrong, and what to send instead."""

import pytest

from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Intent, Problem, Reading
from sms_service.templates import templates_dir
from tests.support.histories import TODAY

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)


@pytest.mark.parametrize(
    ("problem", "number", "text"),
    [
        (
            Problem.SEVERAL_BILLS,
            None,
            "در هر پیام تا ۳ شناسه قبض بنویسید\nبقیه را جدا بفرستید",
        ),
        (
            Problem.WRONG_LENGTH,
            "12345678901",
            "شناسه قبض ۱۳ رقم است\nشما ۱۱ رقم نوشتید\nدوباره از روی قبض بفرستید",
        ),
        (
            Problem.BAD_CHECK_DIGIT,
            "1234567804424",
            "شناسه ۱۲۳۴۵۶۷۸/۰۴۴/۲/۴ درست نیست\nبا قبض بسنجید و دوباره بفرستید",
        ),
        (
            Problem.OTHER_UTILITY,
            "1234567804419",
            "این شناسه قبض آب است\nشناسه قبض برق را بفرستید",
        ),
        (
            Problem.OTHER_UTILITY,
            "1234567804489",
            "این شناسه قبض برق نیست\nشناسه قبض برق را بفرستید",
        ),
        (
            Problem.OTHER_COMPANY,
            "1234567807223",
            "این قبض برق قزوین است\nاینجا فقط برای قبض برق قم است",
        ),
        (
            Problem.OTHER_COMPANY,
            "1234567899923",
            "این قبض شرکت برق دیگری است\nاینجا فقط برای قبض برق قم است",
        ),
        (
            Problem.NO_BILL_ID,
            None,
            "شناسه ۱۳ رقمی روی قبض برق را بفرستید\nسوابق: شناسه و سال مثل ۱۴۰۴",
        ),
        (
            Problem.UNKNOWN_BILL,
            "1234567804423",
            "این شناسه درست است ولی در پرونده های برق قم نیست\nتلفن ۱۵۲۱",
        ),
    ],
)
def test_a_problem_says_what_is_wrong_and_what_to_send(
    problem: Problem, number: str | None, text: str
) -> None:
    reply = COMPOSER.problem(Reading(Intent.HISTORY, problem=problem, number=number), STYLE)
    assert reply.text == text
    assert (reply.units, reply.parts, reply.encoding) == (len(text), 1, "UCS-2")


@pytest.mark.parametrize("number", [None, "", "12345678901234"])
def test_a_number_that_cannot_be_grouped_is_echoed_as_it_came(number: str | None) -> None:
    reading = Reading(Intent.HISTORY, problem=Problem.BAD_CHECK_DIGIT, number=number)
    echoed = (number or "").translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert COMPOSER.problem(reading, STYLE).text.startswith(f"شناسه {echoed} درست نیست")


@pytest.mark.parametrize(("typed", "told"), [(1403, "۱۴۰۳"), (1430, "۱۴۰۴"), (1360, "۱۴۰۴")])
def test_the_example_of_a_question_is_one_that_can_be_asked(typed: int, told: str) -> None:
    lacking = Reading(Intent.HISTORY, from_year=typed, problem=Problem.NO_BILL_ID)
    assert COMPOSER.problem(lacking, STYLE).text.endswith(f"مثل {told}")
