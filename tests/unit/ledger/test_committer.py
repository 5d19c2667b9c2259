"""Group commit: who waits for what, and what a failure costs the neighbours."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from sms_service.ledger.committer import Committer
from sms_service.service.ports import Busy


def together(committer: Committer[int, int], items: Sequence[int]) -> dict[int, object]:
    """Commit from one thread each, all at once; results or errors by item."""
    ends: dict[int, object] = {}

    def commit(item: int) -> None:
        try:
            ends[item] = committer.commit(item)
        except Exception as error:
            ends[item] = error

    threads = [threading.Thread(target=commit, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


class Store:
    """Writes numbers slowly; refuses a batch that holds a negative one."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.batches: list[list[int]] = []
        self._seconds = seconds

    def write(self, items: Sequence[int]) -> list[int]:
        time.sleep(self._seconds)
        if any(item < 0 for item in items):
            raise ValueError("bad row")
        self.batches.append(list(items))
        return [item * 10 for item in items]


def test_each_caller_gets_its_own_result() -> None:
    ends = together(Committer(Store().write, patience=5), range(20))
    assert ends == {item: item * 10 for item in range(20)}


def test_with_more_threads_what_hangs_holds_up_nobody_else() -> None:
    is_let = threading.Event()

    def look_up(items: Sequence[int]) -> list[int]:
        if 0 in items:
            is_let.wait(10)
        return list(items)

    committer = Committer(look_up, patience=10, threads=2)
    hanging = threading.Thread(target=committer.commit, args=(0,))
    hanging.start()
    time.sleep(0.02)
    began = time.monotonic()
    assert committer.commit(1) == 1
    assert time.monotonic() - began < 5
    is_let.set()
    hanging.join()


def test_with_more_threads_quick_batches_are_shared_all_the_same() -> None:
    store = Store(0.03)
    together(Committer(store.write, patience=5, threads=4), range(30))
    assert sum(map(len, store.batches)) == 30
    assert len(store.batches) < 10


def test_who_stops_waiting_takes_the_item_back() -> None:
    store = Store(0.1)
    committer = Committer(store.write, patience=5)

    async def hurry() -> None:
        first = asyncio.create_task(committer.committed(1))
        await asyncio.sleep(0.02)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await committer.committed(2)
        await first

    asyncio.run(hurry())
    assert committer.commit(3) == 30
    assert store.batches == [[1], [3]]


def test_a_loop_that_ended_meanwhile_does_no_harm_to_those_who_come_after() -> None:
    committer = Committer(Store(0.1).write, patience=5)

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await committer.committed(1)

    asyncio.run(leave())
    assert committer.commit(2) == 20


def test_what_comes_while_one_batch_is_written_becomes_the_next() -> None:
    store = Store(0.1)
    together(Committer(store.write, patience=5), range(30))
    assert sum(map(len, store.batches)) == 30
    assert len(store.batches) < 10


def test_a_batch_is_bounded() -> None:
    store = Store(0.05)
    together(Committer(store.write, patience=5, batch_size=4), range(20))
    assert max(map(len, store.batches)) <= 4


def test_one_bad_row_is_refused_alone() -> None:
    ends = together(Committer(Store(0.05).write, patience=5), [1, 2, -3, 4])
    assert isinstance(ends.pop(-3), ValueError)
    assert ends == {1: 10, 2: 20, 4: 40}


def test_a_caller_waits_no_longer_than_its_patience() -> None:
    committer = Committer(Store(1).write, patience=0.1)
    started = time.monotonic()
    with pytest.raises(Busy):
        committer.commit(1)
    assert time.monotonic() - started < 0.6


def test_what_nobody_waits_for_any_more_is_not_written() -> None:
    store = Store(0.4)
    committer = Committer(store.write, patience=0.1)
    for item in (1, 2, 3):
        with pytest.raises(Busy):
            committer.commit(item)
    time.sleep(1)
    assert store.batches == [[1]]


def test_after_a_hang_the_next_caller_is_served() -> None:
    gate = threading.Event()
    store = Store(0)

    def write(items: Sequence[int]) -> list[int]:
        gate.wait()
        return store.write(items)

    committer = Committer(write, patience=0.2)
    with pytest.raises(Busy):
        committer.commit(1)
    gate.set()
    assert committer.commit(2) == 20


def test_a_database_that_is_away_makes_callers_busy_after_one_try() -> None:
    tries: list[int] = []

    def refuse(items: Sequence[int]) -> list[int]:
        tries.append(len(items))
        time.sleep(0.05)
        raise OperationalError("INSERT", None, ConnectionRefusedError())

    ends = together(Committer(refuse, patience=5), range(20))

    assert {type(end) for end in ends.values()} == {Busy}
    assert sum(tries) == 20


def test_an_event_loop_gets_results_and_goes_on_meanwhile() -> None:
    store = Store(0.05)
    committer = Committer(store.write, patience=5)

    async def commit_all() -> list[int]:
        return await asyncio.gather(*map(committer.committed, range(20)))

    assert asyncio.run(commit_all()) == [item * 10 for item in range(20)]
    assert len(store.batches) < 5


def test_an_event_loop_is_told_what_writing_raised_and_when_it_takes_too_long() -> None:
    bad, slow = Committer(Store().write, patience=5), Committer(Store(0.5).write, patience=0.05)
    with pytest.raises(ValueError, match="bad row"):
        asyncio.run(bad.committed(-1))

    async def give_up() -> None:
        with pytest.raises(Busy):
            await slow.committed(1)
        await asyncio.sleep(0.6)

    asyncio.run(give_up())


def test_a_caller_is_answered_only_after_its_row_is_written() -> None:
    store = Store(0.2)
    committer = Committer(store.write, patience=5)
    began = time.monotonic()
    committer.commit(1)
    assert time.monotonic() - began >= 0.2
    assert store.batches == [[1]]


def test_a_forked_process_writes_by_a_thread_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COMMITS_IN_A_CHILD], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "10\n")


_COMMITS_IN_A_CHILD = """
import os
from sms_service.ledger.committer import Committer

committer = Committer(lambda items: [item * 10 for item in items], patience=2)
child = os.fork()
if child == 0:
    print(committer.commit(1), flush=True)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
