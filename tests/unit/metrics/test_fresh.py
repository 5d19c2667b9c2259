"""A value that many ask for at once is made once, and nobody waits for ever."""

import threading
import time

from sms_service.metrics.fresh import Fresh


def test_many_who_ask_at_once_get_what_was_made_once() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    fresh = Fresh(make, seconds=60, patience=5)
    got: list[int | None] = []
    asking = [threading.Thread(target=lambda: got.append(fresh.get())) for _ in range(20)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert got == [1] * 20


def test_it_is_made_anew_once_it_is_too_old() -> None:
    now, made = [0.0], iter(range(10))
    fresh = Fresh(lambda: next(made), seconds=3, patience=5, clock=lambda: now[0])
    assert (fresh.get(), fresh.get()) == (0, 0)
    now[0] = 3.1
    assert fresh.get() == 1


def test_who_asks_for_what_hangs_waits_no_longer_than_the_patience() -> None:
    release = threading.Event()
    fresh = Fresh(lambda: release.wait(5), seconds=3, patience=0.05)
    began = time.monotonic()
    assert fresh.get() is None
    assert time.monotonic() - began < 1
    release.set()


def test_what_cannot_be_made_is_nothing_and_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("away")
        return "there"

    fresh = Fresh(make, seconds=3, patience=5)
    assert fresh.get() is None
    assert fresh.get() == "there"
