"""Whole USSD dialogues on the phone page, with the service's own route behind."""

import pytest
from playwright.sync_api import expect

from tests.support.phone import BILL, Handset


@pytest.mark.parametrize("dialect", ["json", "africastalking"])
def test_a_history_is_read_through_the_menu(phone: Handset, dialect: str) -> None:
    phone.page.locator("#dialect").select_option(dialect)
    phone.dial("*1521#")
    phone.wait_for("ussd")
    assert "شناسه قبض برق را وارد کنید" in phone.text
    screens = [phone.text]
    for typed in (BILL, "2", "1"):
        phone.answer(typed)
        phone.wait_for("ussd")
        screens.append(phone.text)
    assert "1 بدهی 2 سوابق" in screens[1]
    assert "سوابق از کدام سال" in screens[2]
    assert "مصرف" in screens[3]
    units = int(phone.page.locator("#lcd [data-units]").get_attribute("data-units") or "0")
    assert 0 < units <= 70
    phone.press("end")
    phone.wait_for("home")


def test_registered_bills_are_offered_and_picked_by_a_key(phone: Handset) -> None:
    phone.dial("*1521#")
    phone.wait_for("ussd")
    assert "1 قبض" in phone.text
    phone.answer("1")
    phone.wait_for("ussd")
    assert "1 بدهی 2 سوابق" in phone.text


def test_a_bill_and_a_year_may_be_dialled_at_once(phone: Handset) -> None:
    phone.dial(f"*1521*{BILL}*1404#")
    expect(phone.page.locator("#lcd .body")).to_contain_text("مصرف")
    phone.wait_for_hop("پاسخ روی صفحهٔ گوشی نشان داده شد")
    expect(phone.page.locator(".took")).to_contain_text("میلی‌ثانیه تا صفحه")


def test_a_dropped_dialogue_is_offered_again(phone: Handset) -> None:
    phone.dial("*1521#")
    phone.wait_for("ussd")
    phone.answer(BILL)
    phone.wait_for("ussd")
    phone.page.locator("#expire").click()
    phone.wait_for("notice")
    assert "نشست پایان یافت" in phone.text
    phone.press("call")
    phone.wait_for("home")
    phone.press(*"*1521#", "call")
    phone.wait_for("ussd")
    assert "تماس پیش قطع شد" in phone.text
    phone.answer("1")
    phone.wait_for("ussd")
    assert "1 بدهی 2 سوابق" in phone.text
    phone.press("end")


def test_the_network_drops_a_dialogue_that_nobody_goes_on_with(phone: Handset) -> None:
    phone.page.locator("#seconds").select_option("60")
    phone.page.clock.install()
    phone.dial("*1521#")
    phone.wait_for("ussd")
    expect(phone.page.locator("#session-open")).to_be_visible()
    phone.page.clock.fast_forward(40_000)
    phone.wait_for("ussd")
    phone.page.clock.fast_forward(21_000)
    phone.wait_for("notice")
    assert "نشست پایان یافت" in phone.text
    expect(phone.page.locator("#session-none")).to_be_visible()


def test_raw_steps_are_shown_without_a_number_of_anyone(phone: Handset) -> None:
    phone.dial(f"*1521*{BILL}#")
    phone.wait_for("ussd")
    raw = phone.page.locator("#exchange").inner_text()
    assert "session_id" in raw
    assert "POST /ussd/json/…" in raw
    assert BILL not in raw
    assert phone.page.locator("#phone").input_value()[1:] not in raw


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("*99#", "کد دستوری نادرست است"),
        ("*15*", "کد دستوری نادرست است"),
        ("1521", "تماس صوتی ندارد"),
    ],
)
def test_what_is_no_code_of_ours_never_reaches_the_service(
    phone: Handset, typed: str, said: str
) -> None:
    phone.dial(typed)
    phone.wait_for("notice")
    assert said in phone.text


def test_typed_markup_stays_text_on_every_screen(phone: Handset) -> None:
    phone.dial("*1521#")
    phone.wait_for("ussd")
    phone.page.locator("#lcd [data-typing]").fill("<img src=x onerror='window.hit=1'>")
    phone.press("call")
    expect(phone.page.locator('#lcd [name=step][value="1"]')).to_have_count(1)
    assert phone.page.evaluate("window.hit") is None
    expect(phone.page.locator("#exchange")).to_contain_text("<img src=x")
