"""The billing interface as a source: kept answers, one asker a bill, older answers."""

import multiprocessing
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Engine, func, select, update

from sms_service.billing.fetched import Ages, FetchedHistories
from sms_service.billing.saapa import SaapaSource
from sms_service.billing.tables import fetched_histories
from sms_service.database import db_now, make_engine, reading, writing
from sms_service.domain.calendar import tehran_day
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown
from sms_service.simulator.saapa.harness import SimulatedSaapa
from sms_service.simulator.saapa.traps import HARMLESS, MIXED, Trap
from tests.support.billing import plainly_read
from tests.support.saapa import UNKNOWN, source_of
from tests.support.small_billing import BILL_IDS

BILL, OTHER = BILL_IDS[:2]
SUBJECTS = ("sales", "payments", "branch")
ASKERS = 6


@pytest.fixture(scope="module")
def expected() -> Mapping[str, History]:
    """Every history of the demo, as if read live."""
    return {bill_id: replace(one, as_of=None) for bill_id, one in plainly_read().items()}


@pytest.fixture
def source(engine: Engine, interface: SimulatedSaapa) -> Iterator[SaapaSource]:
    with source_of(engine, interface.base_url) as source:
        yield source


def down(source: SaapaSource, *bill_ids: str) -> SourceDown:
    with pytest.raises(SourceDown) as raised:
        source.histories(bill_ids)
    assert not any(bill_id in str(raised.value) for bill_id in bill_ids)
    return raised.value


def grow_older(engine: Engine, seconds: float) -> None:
    """What was fetched was fetched so long ago."""
    with writing(engine) as connection:
        connection.execute(update(fetched_histories).values(fetched_at=db_now(-seconds)))


def rows(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(fetched_histories)).scalar_one()


@pytest.mark.parametrize(
    "traps", [(), MIXED, (Trap.NAMELESS_PAYMENTS,)], ids=["none", "all", "one"]
)
def test_every_history_equals_a_plain_reading_of_the_export(
    sqlite_engine: Engine,
    interface: SimulatedSaapa,
    expected: Mapping[str, History],
    traps: Sequence[Trap],
) -> None:
    assert set(HARMLESS) == MIXED | {Trap.NAMELESS_PAYMENTS}
    interface.trap(*traps)
    ids = sorted(expected)
    with source_of(sqlite_engine, interface.base_url, lookup_seconds=60) as source:
        for start in range(0, len(ids), 200):
            asked = ids[start : start + 200]
            told = source.histories([*asked, UNKNOWN])
            assert told == {bill_id: expected[bill_id] for bill_id in asked}
            assert source.histories(asked) == told, "kept otherwise than told"


def test_what_is_fresh_is_told_without_asking_again(
    source: SaapaSource, engine: Engine, interface: SimulatedSaapa, expected: Mapping[str, History]
) -> None:
    for _ in range(3):
        assert source.histories([BILL, UNKNOWN]) == {BILL: expected[BILL]}
    for subject in SUBJECTS:
        assert sorted(interface.asked(subject)) == [BILL, UNKNOWN]
    grow_older(engine, 601)
    assert source.histories([BILL]) == {BILL: expected[BILL]}
    assert interface.asked("sales").count(BILL) == 2


def test_that_a_bill_is_unknown_is_believed_for_a_minute(
    source: SaapaSource, engine: Engine, interface: SimulatedSaapa
) -> None:
    assert source.histories([UNKNOWN]) == {}
    grow_older(engine, 50)
    assert source.histories([UNKNOWN]) == {}
    assert interface.asked("sales") == [UNKNOWN]
    grow_older(engine, 61)
    assert source.histories([UNKNOWN]) == {}
    assert interface.asked("sales") == [UNKNOWN] * 2


def test_another_process_finds_what_was_kept(
    source: SaapaSource, database_url: str, interface: SimulatedSaapa
) -> None:
    told = source.histories([BILL])
    interface.stop()
    engine = make_engine(database_url)
    with source_of(engine, interface.base_url) as another:
        assert another.histories([BILL]) == told
    engine.dispose()


@pytest.mark.fault("F32")
@pytest.mark.parametrize("trap", [Trap.ERROR_LISTED, Trap.BAD_VALUE, Trap.ALL_STRANGERS])
def test_while_the_interface_is_away_an_older_answer_is_told_with_its_day(
    source: SaapaSource,
    engine: Engine,
    interface: SimulatedSaapa,
    expected: Mapping[str, History],
    trap: Trap,
) -> None:
    source.histories([BILL])
    grow_older(engine, 3 * 86_400)
    interface.trap(trap)
    told = down(source, BILL, OTHER)
    day = tehran_day(datetime.fromtimestamp(time.time() - 3 * 86_400, UTC))
    assert told.unanswered == {BILL, OTHER}
    assert told.had == {BILL: replace(expected[BILL], as_of=day)}
    grow_older(engine, 31 * 86_400)
    assert down(source, BILL).had == {}


@pytest.mark.fault("F32")
def test_a_known_bill_that_vanishes_is_rather_the_interfaces_fault(
    source: SaapaSource, engine: Engine, interface: SimulatedSaapa
) -> None:
    source.histories([BILL])
    grow_older(engine, 601)
    interface.trap(Trap.NULL_DATA)
    told = down(source, BILL)
    assert told.unanswered == {BILL} == set(told.had)
    assert source.histories([OTHER]) == {}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_without_one_of_its_three_parts_a_history_is_not_told(
    source: SaapaSource, interface: SimulatedSaapa, subject: str
) -> None:
    interface.simulator.trapped = frozenset([subject])
    interface.trap(Trap.ERROR_LISTED)
    assert down(source, BILL).unanswered == {BILL}
    interface.trap()
    assert set(source.histories([BILL])) == {BILL}


def test_what_could_be_had_in_time_is_told_and_the_rest_is_unanswered(
    engine: Engine, interface: SimulatedSaapa, expected: Mapping[str, History]
) -> None:
    interface.simulator.delay = 0.1
    asked = sorted(expected)[:200]
    with source_of(engine, interface.base_url, lookup_seconds=2.0) as source:
        began = time.monotonic()
        told = down(source, *asked)
        assert time.monotonic() - began < 5
        assert 3 < len(told.had) < 120
        assert told.unanswered == set(asked) - told.had.keys()
        interface.simulator.delay = 0
        further = down_or_all(source, asked)
        assert len(further) > len(told.had)
    assert interface.simulator.busiest <= 8


def down_or_all(source: SaapaSource, asked: Sequence[str]) -> Mapping[str, History]:
    try:
        return source.histories(asked)
    except SourceDown as told:
        return told.had


def forget_calls(interface: SimulatedSaapa) -> None:
    """Once none has come for a while: of several calls the first answer is not the last call."""
    calls, seen = interface.simulator.calls, -1
    while seen != len(calls):
        seen = len(calls)
        time.sleep(0.25)
    calls.clear()


def test_with_the_breaker_open_the_answer_is_immediate_and_nobody_is_asked(
    source: SaapaSource, interface: SimulatedSaapa
) -> None:
    interface.trap(Trap.TOKEN_EXPIRED)
    down(source, BILL)
    forget_calls(interface)
    began = time.monotonic()
    told = down(source, *BILL_IDS)
    assert time.monotonic() - began < 1
    assert told.unanswered == set(BILL_IDS)
    assert interface.simulator.calls == []


def test_after_a_silence_one_trial_opens_the_way_for_a_whole_batch(
    engine: Engine, interface: SimulatedSaapa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_service.billing.saapa_client._OPEN_SECONDS", 0.2)
    with source_of(engine, interface.base_url) as source:
        interface.trap(Trap.ERROR_LISTED)
        down(source, *BILL_IDS)
        assert source.live.client.is_open
        time.sleep(0.25)
        interface.simulator.calls.clear()
        down(source, *BILL_IDS)
        assert len(interface.simulator.calls) == 1
        interface.trap()
        time.sleep(0.25)
        assert set(source.histories(BILL_IDS)) == set(BILL_IDS)


@contextmanager
def dripping() -> Iterator[str]:
    """A server whose answer's head never ends: the address."""

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ended.wait(0.1):
                    self.request.sendall(b"X-Header: more\r\n")

    ended = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
            server.shutdown()


@pytest.mark.fault("F32")
def test_an_answer_that_never_ends_holds_up_one_look_up_and_no_further_one(
    sqlite_engine: Engine,
) -> None:
    with (
        dripping() as address,
        source_of(sqlite_engine, address, lookup_seconds=1, call_seconds=0.3) as source,
    ):
        took = []
        for _ in range(3):
            began = time.monotonic()
            down(source, BILL, OTHER)
            took.append(time.monotonic() - began)
    assert took[0] < 2
    assert max(took[1:]) < 0.8


def test_threads_that_want_the_same_bills_at_once_ask_once(
    source: SaapaSource, interface: SimulatedSaapa, expected: Mapping[str, History]
) -> None:
    interface.simulator.delay = 0.1
    wanted = [sorted(BILL_IDS[place : place + 8]) for place in range(ASKERS)]
    with ThreadPoolExecutor(ASKERS) as threads:
        for asked, told in zip(wanted, threads.map(source.histories, wanted), strict=True):
            assert told == {bill_id: expected[bill_id] for bill_id in asked}
    assert set(Counter(interface.asked("sales")).values()) == {1}


def _asks(database_url: str, base_url: str, bill_ids: Sequence[str]) -> int:
    engine = make_engine(database_url)
    with source_of(engine, base_url) as source:
        count = len(source.histories(bill_ids))
    engine.dispose()
    return count


def test_processes_that_want_the_same_bills_at_once_ask_once(
    engine: Engine, database_url: str, interface: SimulatedSaapa
) -> None:
    interface.simulator.delay = 0.2
    asks = partial(_asks, database_url, interface.base_url)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(asks, [BILL_IDS] * 3, chunksize=1) == [len(BILL_IDS)] * 3
    for subject in SUBJECTS:
        assert Counter(interface.asked(subject)) == Counter(BILL_IDS)


def test_whoever_waits_for_another_does_not_outwait_his_own_deadline(
    engine: Engine, interface: SimulatedSaapa
) -> None:
    FetchedHistories(engine, Ages()).claim([BILL], 7, 60)
    with source_of(engine, interface.base_url, lookup_seconds=0.5) as source:
        began = time.monotonic()
        assert set(down(source, BILL, OTHER).had) == {OTHER}
        assert time.monotonic() - began < 1.5
    assert interface.asked("sales") == [OTHER]


def test_the_claim_of_a_dead_worker_ends_by_itself(
    source: SaapaSource, engine: Engine, interface: SimulatedSaapa
) -> None:
    FetchedHistories(engine, Ages()).claim([BILL], 7, 0.2)
    time.sleep(0.3)
    assert set(source.histories([BILL])) == {BILL}


def test_a_worker_that_lost_its_claim_changes_nothing(
    engine: Engine, expected: Mapping[str, History]
) -> None:
    kept = FetchedHistories(engine, Ages())
    assert kept.claim([BILL], 7, 0) == [BILL]
    assert kept.claim([BILL], 8, 60) == [BILL]
    assert kept.claim([BILL], 9, 60) == []
    kept.settle(7, {BILL: History(BILL)}, (), ())
    assert kept.read([BILL])[BILL].history is None
    kept.settle(8, {BILL: expected[BILL]}, (), ())
    assert kept.read([BILL])[BILL].history == expected[BILL]
    assert kept.claim([BILL], 9, 60) == [], "fresh by now"


def test_a_failed_call_lets_the_next_one_ask_at_once(
    source: SaapaSource, interface: SimulatedSaapa
) -> None:
    interface.trap(Trap.ERROR_LISTED)
    down(source, BILL)
    interface.trap()
    assert set(source.histories([BILL])) == {BILL}


def test_a_phones_bills_are_known_from_what_was_fetched(
    source: SaapaSource, expected: Mapping[str, History]
) -> None:
    branch = expected[BILL].branch
    assert branch is not None
    assert branch.phone_hash is not None
    assert source.bills_of_phone(branch.phone_hash) == []
    source.histories([BILL])
    assert source.bills_of_phone(branch.phone_hash) == [BILL]


def test_what_is_too_old_to_be_told_is_swept(source: SaapaSource, engine: Engine) -> None:
    kept = FetchedHistories(engine, Ages())
    source.histories([BILL, UNKNOWN])
    assert kept.sweep() is False
    assert rows(engine) == 2
    grow_older(engine, 61)
    kept.sweep()
    assert rows(engine) == 1, "an unknown bill is kept for a minute"
    grow_older(engine, 31 * 86_400)
    kept.sweep()
    assert rows(engine) == 0


def test_a_claim_under_way_is_not_swept(engine: Engine) -> None:
    kept = FetchedHistories(engine, Ages())
    kept.claim([BILL], 7, 60)
    kept.sweep()
    assert rows(engine) == 1


def test_a_database_that_is_away_is_a_source_that_is_down(interface: SimulatedSaapa) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:9/none")
    with source_of(engine, interface.base_url) as source:
        assert down(source, BILL).unanswered == {BILL}
        with pytest.raises(SourceDown):
            source.bills_of_phone(b"x" * 32)
    assert interface.simulator.calls == []


def test_nothing_asked_is_nothing_told(source: SaapaSource) -> None:
    assert source.histories([]) == {}
