"""Where each key leads, screen by screen."""

import pytest

from sms_service.language.context import Context
from tests.support.dialogues import Dialogues
from tests.support.histories import BILL_ID
from tests.support.ussd import SUBSCRIBER, Phone

ASKS = "شناسه قبض برق را وارد کنید"
WHAT = "قبض ۵۶۷۸\n1 بدهی 2 سوابق\n3 پرداخت ها\n4 همه با پیامک\n0 برگشت"
YEARS = "سوابق از کدام سال\n1 ۱۴۰۵ 2 ۱۴۰۴\n3 ۱۴۰۳ 4 ۱۴۰۲\n0 برگشت"
MORE = "1 قبض های من\n2 نظر شما\n3 Finglish\n0 برگشت"
HELP = "شناسه ۱۳ رقمی روی قبض است\nآن را به ۳۰۰۰۱۵۲۱ پیامک کنید\nتلفن ۱۵۲۱"


@pytest.fixture
def dialogues() -> Dialogues:
    return Dialogues()


@pytest.fixture
def phone(dialogues: Dialogues) -> Phone:
    phone = dialogues.phone()
    phone.dial()
    return phone


def test_a_bill_leads_to_what_is_wanted_of_it(phone: Phone) -> None:
    assert phone.press(BILL_ID).text == WHAT


@pytest.mark.parametrize("typed", ["۱۲۳۴۵۶۷۸۰۴۴۲۳", "1234567804423#", "شناسه 1234567804423"])
def test_a_bill_is_read_however_it_is_written(phone: Phone, typed: str) -> None:
    assert phone.press(typed).text == WHAT


def test_a_bill_with_a_year_leads_to_its_history(phone: Phone) -> None:
    assert phone.press(f"{BILL_ID} 1404").text.startswith("دوماهه تا")


def test_the_debt_is_shown_and_zero_leads_back(phone: Phone) -> None:
    shown = phone.press(BILL_ID, "1").text
    assert shown.startswith("بدهی تا ۱ آذر ۲۵۰,۰۰۰ تومان")
    assert shown.endswith("0 برگشت")
    assert phone.press("0").text == WHAT


def test_the_history_lists_the_years_that_have_bills(phone: Phone) -> None:
    assert phone.press(BILL_ID, "2").text == YEARS
    assert phone.press("0").text == WHAT


def test_a_year_leads_to_pages_and_they_lead_back_to_the_years(phone: Phone) -> None:
    first = phone.press(BILL_ID, "2", "1").text
    second = phone.press("9").text
    assert first != second
    assert phone.press("0").text == first
    assert phone.press("0").text == YEARS


def test_a_year_can_be_typed_in_place_of_its_key(phone: Phone) -> None:
    by_key = phone.press(BILL_ID, "2", "3").text
    assert phone.press("0", "1403").text == by_key
    assert phone.press("0", "۰۳").text == by_key
    assert phone.press("0", "0", "1403").text == by_key


@pytest.mark.parametrize(
    ("typed", "said"), [("1410", "این سال هنوز نیامده"), ("1301", "از این سال قبضی نیست")]
)
def test_a_year_without_bills_is_told_so_above_the_list(
    phone: Phone, typed: str, said: str
) -> None:
    shown = phone.press(BILL_ID, "2", typed).text
    assert shown == YEARS.replace("سوابق از کدام سال", said)


def test_a_year_before_the_first_bill_leads_to_all_bills(phone: Phone) -> None:
    from_first = phone.press(BILL_ID, "2", "4").text
    assert phone.press("0", "1399").text == from_first


def test_the_payments_are_told_there_are_none(phone: Phone) -> None:
    assert phone.press(BILL_ID, "3").text.endswith("0 برگشت")


def test_more_leads_to_bills_opinion_and_letters(phone: Phone) -> None:
    assert phone.press("0").text == MORE
    assert phone.press("1").text == "قبضی برای این تلفن نیست\n0 برگشت"
    assert phone.press("0").text == MORE
    assert phone.press("2").text == "نظر شما درباره این خدمت\n1 بد تا 5 خوب\n0 برگشت"
    assert phone.press("0").text == MORE
    assert phone.press("0").text.startswith(ASKS)


def test_latin_letters_are_chosen_and_left_by_the_same_key(phone: Phone) -> None:
    assert phone.press("0", "3").text == "Shenase ghabz bargh:\n0 bishtar"
    assert phone.press(BILL_ID, "1").text.isascii()
    assert phone.press("0", "0", "0", "3").text.startswith(ASKS)


def test_nine_turns_the_phones_bills_over_and_zero_turns_back(dialogues: Dialogues) -> None:
    dialogues.registered = lambda _: [f"{n:04d}{n:04d}0442{n % 10}" for n in range(1111, 1118)]
    phone = dialogues.phone()
    first = phone.dial().text
    assert first.startswith(f"{ASKS}\n1 قبض")
    second = phone.press("9").text
    assert second != first
    assert phone.press("0").text == first
    assert phone.press("9", "1").text.startswith("قبض ")


def test_bills_that_end_alike_are_told_apart_by_their_whole_id(dialogues: Dialogues) -> None:
    dialogues.registered = lambda _: [BILL_ID, "9934567804423"]
    assert "1 قبض ۱۲۳۴۵۶۷۸۰۴۴۲۳" in dialogues.phone().dial().text


def test_a_name_that_no_screen_can_hold_is_left_out(dialogues: Dialogues) -> None:
    named = {"خانه پدری در روستای بالا": BILL_ID}
    dialogues.contexts[dialogues.hash_phone(SUBSCRIBER)] = Context(saved=named)
    assert dialogues.phone().dial().text == f"{ASKS}\n1 قبض ۵۶۷۸\n0 بیشتر"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("123456780442", "شناسه ۱۳ رقم دارد نه ۱۲"),
        ("1234567804424", "یک رقم شناسه اشتباه است"),
        ("123", "این شناسه قبض نیست"),
        ("x", "این شناسه قبض نیست"),
        (f"{BILL_ID} 6249849504428", "هر بار یک شناسه وارد کنید"),
    ],
)
def test_a_wrong_bill_is_told_what_is_wrong_above_the_same_screen(
    phone: Phone, typed: str, said: str
) -> None:
    assert phone.press(typed).text == f"{said}\n{ASKS}\n0 بیشتر"


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        ((BILL_ID,), WHAT.replace("قبض ۵۶۷۸", "این گزینه نیست")),
        ((BILL_ID, "2"), YEARS.replace("سوابق از کدام سال", "این گزینه نیست")),
        (("0",), f"این گزینه نیست\n{MORE}"),
        (("0", "2"), "این گزینه نیست\n1 بد تا 5 خوب\n0 برگشت"),
        (("0", "1"), "این گزینه نیست\n0 برگشت"),
    ],
    ids=["what", "years", "more", "opinion", "my bills"],
)
@pytest.mark.parametrize("wrong", ["8", "*", "xyz"])
def test_a_key_that_leads_nowhere_repeats_the_screen(
    phone: Phone, keys: tuple[str, ...], screen: str, wrong: str
) -> None:
    phone.press(*keys)
    assert phone.press(wrong).text == screen


@pytest.mark.parametrize("key", ["²", "①", "१", "߂"])
def test_a_digit_that_no_keypad_has_is_a_wrong_key_and_no_failure(
    dialogues: Dialogues, key: str
) -> None:
    dialogues.registered = lambda _: (BILL_ID, "6249849504428")
    phone = dialogues.phone()
    listed = phone.dial()
    assert not phone.press(key).ends
    assert listed.text.split("\n")[-1] in phone.press(key).text
    assert not phone.press("1", "2", key).ends


def test_a_page_is_repeated_with_its_keys(phone: Phone) -> None:
    page = phone.press(BILL_ID, "2", "1").text
    assert phone.press("5").text == page.replace("9 بعدی 0 برگشت", "فقط 9 یا 0")
    assert phone.press("9").text != page


@pytest.mark.parametrize(
    "keys", [(), (BILL_ID,), (BILL_ID, "2"), (BILL_ID, "1"), ("0",), ("0", "2"), ("0", "1")]
)
def test_the_third_wrong_input_in_a_row_ends_with_help(phone: Phone, keys: tuple[str, ...]) -> None:
    if keys:
        phone.press(*keys)
    shown = phone.press("x", "x")
    assert not shown.ends
    shown = phone.press("x")
    assert shown.ends
    assert shown.text == HELP


def test_a_right_input_between_begins_to_count_anew(phone: Phone) -> None:
    phone.press("x", "x")
    phone.press(BILL_ID, "x", "x")
    assert phone.press("0").text.startswith(ASKS)
