"""Dialogues over a real ledger: what is shown, what goes by SMS, and never both."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from sms_service.database import db_now, writing
from sms_service.domain.records import History
from sms_service.ledger.committer import Committer
from sms_service.ledger.tables import opt_outs
from sms_service.service.messages import Arrival
from sms_service.service.ussd.ports import Kind
from tests.support.desk import FakeSource
from tests.support.histories import BILL_ID, YESTERDAY, history, paid, two_monthly
from tests.support.ussd import SUBSCRIBER, Exchange

BILLS = two_monthly(1402, 1405)
HISTORY = history(BILLS, [paid(bill) for bill in BILLS[:-1]], 2_500_000, as_of=YESTERDAY)
OTHER_PHONE = "+989351234567"
UNKNOWN_BILL = "6249849504428"


class SlowSource(FakeSource):
    """Answers once it is let."""

    def __init__(self, *histories: History) -> None:
        super().__init__(*histories)
        self.is_let = threading.Event()

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        self.is_let.wait(10)
        return super().histories(bill_ids)


@pytest.fixture
def exchange(engine: Engine) -> Exchange:
    return Exchange(engine, FakeSource(HISTORY))


@contextmanager
def slow(exchange: Exchange) -> Iterator[None]:
    """While this lasts, the billing source doesn't answer."""
    source = SlowSource(HISTORY)
    exchange.change_source(source)
    yield
    source.is_let.set()
    exchange.change_source(FakeSource(HISTORY))


def test_a_debt_is_shown_and_no_sms_goes(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    assert "۲۵۰,۰۰۰ تومان" in phone.press(BILL_ID, "1").text
    assert exchange.requests() == [("ussd", "answered", None)]
    assert exchange.happened() == ["received", "shown"]
    exchange.let_leases_end()
    assert exchange.worker_turns() == 0
    assert exchange.texts() == []


def test_a_history_is_read_to_its_end_and_is_complete_then(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    assert "1 ۱۴۰۵ 2 ۱۴۰۴" in phone.press(BILL_ID, "2").text
    shown = phone.press("2").text
    assert exchange.happened() == ["received", "shown", "received", "shown"]
    while "9 بعدی" in shown:
        shown = phone.press("9").text
    assert "اردیبهشت" in shown
    assert exchange.happened()[-1] == "complete"
    assert phone.press("0").text != shown


def test_the_last_year_is_dialled_at_once(exchange: Exchange) -> None:
    shown = exchange.phone().dial(f"*1521*{BILL_ID}*1405#")
    assert shown.text.startswith("دوماهه تا")
    assert not shown.ends


def test_all_by_sms_ends_the_dialogue_and_one_sms_brings_it(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    shown = phone.press(BILL_ID, "4")
    assert shown.ends
    assert shown.text.startswith("پاسخ به همین تلفن پیامک میشود")
    assert phone.tells(Kind.INPUT, ["4"]) == shown
    assert exchange.doorbell.rung == ["lookup"]
    exchange.worker_turns()
    assert exchange.texts() == ["rows_with_states"]


def test_a_slow_source_ends_in_a_promise_that_one_sms_keeps(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY), USSD_DEADLINE_SECONDS="0.3")
    with slow(exchange):
        phone = exchange.phone()
        phone.dial()
        asked = time.monotonic()
        shown = phone.press(BILL_ID, "1")
        assert time.monotonic() - asked < 2
        assert shown.ends
        assert shown.text.startswith("نتیجه پیامک میشود\nکد ")
        assert phone.tells(Kind.INPUT, ["1"]) == shown
        assert exchange.happened() == ["received", "put_back"]
        assert exchange.doorbell.rung == ["lookup"]
    assert exchange.worker_turns() == 1
    assert exchange.worker_turns() == 0
    assert len(exchange.texts()) == 1
    assert exchange.requests() == [("ussd", "answered", None)]


def test_no_promise_follows_by_sms_what_a_screen_has_promised(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(down=True), PROMISE_AFTER_SECONDS="0")
    phone = exchange.phone()
    phone.dial()
    assert phone.press(BILL_ID, "1").text.startswith("نتیجه پیامک میشود")
    exchange.worker_turns()
    assert exchange.texts() == []
    exchange.change_source(FakeSource(HISTORY))
    exchange.let_leases_end()
    exchange.worker_turns()
    assert len(exchange.texts()) == 1


def test_a_process_that_dies_with_a_question_leaves_it_to_the_workers(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY))
    asked = replace(text(f"بدهی {BILL_ID}"), channel="ussd", held_for=10)
    exchange.parts.recorder.commit(asked)
    assert exchange.worker_turns() == 0
    exchange.let_leases_end()
    assert exchange.worker_turns() == 1
    assert len(exchange.texts()) == 1


def test_who_lost_the_lease_shows_nothing(engine: Engine) -> None:
    source = SlowSource(HISTORY)
    exchange = Exchange(engine, source)
    phone = exchange.phone()
    phone.dial()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(phone.press, BILL_ID, "1")
        while not exchange.requests():
            time.sleep(0.01)
        exchange.let_leases_end()
        exchange.change_source(FakeSource(HISTORY))
        exchange.worker_turns()
        source.is_let.set()
        shown = asked.result()
    assert shown.text.startswith("نتیجه پیامک میشود")
    assert len(exchange.texts()) == 1


def test_a_repeated_step_gets_its_screen_though_the_sessions_are_gone(exchange: Exchange) -> None:
    phone = exchange.phone()
    first = phone.dial(f"*1521*{BILL_ID}*1405#")
    exchange.memory.dialogues.clear()
    again = phone.tells(Kind.NEW, [BILL_ID, "1405"])
    assert again == first
    assert exchange.requests() == [("ussd", "answered", None)]
    assert exchange.texts() == []


def test_a_repeated_step_of_what_went_by_sms_shows_no_answer(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(down=True))
    phone = exchange.phone()
    first = phone.dial(f"*1521*{BILL_ID}*1405#")
    exchange.change_source(FakeSource(HISTORY))
    exchange.memory.dialogues.clear()
    phone = exchange.phone(session=phone.session)
    assert phone.tells(Kind.NEW, [BILL_ID, "1405"]) == first
    exchange.worker_turns()
    assert phone.tells(Kind.NEW, [BILL_ID, "1405"]) == first
    assert len(exchange.texts()) == 1


def test_steps_that_come_twice_at_a_time_get_one_screen(exchange: Exchange) -> None:
    phone = exchange.phone(session="twice")
    with ThreadPoolExecutor(4) as threads:
        told = [threads.submit(phone.tells, Kind.NEW, [BILL_ID, "1405"]) for _ in range(4)]
        shown = {one.result() for one in told}
    assert len(shown) == 1
    assert exchange.requests() == [("ussd", "answered", None)]
    assert exchange.texts() == []


def patiently(work: Any, seconds: float = 5.0, threads: int = 1) -> Committer[Any, Any]:
    """As dialogues work together, with more time for what is no look-up."""
    return Committer(work, patience=seconds, threads=threads)


def test_answers_that_come_just_at_the_deadline_never_double(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The look-up is late here, not the ledger: a busy machine must not make it so.
    monkeypatch.setattr("sms_service.wiring.ussd._together", patiently)

    class Late(FakeSource):
        def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
            time.sleep(0.1)
            return super().histories(bill_ids)

    exchange = Exchange(engine, Late(HISTORY), USSD_DEADLINE_SECONDS="0.13")
    shown = [
        exchange.phone(f"+98912{number:07d}").dial(f"*1521*{BILL_ID}*1405#").text
        for number in range(20)
    ]
    exchange.change_source(FakeSource(HISTORY))
    exchange.let_leases_end()
    while exchange.worker_turns():
        pass
    promised = sum("پیامک میشود" in text for text in shown)
    answered = sum(text.startswith("دوماهه") for text in shown)
    assert promised + answered == len(shown)
    assert len(exchange.texts()) == promised
    assert exchange.happened().count("shown") == answered


def test_a_bill_of_somebody_else_is_not_told_where_only_registered_phones_are(
    engine: Engine,
) -> None:
    owner = Exchange(engine).parts.hash_phone(SUBSCRIBER)
    source = FakeSource(HISTORY, phones={owner: [BILL_ID]})
    exchange = Exchange(engine, source, ACCESS_POLICY="registered")
    stranger = exchange.phone(OTHER_PHONE)
    assert "قبض" not in stranger.dial().text.partition("\n")[2]
    assert stranger.press(BILL_ID, "1").text.startswith("این قبض به نام این تلفن نیست")
    phone = exchange.phone()
    assert "1 قبض ۵۶۷۸" in phone.dial().text
    assert "تومان" in phone.press("1", "1").text


def test_an_unknown_bill_leads_back_to_the_question_for_one(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    shown = phone.press(UNKNOWN_BILL, "1")
    assert shown.text.startswith("این قبض در پرونده ها نیست\nشناسه قبض برق را وارد کنید")
    assert exchange.requests() == [("ussd", "answered", "unknown_bill")]
    assert "تومان" in phone.press(BILL_ID, "1").text


def test_too_many_unknown_bills_lock_the_phone(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY), MISSES_PER_HOUR="2")
    phone = exchange.phone()
    phone.dial()
    phone.press(UNKNOWN_BILL, "1", UNKNOWN_BILL, "3")
    shown = phone.press(BILL_ID, "1")
    assert shown.ends
    assert shown.text.startswith("سقف پاسخ پر شده است")
    assert exchange.requests()[-1] == ("ussd", "answered", "limited")


def test_screens_and_texts_share_the_limit_of_a_day(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY), PHONE_DAILY_ANSWERS="2")
    phone = exchange.phone()
    phone.dial()
    assert "تومان" in phone.press(BILL_ID, "1").text
    assert "پرداخت" in phone.press("0", "3").text
    limited = phone.press("0", "2")
    assert limited.text.startswith("سقف پاسخ پر شده است")
    exchange.parts.recorder.commit(text(BILL_ID))
    exchange.worker_turns()
    assert exchange.requests()[-1] == ("sms", "answered", "limited")
    assert exchange.texts() == []


def test_a_limit_holds_for_a_step_whose_screen_was_lost(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY), PHONE_DAILY_ANSWERS="1")
    exchange.phone().dial(f"*1521*{BILL_ID}*1405#")
    phone = exchange.phone()
    first = phone.dial(f"*1521*{BILL_ID}*1404#")
    assert first.text.startswith("سقف پاسخ پر شده است")
    exchange.memory.dialogues.clear()
    assert phone.tells(Kind.NEW, [BILL_ID, "1404"]) == first


def test_a_bill_that_was_told_too_often_is_told_no_more(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(HISTORY), BILL_DAILY_ANSWERS="1")
    assert "تومان" in exchange.phone().dial(f"*1521*{BILL_ID}*1405#").text
    other = exchange.phone(OTHER_PHONE).dial(f"*1521*{BILL_ID}*1405#")
    assert other.text.startswith("سقف پاسخ پر شده است")


def test_a_phone_that_wants_no_texts_dials_all_the_same(exchange: Exchange, engine: Engine) -> None:
    with writing(engine) as connection:
        hashed = exchange.parts.hash_phone(SUBSCRIBER)
        connection.execute(insert(opt_outs).values(phone_hash=hashed, since=db_now()))
    assert "تومان" in exchange.phone().dial(f"*1521*{BILL_ID}*1405#").text


def test_latin_letters_hold_until_they_are_changed_back(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    assert phone.press("0", "3").text.startswith("Shenase ghabz bargh")
    assert exchange.phone().dial().text.startswith("Shenase ghabz bargh")
    assert phone.press("0", "3").text.startswith("شناسه قبض")
    assert exchange.phone().dial().text.startswith("شناسه قبض")


def test_an_opinion_is_thanked_for_and_kept(exchange: Exchange) -> None:
    phone = exchange.phone()
    phone.dial()
    shown = phone.press("0", "2", "5")
    assert shown.ends
    assert shown.text == "سپاس از نظر شما"
    assert exchange.requests() == [("ussd", "answered", None)]


def test_two_phones_with_one_session_id_see_nothing_of_each_other(exchange: Exchange) -> None:
    one = exchange.phone()
    one.dial()
    shown = one.press(BILL_ID)
    other = exchange.phone(OTHER_PHONE, session=one.session)
    assert other.press(BILL_ID).text != shown.text
    other.press("1")
    assert exchange.requests() == []


def text(words: str) -> Arrival:
    """A text of the subscriber's phone."""
    return Arrival("kavenegar", "1", SUBSCRIBER, "30001521", words, b"", SUBSCRIBER)
