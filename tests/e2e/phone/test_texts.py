"""A whole SMS question on the phone page, from the keypad to the answer and behind."""

import pytest
from playwright.sync_api import expect

from sms_service.language.parts import count
from tests.support.phone import BILL, PHONE, Handset, PhoneService

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_a_question_typed_on_the_keypad_is_answered_on_the_screen(
    phone: Handset, phone_service: PhoneService
) -> None:
    since = phone_service.last_sms()
    phone.press("start")
    phone.wait_for("menu")
    phone.press("1")
    phone.wait_for("compose")
    phone.press(*BILL, "*", *"1405")
    assert phone.page.locator("#lcd textarea").input_value() == f"{BILL}*1405"
    phone.press("call")
    phone.wait_for("message")

    (sms,) = phone_service.sms_since(since)
    assert phone.text == sms.message
    shown = phone.page.locator("#lcd .counter")
    expect(shown.locator(f'[data-parts="{sms.parts}"]')).to_be_visible()
    expect(shown.locator(f'[data-units="{count(sms.message).units}"]')).to_be_visible()


def test_texts_stay_in_their_boxes(phone: Handset) -> None:
    phone.set_phone("09129000001")
    phone.send(f"بدهی {BILL}")
    phone.wait_for("message")
    answer = phone.text
    phone.press("end")
    phone.wait_for("inbox")
    expect(phone.lcd.locator(".items li")).to_have_count(1)
    phone.press("call")
    phone.wait_for("message")
    assert phone.text == answer
    phone.press("end", "end")
    phone.wait_for("menu")
    phone.press("3")
    phone.wait_for("sent")
    phone.press("call")
    phone.wait_for("message")
    assert phone.text == f"بدهی {BILL}"


def test_behind_the_scenes_the_way_is_told_in_words_and_milliseconds_without_a_number_of_anyone(
    phone: Handset,
) -> None:
    phone.send(f"{BILL} 1404")
    phone.wait_for("message")
    phone.wait_for_hop("به گوشی رسید")
    told = phone.hops()
    assert told[0] == "رسید و در نوبت پاسخ است"
    assert "درگاه آن را پذیرفت" in told
    moments = phone.page.locator(".hops .at").all_inner_texts()
    assert moments[0] == "+۰٫۰"
    assert len(moments) == len(told)
    expect(phone.page.locator(".took")).to_contain_text("میلی‌ثانیه تا درگاه")
    raw = phone.backstage.inner_text()
    assert "messageid" in raw
    assert "localid" in raw
    for secret in (BILL, BILL.lstrip("0"), BILL.translate(PERSIAN), PHONE, PHONE[1:]):
        assert secret not in raw


def test_an_earlier_request_can_be_looked_at_until_a_new_one_comes(phone: Handset) -> None:
    phone.set_phone("09129000002")
    for text in ("راهنما", f"بدهی {BILL}"):
        phone.send(text)
        phone.wait_for("message")
    pills = phone.page.locator(".codes button")
    expect(pills).to_have_count(2)
    earlier = pills.nth(1).inner_text()
    pills.nth(1).click()
    expect(phone.page.locator(".codes [aria-current]")).to_have_text(earlier)
    phone.send("1404")
    phone.wait_for("message")
    expect(pills).to_have_count(3)
    expect(pills.first).to_have_attribute("aria-current", "true")


def test_the_counter_says_what_the_air_interface_costs(phone: Handset) -> None:
    texts = [BILL, "س" * 70, "س" * 71, "س" * 201, "a" * 160, "a" * 161, "€" * 80, "😀" * 36, "a\nب"]
    phone.write("")
    for text in [*texts, ""]:
        phone.page.locator("#lcd textarea").fill(text)
        size = count(text)
        shown = phone.page.locator("#counter", has_text=size.encoding)
        expect(shown.locator(f'[data-units="{size.units}"]')).to_be_visible()
        expect(shown.locator(f'[data-parts="{size.parts}"]')).to_be_visible()


def test_letters_are_typed_by_pressing_a_key_several_times(phone: Handset) -> None:
    phone.write("")
    phone.press("#", "2", "2", "4", "9", "9")
    phone.page.wait_for_timeout(950)
    phone.press("9", "9", "9", "0", "#", "1")
    assert phone.page.locator("#lcd textarea").input_value() == "بدهی 1"


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.hit = 1</script>",
        "<img src=x onerror='window.hit=1'>",
        "\u202eabc\u202c\u2066",
    ],
    ids=["script", "image", "bidi"],
)
def test_hostile_texts_are_shown_as_they_were_typed(phone: Handset, text: str) -> None:
    phone.set_phone("09129000003")
    phone.send(text)
    phone.wait_for("message")
    phone.press("end", "end")
    phone.wait_for("menu")
    phone.press("3")
    phone.wait_for("sent")
    phone.press("call")
    phone.wait_for("message")
    assert phone.page.locator("#lcd .body").text_content() == text
    assert phone.page.evaluate("window.hit") is None
    expect(phone.backstage).to_contain_text("messageid")
