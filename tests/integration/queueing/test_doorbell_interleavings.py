"""Two producers and the consumers they wake, in every order of their steps, on a real Redis."""

import threading
from collections.abc import Callable, Iterator

import pytest
import redis

from sms_service.queueing.doorbell import CeleryDoorbell, Flags
from tests.support.interleaving import Actor, Step, every_order

pytestmark = pytest.mark.fault("F3")

_LANE = "lookup"


@pytest.fixture
def flags(redis_url: str) -> Iterator[Flags]:
    with redis.Redis.from_url(redis_url, socket_timeout=1) as client:
        yield Flags(client)


class _SteppingFlags:
    """The real flags; an actor who is about to touch them stands still first."""

    def __init__(self, flags: Flags, before: Callable[[], None]) -> None:
        self._flags, self._before = flags, before

    def set(self, lane: str) -> str | None:
        self._before()
        return self._flags.set(lane)

    def clear(self, lane: str) -> None:
        self._before()
        self._flags.clear(lane)

    def take_back(self, lane: str, token: str) -> None:
        self._before()
        self._flags.take_back(lane, token)


class _World:
    """Rows that wait, messages that were published, and the bell between them."""

    def __init__(self, flags: Flags, *, clear_first: bool = True, refused: int = 0) -> None:
        flags.clear(_LANE)
        self.rows = 0
        self.messages = 0
        self._refused = refused
        self._clear_first = clear_first
        self._mine = threading.local()
        stepping = _SteppingFlags(flags, self._stand)
        self._bell = CeleryDoorbell(self._publish, stepping)  # type: ignore[arg-type]  # the same methods

    def producer(self, step: Step) -> None:
        """Commit a row, then ring."""
        self._mine.step = step
        step()
        self.rows += 1
        self._bell.ring_now(_LANE)

    def consumer(self, step: Step) -> None:
        """What a task does: answer the bell, claim what waits."""
        self._mine.step = step
        if self._clear_first:
            self._bell.answered(_LANE)
            step()
            self.rows = 0
        else:
            step()
            self.rows = 0
            self._bell.answered(_LANE)

    def play(self, choose: Callable[[int], int]) -> None:
        """Until nobody has a step left; each message wakes a consumer at any later moment."""
        actors = [Actor(self.producer), Actor(self.producer)]
        while True:
            ready = [actor for actor in actors if not actor.is_done]
            among = len(ready) + (self.messages > 0)
            if not among:
                return
            choice = choose(among)
            if choice < len(ready):
                ready[choice].move()
            else:
                self.messages -= 1
                actors.append(Actor(self.consumer))

    def _publish(self, _lane: str) -> None:
        self._stand()
        if self._refused:
            self._refused -= 1
            raise ConnectionError
        self.messages += 1

    def _stand(self) -> None:
        self._mine.step()


def _count(world: Callable[[], _World]) -> tuple[int, int]:
    """How many orders there are, and after how many of them a row waits for a tick."""
    orders = stranded = 0
    last: list[_World] = []

    def play(choose: Callable[[int], int]) -> None:
        last[:] = [world()]
        last[0].play(choose)

    for _ in every_order(play):
        orders += 1
        stranded += last[0].rows > 0
    return orders, stranded


def test_no_order_of_steps_leaves_a_row_that_nobody_was_rung_for(
    flags: Flags, figure: Callable[[str], None]
) -> None:
    orders, stranded = _count(lambda: _World(flags))
    figure(f"doorbell: {orders} orders of two producers and their consumers, {stranded} stranded")

    assert orders > 50
    assert stranded == 0


def test_the_same_orders_do_strand_rows_when_the_flag_is_cleared_last(flags: Flags) -> None:
    _, stranded = _count(lambda: _World(flags, clear_first=False))

    assert stranded > 0


def test_a_refused_publish_strands_no_more_than_its_own_row_and_what_relied_on_it(
    flags: Flags,
) -> None:
    """That is what the tick is for: a row may wait, but the flag doesn't stay in its way."""
    ends: list[bool] = []

    def play(choose: Callable[[int], int]) -> None:
        world = _World(flags, refused=1)
        world.play(choose)
        flag_is_free = flags.set(_LANE) is not None
        ends.append(world.rows == 0 or flag_is_free)

    for _ in every_order(play):
        pass

    assert ends
    assert all(ends)
