"""The keys of the desk: what they do, for whom they are silent, how they are switched off."""

from playwright.sync_api import expect

from tests.e2e.desk.conftest import Seat
from tests.support.desk_page import DeskPage
from tests.support.desk_scene import Scene
from tests.support.desk_service import BILL_ID, DeskService


def test_a_request_is_found_opened_and_sent_again_by_keyboard_alone(
    seat: Seat, desk_service: DeskService
) -> None:
    code, text = desk_service.delivered(f"{BILL_ID} 1405")
    desk = seat("op-one").open("/console/overview").press("/")
    expect(desk.page.locator("#q")).to_be_focused()
    desk.page.keyboard.type(code)
    desk.press("Enter")
    expect(desk.heading).to_contain_text(code)
    desk.press("r")
    desk.page.wait_for_url("**/resend")
    desk.tab_to(desk.page.locator("#f-reason"))
    desk.page.keyboard.type("گفت نگرفته است")
    desk.tab_to(desk.main.locator("form .btn-accent").last).press("Enter")
    desk.page.wait_for_url(f"**/requests/{code}*")
    desk_service.wait_until(
        lambda: sum(sms.receptor.endswith(text.phone[1:]) for sms in desk_service.sms_since(0)) == 2
    )


def test_the_keys_say_what_they_do(operator: DeskPage) -> None:
    operator.open("/console/overview").press("?")
    dialog = operator.page.locator("#keys")
    expect(dialog).to_be_visible()
    operator.press("Escape")
    expect(dialog).to_be_hidden()


def test_two_letters_lead_to_a_place(operator: DeskPage) -> None:
    for letter, place in (("t", "texts"), ("r", "requests"), ("c", "counter"), ("o", "ops")):
        operator.open("/console/overview").press("g", letter)
        operator.page.wait_for_url(f"**/console/{place}")


def test_a_persian_keyboard_has_the_same_keys(operator: DeskPage) -> None:
    operator.open("/console/overview")
    for key, code in (("ل", "KeyG"), ("ف", "KeyT")):
        operator.page.evaluate(
            "([key, code]) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))",
            [key, code],
        )
    operator.page.wait_for_url("**/console/texts")


def test_rows_are_walked_and_opened(operator: DeskPage, scene: Scene) -> None:
    operator.open("/console/requests").press("j")
    first = operator.focused.get_attribute("href")
    operator.press("j")
    assert operator.focused.get_attribute("href") != first
    operator.press("k")
    assert operator.focused.get_attribute("href") == first
    operator.press("Enter")
    operator.page.wait_for_url(f"**{first}")


def test_letters_in_a_field_are_letters(operator: DeskPage) -> None:
    operator.open("/console/counter")
    operator.page.focus("#f-phone")
    operator.page.keyboard.type("gt?/")
    assert operator.page.input_value("#f-phone") == "gt?/"
    assert operator.path == "/console/counter"


def test_whoever_dictates_switches_the_keys_off_for_good(operator: DeskPage) -> None:
    operator.open("/console/overview").press("?")
    operator.page.uncheck("#keys-on")
    operator.press("Escape")
    operator.open("/console/texts").press("/", "g", "c", "?")
    expect(operator.page.locator("#keys")).to_be_hidden()
    expect(operator.page.locator("#q")).not_to_be_focused()
    assert operator.path == "/console/texts"


def test_the_focus_is_seen_and_the_menu_can_be_skipped(operator: DeskPage) -> None:
    operator.open("/console/overview").press("Tab")
    skip = operator.page.locator(".skip")
    expect(skip).to_be_focused()
    operator.press("Enter")
    expect(operator.main).to_be_focused()
    operator.press("Tab")
    outline = operator.focused.evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid"


def test_the_menu_of_the_user_closes_by_escape_and_gives_the_focus_back(
    operator: DeskPage,
) -> None:
    summary = operator.open("/console/overview").page.locator("details.who summary")
    summary.focus()
    operator.press("Enter", "Tab", "Escape")
    expect(summary).to_be_focused()
    expect(operator.page.locator("details.who[open]")).to_have_count(0)


def test_find_and_resend_work_without_javascript(seat: Seat, desk_service: DeskService) -> None:
    code, text = desk_service.delivered(f"{BILL_ID} 1404")
    desk = seat("op-two", java_script_enabled=False).find(code)
    expect(desk.heading).to_contain_text(code)
    desk.page.locator("[data-key=r]").click()
    desk.page.fill("#f-reason", "گفت نگرفته است")
    desk.main.locator("form .btn-accent").last.click()
    desk.page.wait_for_url(f"**/requests/{code}*")
    desk_service.wait_until(
        lambda: sum(sms.receptor.endswith(text.phone[1:]) for sms in desk_service.sms_since(0)) == 2
    )


def test_what_is_dark_on_the_screen_is_light_on_paper(seat: Seat, scene: Scene) -> None:
    desk = seat("op-one", color_scheme="dark").open(scene.pages["/console/bills/<bill_id>"])
    desk.page.emulate_media(media="print")
    paper = desk.main.locator(".panel").first
    assert paper.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    expect(desk.page.locator("nav.menu")).to_be_hidden()
