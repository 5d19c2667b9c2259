"""Each fault of the menu: what the subscriber sees, what the timeline tells, and that it ends."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from sms_service.simulator.phone.faults import SESSION_EXPIRY
from tests.support.phone import BILL, Handset, PhoneService

SLOW_BILL, AWAY_BILL, SLOW_CODE_BILL = "0066247204424", "0061656604424", "0090282604425"
"""Never asked about elsewhere here, so that the billing interface has to be."""


@pytest.fixture(autouse=True)
def mended(phone: Handset, phone_service: PhoneService) -> Iterator[None]:
    """Nothing is left broken for the next test."""
    yield
    phone_service.gateway.clear_faults()
    phone_service.gateway.double_callbacks(False)
    phone_service.interface.trap()
    phone_service.end_rest()


def test_every_fault_of_the_menu_has_words_and_is_off_at_first(phone: Handset) -> None:
    expect(phone.page.locator(".fault")).to_have_count(6)
    expect(phone.page.locator(".fault input:checked")).to_have_count(0)
    expect(phone.page.locator("#all-off")).to_be_disabled()


def test_a_fault_left_on_is_seen_by_the_next_visitor_and_all_are_ended_by_one_button(
    phone: Handset,
) -> None:
    phone.turn("duplicate_webhook", True)
    phone.turn(SESSION_EXPIRY, True)
    phone.page.reload()
    expect(phone.page.locator("#banner")).to_contain_text("۲ خرابی روشن است")
    phone.page.locator("#all-off").click()
    expect(phone.page.locator("#banner p")).to_have_count(0)
    phone.page.reload()
    expect(phone.page.locator(".fault input:checked")).to_have_count(0)


def test_a_text_told_twice_is_answered_once(phone: Handset, phone_service: PhoneService) -> None:
    since = phone_service.last_sms()
    phone.turn("duplicate_webhook", True)
    phone.send(f"بدهی {BILL}")
    phone.wait_for("message")
    phone.wait_for_hop("همان پیامک دوباره رسید")
    phone.wait_for_hop("به گوشی رسید")
    assert len(phone_service.sms_since(since)) == 1


def test_while_the_gateway_is_down_the_answer_waits_and_then_leaves_once(
    phone: Handset, phone_service: PhoneService
) -> None:
    since = phone_service.last_sms()
    phone.turn("gateway_down", True)
    phone.send(f"{BILL} 1404")
    phone.wait_for_hop("روشن نیست که درگاه آن را گرفته باشد")
    phone.wait_for("waiting")
    assert phone_service.sms_since(since) == []
    phone.turn("gateway_down", False)
    phone.wait_for("message")
    phone.wait_for_hop("درگاه آن را ندارد")
    phone.wait_for_hop("درگاه آن را پذیرفت")
    assert len(phone_service.sms_since(since)) == 1


def test_a_gateway_silent_after_accepting_is_asked_and_nothing_is_sent_twice(
    phone: Handset, phone_service: PhoneService
) -> None:
    since = phone_service.last_sms()
    phone.turn("gateway_timeout", True)
    phone.send(f"{BILL} 1405")
    phone.wait_for("message")
    phone.wait_for_hop("روشن نیست که درگاه آن را گرفته باشد")
    phone.wait_for_hop("درگاه آن را پذیرفت")
    assert len(phone_service.sms_since(since)) == 1


def test_a_slow_billing_source_delays_the_sms(phone: Handset) -> None:
    phone.turn("slow_billing", True)
    phone.send(SLOW_BILL)
    phone.wait_for("message")
    phone.wait_for_hop("به گوشی رسید")
    moments = phone.page.locator(".hops .at").all_inner_texts()
    assert any("٬" in moment for moment in moments[2:4]), moments


def test_a_slow_billing_source_ends_the_dialogue_with_a_promise_that_is_kept(
    phone: Handset, phone_service: PhoneService
) -> None:
    since = phone_service.last_sms()
    phone.turn("slow_billing", True)
    phone.dial(f"*1521*{SLOW_CODE_BILL}*1404#")
    phone.wait_for("over")
    assert "نتیجه پیامک میشود" in phone.text
    phone_service.wait_until(lambda: bool(phone_service.sms_since(since)), 10)
    phone.press("close")
    phone.wait_for("inbox")


def test_without_the_billing_source_the_imported_data_answer_with_their_day(
    phone: Handset,
) -> None:
    phone.turn("billing_away", True)
    phone.send(AWAY_BILL)
    phone.wait_for("message")
    assert "تا" in phone.text.splitlines()[0]


def test_a_session_that_the_network_ends_is_taken_up_again(phone: Handset) -> None:
    phone.dial(f"*1521*{BILL}#")
    phone.wait_for("ussd")
    phone.turn(SESSION_EXPIRY, True)
    phone.press("2", "call")
    phone.wait_for("notice")
    phone.turn(SESSION_EXPIRY, False)
    phone.dial("*1521#")
    phone.wait_for("ussd")
    assert "تماس پیش قطع شد" in phone.text
