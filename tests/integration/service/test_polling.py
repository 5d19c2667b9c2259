"""Texts that the webhook missed, out of the simulated gateway's inbox into a real ledger."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import InboundState
from sms_service.gateways.kavenegar_client import KavenegarClient
from sms_service.gateways.kavenegar_inbox import KavenegarInbox
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.polled import PolledLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound, inbound_keys, recent_texts
from sms_service.ledger.upkeep_tables import chores
from sms_service.service import polling
from sms_service.service.messages import Arrival, Polled
from sms_service.service.polling import POLL, RECHECK, Polling, PollRules
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.canary import CANARY_API_KEY
from tests.support.fakes import FakeDoorbell
from tests.support.kavenegar import LINE, QUICK
from tests.support.ledger import VAULT, event_names

RULES = PollRules(60, timedelta(hours=24), frozenset({LINE}))
PHONE = "09121234567"
HOUR = 3600
Pollers = Callable[[], Polling]


class Dying(PolledLedger):
    """A ledger whose process dies after the gateway has answered, before anything is stored."""

    def store(self, texts: Sequence[Polled]) -> int:
        raise KeyboardInterrupt


@pytest.fixture
def poller(engine: Engine, simulator: SimulatedKavenegar) -> Iterator[Pollers]:
    """Makes pollers of one line, each as a process of its own would have it."""
    client = KavenegarClient(CANARY_API_KEY, simulator.base_url, QUICK, pool_size=4)
    texts = PolledLedger(engine, VAULT)

    def make() -> Polling:
        inbox = KavenegarInbox(client, LINE)
        return Polling(ChoreLedger(engine, 30), inbox, texts, FakeDoorbell(), RULES)

    yield make
    client.close()


def make_due(engine: Engine, *names: str) -> None:
    """The time of these chores has come, and leases of the dead are over."""
    with writing(engine) as connection:
        wanted = update(chores).where(chores.c.name.in_(names or (POLL,)))
        connection.execute(wanted.values(due_at=db_now(-1)))


def kept(engine: Engine) -> dict[str, tuple[str, str | None]]:
    """State and reason of every text, by message id."""
    query = select(inbound_keys.c.remote_id, inbound.c.state, inbound.c.reason).join(
        inbound, inbound.c.id == inbound_keys.c.inbound_id
    )
    with reading(engine) as connection:
        return {row.remote_id: (row.state, row.reason) for row in connection.execute(query)}


def by_webhook(engine: Engine, messageid: int, text: str) -> str:
    """A text as the webhook takes it; its tracking code."""
    arrival = Arrival("kavenegar", str(messageid), PHONE, LINE, text, b"raw", "+98" + PHONE[1:])
    return Recorder(engine, VAULT).record([arrival])[0].code


def test_a_text_that_the_webhook_missed_waits_for_an_answer_once(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    sent = simulator.text(PHONE, LINE, "بدهی")
    mine = poller()
    assert mine.is_due()
    assert mine.run() == 1
    assert not mine.is_due()
    make_due(engine)
    assert mine.run() == 0
    assert kept(engine) == {str(sent.messageid): (InboundState.RECEIVED, None)}
    assert isinstance(mine.doorbell, FakeDoorbell)
    assert mine.doorbell.rung == ["lookup"]


def test_what_the_webhook_took_too_is_kept_once_and_leaves_no_event(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    sent = simulator.text(PHONE, LINE, "بدهی")
    code = by_webhook(engine, sent.messageid, "بدهی")
    assert poller().run() == 0
    assert event_names(engine, code) == ["received"]


def test_the_gateways_own_time_is_kept_whoever_brought_the_text(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    by_poll = simulator.text(PHONE, LINE, "بدهی", age=90)
    both = simulator.text(PHONE, LINE, "سوابق", age=60)
    by_webhook(engine, both.messageid, "سوابق")
    by_webhook(engine, 1, "راهنما")
    poller().run()
    query = select(inbound_keys.c.remote_id, inbound.c.sent_at, inbound.c.received_at).join(
        inbound, inbound.c.id == inbound_keys.c.inbound_id
    )
    with reading(engine) as connection:
        times = {row.remote_id: row for row in connection.execute(query)}
    waited = [
        (times[str(one.messageid)].received_at - times[str(one.messageid)].sent_at).total_seconds()
        for one in (by_poll, both)
    ]
    assert waited == pytest.approx([90, 60], abs=5)
    assert times["1"].sent_at is None


def test_webhook_and_poll_at_the_same_moment_keep_it_once(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    ids = [simulator.text(PHONE, LINE, f"متن {n}").messageid for n in range(20)]
    start = threading.Barrier(2)

    def call() -> None:
        start.wait()
        for n, messageid in enumerate(ids):
            by_webhook(engine, messageid, f"متن {n}")

    webhook = threading.Thread(target=call)
    webhook.start()
    start.wait()
    poller().run()
    webhook.join()
    assert kept(engine) == {str(one): (InboundState.RECEIVED, None) for one in ids}


def test_250_unread_texts_come_in_three_calls_of_one_turn(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    for n in range(250):
        simulator.text(PHONE, LINE, f"متن {n}")
    assert poller().run() == 250
    assert len(kept(engine)) == 250
    assert simulator.counters()["calls sms/receive"] == 3


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    for n in range(150):
        simulator.text(PHONE, LINE, f"متن {n}")
    clock = iter([0.0, 11.0])
    mine = replace(poller(), clock=lambda: next(clock))
    assert mine.run() == 100
    assert isinstance(mine.doorbell, FakeDoorbell)
    assert "poll" in mine.doorbell.rung
    assert poller().run() == 50
    assert simulator.counters()["calls sms/inboxpaged"] == 1


def test_a_process_that_died_between_answer_and_store_loses_nothing(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    ids = [simulator.text(PHONE, LINE, f"متن {n}").messageid for n in range(3)]
    dying = replace(poller(), texts=Dying(engine, VAULT))
    with pytest.raises(KeyboardInterrupt):
        dying.run()
    assert kept(engine) == {}
    assert poller().chores.begin(POLL) is None
    make_due(engine)
    assert poller().run() == 3
    make_due(engine)
    assert poller().run() == 0
    assert set(kept(engine)) == {str(one) for one in ids}


def test_what_a_dead_process_took_is_found_however_long_it_had_waited(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    poller().run()
    with writing(engine) as connection:
        connection.execute(update(chores).values(finished_at=db_now(-9 * HOUR)))
    make_due(engine)
    simulator.text(PHONE, LINE, "بدهی", age=8 * HOUR)
    with pytest.raises(KeyboardInterrupt):
        replace(poller(), texts=Dying(engine, VAULT)).run()
    make_due(engine)
    assert poller().run() == 1


@pytest.mark.parametrize("kind", ["hang", "reset", "half_json", "error"])
def test_an_answer_that_was_lost_on_its_way_is_read_again(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers, kind: str
) -> None:
    simulator.text(PHONE, LINE, "بدهی")
    simulator.fault(kind, "sms/receive", after=True, count=1)
    ChoreLedger(engine, 30).begin(RECHECK)
    assert poller().run() == 0
    assert not poller().is_due()
    make_due(engine)
    assert poller().run() == 1


def test_more_than_one_page_is_read_again(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    for n in range(205):
        simulator.text(PHONE, LINE, f"متن {n}")
    with pytest.raises(KeyboardInterrupt):
        replace(poller(), texts=Dying(engine, VAULT)).run()
    assert poller().run() == 100
    make_due(engine)
    assert poller().run() == 105
    assert len(kept(engine)) == 205


def test_what_our_database_lost_is_found_within_the_hour(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    simulator.text(PHONE, LINE, "بدهی")
    poller().run()
    with writing(engine) as connection:
        for table in (inbound, inbound_keys, recent_texts):
            connection.execute(table.delete())
    make_due(engine)
    assert poller().run() == 0
    make_due(engine, RECHECK)
    assert poller().run() == 1


def test_two_pollers_at_once_call_once_and_keep_each_text_once(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    for n in range(30):
        simulator.text(PHONE, LINE, f"متن {n}")
    start = threading.Barrier(4)
    new: list[int] = []

    def work() -> None:
        mine = poller()
        start.wait()
        new.append(mine.run())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == 30
    assert len(kept(engine)) == 30
    assert simulator.counters()["calls sms/receive"] == 1


def test_a_text_too_old_for_an_answer_is_kept_and_ignored(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    old = simulator.text(PHONE, LINE, "بدهی", age=25 * HOUR)
    assert poller().run() == 0
    assert kept(engine) == {str(old.messageid): (InboundState.IGNORED, "too_old")}


@pytest.mark.parametrize(("age", "state"), [(30, InboundState.FOLDED), (90, InboundState.RECEIVED)])
def test_a_copy_under_another_id_is_folded_when_it_came_within_a_minute(
    engine: Engine,
    simulator: SimulatedKavenegar,
    poller: Pollers,
    age: int,
    state: InboundState,
) -> None:
    code = by_webhook(engine, 5, "بدهی  خانه")
    with writing(engine) as connection:
        connection.execute(update(inbound).values(received_at=db_now(-200)))
    copy = simulator.text("+98" + PHONE[1:], LINE, "بدهی خانه\n", age=200 - age)
    poller().run()
    assert kept(engine)[str(copy.messageid)][0] == state
    with reading(engine) as connection:
        first = connection.scalar(select(inbound.c.id).where(inbound.c.code == code))
        into = connection.scalars(select(inbound.c.folded_into)).all()
    assert (first in into) is (state is InboundState.FOLDED)


def test_what_is_no_text_is_kept_raw_and_stops_nothing(
    engine: Engine,
    simulator: SimulatedKavenegar,
    poller: Pollers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids = [simulator.text(PHONE, LINE, f"متن {n}").messageid for n in range(3)]
    simulator.fault("bad_entry", "sms/receive", count=1)
    assert poller().run() == 3
    texts = kept(engine)
    assert [state for state in texts.values() if state[1] == "unreadable"] == [
        (InboundState.IGNORED, "unreadable")
    ]
    assert {str(one) for one in ids} <= set(texts)
    assert "1 of 3 polled entries are no texts" in caplog.text
    assert PHONE[1:] not in caplog.text


def test_ids_may_come_as_strings(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    sent = simulator.text(PHONE, LINE, "بدهی")
    simulator.fault("string_ids", "sms/receive", count=1)
    assert poller().run() == 1
    assert set(kept(engine)) == {str(sent.messageid)}


@pytest.mark.parametrize("code", [407, 412, 429, 451])
def test_a_refusal_is_said_once_and_followed_by_a_rest(
    engine: Engine,
    simulator: SimulatedKavenegar,
    poller: Pollers,
    caplog: pytest.LogCaptureFixture,
    code: int,
) -> None:
    ChoreLedger(engine, 30).begin(RECHECK)
    simulator.fault("refuse", "sms/receive", code=code)
    for _ in range(3):
        poller().run()
        with reading(engine) as connection:
            waits = select(chores.c.due_at > db_now(50)).where(chores.c.name == POLL)
            assert connection.scalar(waits)
        make_due(engine)
    said = [one for one in caplog.records if one.name == polling.__name__]
    expected = logging.ERROR if code in (407, 412) else logging.WARNING
    assert [one.levelno for one in said] == [expected]
    assert f"kavenegar_{code}" in said[0].message


def test_a_text_from_our_own_line_is_no_question(
    engine: Engine, simulator: SimulatedKavenegar, poller: Pollers
) -> None:
    loop = simulator.text(LINE, LINE, "بدهی ندارد")
    assert poller().run() == 0
    assert kept(engine) == {str(loop.messageid): (InboundState.IGNORED, "own_line")}


def test_a_poller_that_lost_its_turn_cannot_end_it(engine: Engine) -> None:
    ledger = ChoreLedger(engine, 30)
    slow = ledger.begin(POLL)
    assert slow is not None
    make_due(engine)
    quick = ledger.begin(POLL)
    assert quick is not None
    assert quick.in_doubt
    assert not ledger.hold(slow)
    assert not ledger.finish(slow, 60)
    assert ledger.hold(quick)
    assert ledger.finish(quick, 60)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(chores)) == 1
