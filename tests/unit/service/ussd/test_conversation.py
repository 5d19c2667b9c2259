"""Dialogues step by step: what is repeated, offered again, forgotten."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sms_service.service.ports import Busy, SourceDown
from sms_service.service.ussd.alone import AtOnce
from sms_service.service.ussd.ports import Event, Kind, Place, Sessions, Standing
from sms_service.service.ussd.session import Stage
from tests.support.dialogues import Dialogues
from tests.support.histories import BILL_ID
from tests.support.ussd import SUBSCRIBER, Phone

OTHER_BILL = "6249849504428"
ASKS = "شناسه قبض برق را وارد کنید"
OFFERS = "تماس پیش قطع شد\n1 ادامه قبض ۵۶۷۸\n2 از نو"


@pytest.fixture
def site() -> Dialogues:
    return Dialogues()


def test_the_first_screen_asks_for_a_bill_and_offers_the_phones_own(site: Dialogues) -> None:
    site.saves(خانه=BILL_ID)
    site.registered = lambda _: [OTHER_BILL, BILL_ID]
    assert site.phone().dial().text == f"{ASKS}\n1 قبض ۵۶۷۸ خانه\n2 قبض ۸۴۹۵\n0 بیشتر"


def test_a_source_that_cannot_tell_a_phones_bills_leaves_the_question(site: Dialogues) -> None:
    def down(_: bytes) -> Sequence[str]:
        raise SourceDown("away")

    site.registered = down
    assert site.phone().dial().text == f"{ASKS}\n0 بیشتر"


def test_a_dialogue_that_broke_off_is_offered_at_the_next_dial(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID, "2")
    again = site.phone()
    assert again.dial().text == OFFERS
    assert again.press("1").text.startswith("قبض ۵۶۷۸\n1 بدهی")


def test_one_that_the_gateway_closed_is_offered_too(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID)
    phone.hang_up()
    assert site.phone().dial().text == OFFERS


def test_who_wants_to_begin_anew_is_not_asked_again(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID)
    again = site.phone()
    again.dial()
    assert again.press("2").text.startswith(ASKS)
    assert site.phone().dial().text.startswith(ASKS)


def test_a_bill_can_be_typed_where_the_last_one_is_offered(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID)
    again = site.phone()
    again.dial()
    assert again.press(OTHER_BILL).text.startswith("قبض ۸۴۹۵")


@pytest.mark.parametrize("keys", [["4"], ["x", "x", "x"]], ids=["by SMS", "three mistakes"])
def test_a_dialogue_that_ended_is_not_offered(site: Dialogues, keys: list[str]) -> None:
    phone = site.phone()
    phone.dial()
    assert phone.press(BILL_ID, *keys).ends
    assert site.phone().dial().text.startswith(ASKS)


def test_one_without_a_bill_is_not_offered(site: Dialogues) -> None:
    site.phone().dial()
    assert site.phone().dial().text.startswith(ASKS)


def test_another_phone_is_offered_nothing(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID)
    assert site.phone("+989351112233").dial().text.startswith(ASKS)


def test_what_is_dialled_at_once_is_not_kept_from_the_phone_by_an_offer(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID)
    assert site.phone().dial(f"*1521*{OTHER_BILL}#").text.startswith("قبض ۸۴۹۵")


def test_a_repeated_step_gets_its_screen_and_asks_nothing(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    shown = phone.press(BILL_ID, "1")
    assert phone.tells(Kind.INPUT, ["1"]) == shown
    assert len(site.consultant.arrivals) == 1
    assert phone.press("0").text.startswith("قبض ۵۶۷۸")


def test_a_start_that_comes_late_again_does_not_begin_anew(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    shown = phone.press(BILL_ID)
    phone.step = 0
    assert phone.tells(Kind.NEW, []) == shown
    phone.step = 1
    assert phone.press("1").text.startswith("بدهی")


def test_a_start_with_a_later_number_begins_anew(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press("0")
    phone.step = 5
    assert phone.tells(Kind.NEW, []).text.startswith(ASKS)


def test_the_id_of_a_dialogue_that_ended_can_begin_another(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    assert phone.press("x", "x", "x").ends
    phone.step = 0
    assert phone.tells(Kind.NEW, []).text.startswith(ASKS)


def test_an_input_whose_dialogue_is_gone_gets_the_first_screen(site: Dialogues) -> None:
    site.saves(خانه=BILL_ID)
    phone = site.phone(session="gone")
    assert phone.press("1").text.startswith(ASKS)
    assert phone.press("1").text.startswith("قبض ۵۶۷۸")


def test_equal_questions_of_one_dialogue_are_asked_apart(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID, "1", "0", "1")
    first, second = site.consultant.arrivals
    assert first.text == second.text
    assert first.remote_id != second.remote_id


def test_a_questions_id_names_phone_dialogue_step_and_words(site: Dialogues) -> None:
    ids = set()
    for number, code in ((SUBSCRIBER, "1405"), (SUBSCRIBER, "1404"), ("+989351112233", "1405")):
        phone = site.phone(number, "same")
        site.memory.dialogues.clear()
        phone.tells(Kind.NEW, [BILL_ID, code])
        ids.add(site.consultant.arrivals[-1].remote_id)
    assert len(ids) == 3
    assert max(map(len, ids)) <= 64


def test_a_history_counts_as_read_once_its_last_page_was_shown(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    shown = phone.press(BILL_ID, "2", "1")
    assert site.consultant.fulfilled == []
    while "9" in shown.text.rpartition("\n")[2]:
        shown = phone.press("9")
    phone.press("0", "9")
    assert site.consultant.fulfilled == [2]


def test_what_is_too_slow_ends_with_a_code(site: Dialogues) -> None:
    site.consultant.is_slow = True
    phone = site.phone()
    phone.dial()
    shown = phone.press(BILL_ID, "1")
    assert shown.ends
    assert shown.text == "نتیجه پیامک میشود\nکد ۱۲۳۴۵۶۷۸"


def test_a_ledger_that_is_away_ends_with_the_line_to_text_to(site: Dialogues) -> None:
    site.consultant.is_busy = True
    phone = site.phone()
    phone.dial()
    assert_away(phone.press(BILL_ID, "1").text)


@pytest.mark.parametrize("error", [Busy("away"), ZeroDivisionError("a fault of ours")])
def test_sessions_that_are_away_end_with_the_line_to_text_to(
    site: Dialogues, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Sequence[object]) -> Sequence[object]:
        raise error

    loads: AtOnce[Place, Standing] = AtOnce(fail)  # type: ignore[arg-type]  # it returns nothing
    sessions = Sessions(loads, site.memory.sessions().keeps)
    away = replace(site.conversation, sessions=sessions)
    assert_away(Phone(away).dial().text)
    assert SUBSCRIBER not in caplog.text


def test_whatever_hangs_a_screen_is_there_in_time(site: Dialogues) -> None:
    class Hanging(AtOnce[Place, Standing]):
        async def committed(self, item: Place) -> Standing:
            await asyncio.sleep(60)
            return Standing(item)

    sessions = Sessions(Hanging(site.memory.load), site.memory.sessions().keeps)
    hanging = replace(site.conversation, sessions=sessions, seconds=0.1)
    began = time.monotonic()
    assert_away(Phone(hanging).dial().text)
    assert time.monotonic() - began < 1


def test_who_dials_from_no_mobile_of_ours_is_told_where_to_ask(site: Dialogues) -> None:
    event = Event("json", "1", None, Kind.NEW, 0)
    screen = asyncio.run(site.conversation.screen(event))
    assert screen.ends
    assert_away(screen.text)


def test_all_inputs_told_again_lead_on_from_where_the_dialogue_stood(site: Dialogues) -> None:
    def shown(*inputs: str) -> str:
        event = Event(
            "africastalking", "1", SUBSCRIBER, Kind.INPUT, len(inputs), inputs, is_whole=True
        )
        return asyncio.run(site.conversation.screen(event)).text

    shown()
    shown(BILL_ID)
    page = shown(BILL_ID, "2", "1")
    assert page.startswith("دوماهه")
    site.memory.dialogues.clear()
    asked = [one.remote_id for one in site.consultant.arrivals]
    assert shown(BILL_ID, "2", "1") == page
    assert [one.remote_id for one in site.consultant.arrivals[2:]] == asked


def test_a_stage_is_told_by_what_stands_in_the_memory(site: Dialogues) -> None:
    phone = site.phone()
    phone.dial()
    phone.press(BILL_ID, "2")
    (standing,) = site.memory.dialogues.values()
    assert standing.kept is not None
    assert standing.kept.session.stage is Stage.YEARS
    assert standing.unfinished is not None
    assert standing.unfinished.bill_id == BILL_ID


def assert_away(text: str) -> None:
    assert text == "اکنون ممکن نیست\nشناسه قبض را به ۳۰۰۰۱۵۲۱ پیامک کنید\nتلفن ۱۵۲۱"
