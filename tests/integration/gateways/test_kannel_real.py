"""The adapter and the shipped configuration on a real Kannel: what we say of it is what it does."""

import signal
import time
from collections.abc import Iterator

import pytest

from sms_service.gateways.kannel_codes import MAX_PARTS
from sms_service.language.parts import count
from sms_service.service.ports import Accepted, Blame, NotSent, OutgoingText, Unknown
from tests.support.canary import CANARY_KANNEL_PASSWORD
from tests.support.kannel import CONFIG, LINE, Kannel, Listener, kannel_gateway, kannel_running
from tests.support.kavenegar import one_text
from tests.support.smpp import BAD_DESTINATION, GSM, UCS2_CODING, wait_until

PERSIAN = "بدهی تا ۱ آذر ۲۸۷,۳۰۰ تومان\nمهلت ۳۰ آبان گذشت"
PHONE = "989121234567"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Kannel, Listener]]:
    """One Kannel for the tests that leave it whole."""
    with kannel_running() as both:
        yield both


@pytest.fixture
def kannel(running: tuple[Kannel, Listener]) -> Kannel:
    running[0].smsc.parts.clear()
    return running[0]


@pytest.fixture
def listener(running: tuple[Kannel, Listener]) -> Listener:
    running[1].fetched.clear()
    running[1].status = 200
    return running[1]


@pytest.mark.parametrize(
    "text",
    [
        PERSIAN,
        "ب" * 70,
        "ب" * 71,
        PERSIAN + "\n" + "شهریور ۵۱۲ ۲۸۷ ۵مهر\n" * 9,
        " پیش و پس \n",
        "Bedehi 287,300 toman {€}",
        "a" * 160,
        "a" * 161,
        "[" * 80 + "b" * 200,
    ],
)
def test_a_text_reaches_the_phone_to_the_letter_in_the_parts_we_counted(
    kannel: Kannel, text: str
) -> None:
    with kannel_gateway(kannel.sendsms_url, kannel.account()) as gateway:
        outcome = gateway.send(OutgoingText(2**62 + 1, f"+{PHONE}", text))
    assert outcome == Accepted(str(2**62 + 1), 0)
    counted = count(text)
    wait_until(lambda: len(kannel.smsc.parts) == counted.parts, "not all parts came")
    assert kannel.smsc.texts(PHONE) == [text]
    assert sum(part.units for part in kannel.smsc.parts) == counted.units
    coding = UCS2_CODING if counted.encoding == "UCS-2" else GSM
    assert {part.coding for part in kannel.smsc.parts} == {coding}
    assert {(part.line, part.ton) for part in kannel.smsc.parts} == {(LINE, 1)}


def test_the_longest_text_that_the_adapter_lets_through_isnt_cut(kannel: Kannel) -> None:
    text = "ب" * (67 * MAX_PARTS)
    with kannel_gateway(kannel.sendsms_url, kannel.account()) as gateway:
        assert isinstance(gateway.send(OutgoingText(1, f"+{PHONE}", text)), Accepted)
    assert kannel.smsc.wait_for_texts(1) == [text]


def test_receipts_come_back_under_our_own_id(kannel: Kannel, listener: Listener) -> None:
    with kannel_gateway(kannel.sendsms_url, kannel.account(), kannel.receipts) as gateway:
        gateway.send(OutgoingText(2**62 + 5, f"+{PHONE}", PERSIAN))
    kannel.smsc.wait_for_texts(1)
    listener.wait_for("status", 1)
    kannel.smsc.report(kannel.smsc.parts[0])
    told = listener.wait_for("status", 2)
    assert told == [{"id": str(2**62 + 5), "type": kind} for kind in ("8", "1")]


@pytest.mark.parametrize("stat", ["UNDELIV", "EXPIRED", "REJECTD", "UNKNOWN"])
def test_an_operators_bad_news_are_undelivered(
    kannel: Kannel, listener: Listener, stat: str
) -> None:
    with kannel_gateway(kannel.sendsms_url, kannel.account(), kannel.receipts) as gateway:
        gateway.send(OutgoingText(7, f"+{PHONE}", PERSIAN))
    listener.wait_for("status", 1)
    kannel.smsc.report(kannel.smsc.parts[0], stat)
    assert listener.wait_for("status", 2)[1] == {"id": "7", "type": "2"}


def test_what_the_smsc_refuses_comes_back_as_failed(kannel: Kannel, listener: Listener) -> None:
    kannel.smsc.refuse_with = BAD_DESTINATION
    with kannel_gateway(kannel.sendsms_url, kannel.account(), kannel.receipts) as gateway:
        assert isinstance(gateway.send(OutgoingText(8, f"+{PHONE}", PERSIAN)), Accepted)
    told = listener.wait_for("status", 1)
    kannel.smsc.refuse_with = 0
    assert told == [{"id": "8", "type": "16"}]


@pytest.mark.parametrize("stat", ["ENROUTE", "ACCEPTD"])
def test_news_on_the_way_are_not_asked_for(kannel: Kannel, listener: Listener, stat: str) -> None:
    with kannel_gateway(kannel.sendsms_url, kannel.account(), kannel.receipts) as gateway:
        gateway.send(OutgoingText(9, f"+{PHONE}", PERSIAN))
    listener.wait_for("status", 1)
    kannel.smsc.report(kannel.smsc.parts[0], stat)
    kannel.smsc.report(kannel.smsc.parts[0], "DELIVRD")
    assert [one["type"] for one in listener.wait_for("status", 2)] == ["8", "1"]


@pytest.mark.parametrize(
    "text", ["سوابق ۷۸۸۳۷۴۵۸۰۴۴۲۴ ۱۴۰۵", "", "دو  فاصله\nو سطر", "تا🙂پایان", "سلام " * 60]
)
def test_a_text_from_a_phone_comes_to_the_letter_and_whole(
    kannel: Kannel, listener: Listener, text: str
) -> None:
    kannel.smsc.text_from(PHONE, LINE, text)
    (told,) = listener.wait_for("received", 1)
    assert (told["text"], told["from"], told["to"]) == (text, f"+{PHONE}", LINE)
    assert told["coding"] == "0"
    assert abs(int(told["time"]) - time.time()) < 30


def test_a_text_that_gets_no_200_is_brought_again_under_the_same_id(
    kannel: Kannel, listener: Listener
) -> None:
    listener.status = 503
    kannel.smsc.text_from(PHONE, LINE, "سلام")
    listener.wait_for("received", 2)
    listener.status = 200
    told = listener.wait_for("received", 3)
    assert len({one["id"] for one in told}) == 1
    assert kannel.smsc.parts == []


@pytest.mark.parametrize("body", [b"", b"ok", b"<html><b>Internal Server Error</b></html>"])
def test_nothing_that_the_webhook_says_is_texted_to_anyone(
    kannel: Kannel, listener: Listener, body: bytes
) -> None:
    listener.body = body
    kannel.smsc.text_from(PHONE, LINE, "سلام")
    listener.wait_for("received", 1)
    with kannel_gateway(kannel.sendsms_url, kannel.account()) as gateway:
        gateway.send(OutgoingText(10, f"+{PHONE}", "پایان"))
    listener.body = b""
    assert kannel.smsc.wait_for_texts(1) == ["پایان"]


def test_a_wrong_password_stops_the_lane(kannel: Kannel) -> None:
    with kannel_gateway(kannel.sendsms_url, kannel.account("wrong")) as gateway:
        assert gateway.send(one_text()) == NotSent(Blame.STOP, "kannel_unauthorized")


def test_a_wrong_page_stops_the_lane(kannel: Kannel) -> None:
    with kannel_gateway(kannel.sendsms_url + "x", kannel.account()) as gateway:
        assert gateway.send(one_text()) == NotSent(Blame.STOP, "kannel_http_404")


def test_no_log_of_kannels_holds_a_secret_a_phone_or_a_text() -> None:
    with kannel_running() as (kannel, listener):
        with kannel_gateway(kannel.sendsms_url, receipts=kannel.receipts) as gateway:
            gateway.send(OutgoingText(11, f"+{PHONE}", "Bedehi nadarad"))
        listener.status = 503
        kannel.smsc.text_from(PHONE, LINE, "7883745804424")
        listener.wait_for("received", 2)
        kannel.end_box("smsbox")
        kannel.end_box("bearerbox")
        logged = kannel.logged()
    assert "shutting down" in logged
    told = (PHONE[2:], "Bedehi", "7883745804424", "webhooks", CANARY_KANNEL_PASSWORD)
    assert [one for one in told if one in logged] == []


def test_an_operator_that_is_away_delays_a_text_and_loses_none() -> None:
    with kannel_running() as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        kannel.smsc.close_for_now()
        wait_until(lambda: not kannel.smsc.is_bound, "the SMSC is still bound")
        assert isinstance(gateway.send(OutgoingText(1, f"+{PHONE}", PERSIAN)), Accepted)
        kannel.smsc.open_again()
        assert kannel.smsc.wait_for_texts(1) == [PERSIAN]


def test_a_receipt_finds_its_text_after_bearerbox_was_killed() -> None:
    with kannel_running() as (kannel, listener):
        with kannel_gateway(kannel.sendsms_url, receipts=kannel.receipts) as gateway:
            gateway.send(OutgoingText(12, f"+{PHONE}", PERSIAN))
        listener.wait_for("status", 1)
        (part,) = kannel.smsc.parts
        kannel.smsc.hang_up()
        kannel.end_box("bearerbox", signal.SIGKILL)
        kannel.end_box("smsbox", signal.SIGKILL)
        kannel.start_box("bearerbox")
        kannel.start_box("smsbox")
        kannel.smsc.wait_until_bound()
        kannel.smsc.report(part)
        wait_until(lambda: {"id": "12", "type": "1"} in listener.of("status"), "no receipt")
        assert kannel.smsc.texts() == [PERSIAN]


def test_a_frozen_bearerbox_is_unknown_since_the_text_may_go_out_yet() -> None:
    with kannel_running() as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        kannel.signal_box("bearerbox", signal.SIGSTOP)
        outcome = gateway.send(OutgoingText(13, f"+{PHONE}", PERSIAN))
        kannel.signal_box("bearerbox", signal.SIGCONT)
        assert outcome == Unknown("kannel_read_timeout")
        assert kannel.smsc.wait_for_texts(1) == [PERSIAN]


def test_a_bearerbox_that_is_gone_is_surely_not_sent() -> None:
    with kannel_running() as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        kannel.end_box("bearerbox")
        kannel.wait_until_closed()
        assert gateway.send(one_text()) == NotSent(Blame.LATER, "kannel_unreachable")


def test_a_full_queue_lets_the_lane_rest() -> None:
    changes = {
        "sms-resend-freq = 10": "sms-resend-freq = 10\nsms-outgoing-queue-limit = 2",
        "throughput = 50": "throughput = 0.1",
    }
    with kannel_running(changes) as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        outcomes = [gateway.send(one_text()) for _ in range(12)]
    assert NotSent(Blame.PAUSE, "kannel_busy") in outcomes
    assert isinstance(outcomes[0], Accepted)


def test_a_number_without_a_route_stops_the_lane_rather_than_lose_the_answer() -> None:
    changes = {"unified-prefix": 'allowed-prefix = "+98912"\nunified-prefix'}
    with kannel_running(changes) as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        outside = gateway.send(OutgoingText(1, "+989351234567", PERSIAN))
        inside = gateway.send(OutgoingText(2, f"+{PHONE}", PERSIAN))
    assert outside == NotSent(Blame.STOP, "kannel_not_routable")
    assert isinstance(inside, Accepted)


def test_a_smsbox_that_answers_too_early_is_not_believed() -> None:
    changes = {"mo-recode = true": "mo-recode = true\nimmediate-sendsms-reply = true"}
    with kannel_running(changes) as (kannel, _), kannel_gateway(kannel.sendsms_url) as gateway:
        assert gateway.send(one_text()) == Unknown("kannel_unconfirmed")


def test_the_adapter_and_the_configuration_agree_on_the_longest_text() -> None:
    assert f"max-messages = {MAX_PARTS}\n" in CONFIG.read_text(encoding="utf-8")
