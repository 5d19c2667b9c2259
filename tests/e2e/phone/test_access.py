"""The page by keyboard alone, on narrow screens, in the dark, and as axe sees it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.support.phone import BILL, Handset, PhoneService, handset, window


def _menu(phone: Handset) -> None:
    phone.go_home()
    phone.press("start")
    phone.wait_for("menu")


def _message(phone: Handset) -> None:
    phone.send("راهنما")
    phone.wait_for("message")
    phone.wait_for_hop("به گوشی رسید")


def _inbox(phone: Handset) -> None:
    _menu(phone)
    phone.press("2")
    phone.wait_for("inbox")


def _ussd(phone: Handset) -> None:
    phone.dial(f"*1521*{BILL}#")
    phone.wait_for("ussd")


def _notice(phone: Handset) -> None:
    phone.dial("1")
    phone.wait_for("notice")


STATES: dict[str, Callable[[Handset], None]] = {
    "home": lambda phone: phone.wait_for("home"),
    "menu": _menu,
    "compose": lambda phone: phone.write(f"{BILL} 1405"),
    "message": _message,
    "inbox": _inbox,
    "ussd": _ussd,
    "notice": _notice,
    "fault": lambda phone: phone.turn("session_expiry", True),
}


def test_axe_finds_nothing_on_any_screen(phone: Handset) -> None:
    found = {}
    for state, reach in STATES.items():
        reach(phone)
        found[state] = phone.violations()
    assert found == {state: [] for state in STATES}


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "dark"},
        {"viewport": {"width": 360, "height": 740}, "has_touch": True},
    ],
    ids=["dark", "narrow"],
)
def test_axe_finds_nothing_in_the_dark_nor_on_a_narrow_screen(
    phone_service: PhoneService, browser: Browser, options: dict[str, object]
) -> None:
    phone_service.let_words_be_new()
    with window(browser, **options) as context, handset(context, phone_service.url) as phone:
        _message(phone)
        assert phone.violations() == []
        assert phone.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


def test_a_text_is_sent_and_read_by_keyboard_alone(phone: Handset) -> None:
    keyboard = phone.page.keyboard
    phone.page.locator("body").focus()
    phone.page.locator(".skip").focus()
    keyboard.press("Enter")
    expect(phone.lcd).to_be_focused()
    phone.page.locator("#lcd [data-soft=start]").focus()
    keyboard.press("Enter")
    phone.wait_for("menu")
    keyboard.press("1")
    phone.wait_for("compose")
    expect(phone.page.locator("#lcd textarea")).to_be_focused()
    keyboard.type("راهنما")
    keyboard.press("Enter")
    phone.wait_for("message")
    keyboard.press("Escape")
    phone.wait_for("inbox")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    phone.wait_for("message")


def test_a_code_is_dialled_answered_and_ended_by_keyboard_alone(phone: Handset) -> None:
    keyboard = phone.page.keyboard
    phone.page.locator("#lcd").focus()
    keyboard.type("*1521#")
    keyboard.press("Enter")
    phone.wait_for("ussd")
    expect(phone.page.locator("#lcd [data-typing]")).to_be_focused()
    keyboard.type("1")
    keyboard.press("Enter")
    expect(phone.page.locator('#lcd [name=step][value="1"]')).to_have_count(1)
    keyboard.press("Escape")
    phone.wait_for("home")


def test_the_focus_is_seen_on_every_key(phone: Handset) -> None:
    keys = phone.page.locator("[data-key]")
    for place in range(keys.count()):
        keys.nth(place).focus()
        phone.page.keyboard.press("Shift")
        outline = keys.nth(place).evaluate("one => getComputedStyle(one).outlineStyle")
        assert outline == "solid"


def test_keys_typed_elsewhere_on_the_page_leave_the_phone_alone(phone: Handset) -> None:
    phone.page.locator("#dialect").focus()
    phone.page.keyboard.type("15")
    assert phone.page.locator("#lcd [data-typing]").input_value() == ""


def test_the_screen_is_as_wide_as_that_of_a_real_keypad_phone(phone: Handset) -> None:
    _message(phone)
    letters = phone.page.evaluate(
        """() => {
          const body = document.querySelector("#lcd .body");
          const text = "سوابق قبض برق شما از سال گذشته تا امروز در پیامک می آید ".repeat(3);
          body.textContent = text;
          const range = document.createRange(), lines = new Map();
          for (let i = 0; i < text.length; i++) {
            range.setStart(body.firstChild, i); range.setEnd(body.firstChild, i + 1);
            const top = Math.round(range.getBoundingClientRect().top / 8);
            lines.set(top, (lines.get(top) ?? 0) + 1);
          }
          const counts = [...lines.values()].slice(0, -1);
          return counts.reduce((a, b) => a + b) / counts.length;
        }"""
    )
    assert 14 <= letters <= 19


def test_nothing_moves_for_those_who_asked_for_stillness(
    phone_service: PhoneService, browser: Browser
) -> None:
    moving = """() => {
      document.querySelector("#lcd .text").innerHTML = "<span class=dots><i></i></span>";
      return getComputedStyle(document.querySelector(".dots i")).animationName;
    }"""
    names = {}
    for wish in ("reduce", "no-preference"):
        with (
            window(browser, reduced_motion=wish) as context,
            handset(context, phone_service.url) as phone,
        ):
            names[wish] = phone.page.evaluate(moving)
    assert names == {"reduce": "none", "no-preference": "dot"}
