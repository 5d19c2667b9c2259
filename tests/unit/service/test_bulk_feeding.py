"""The slow lane: its pace, its patience, and what it does when something is away."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sms_service.service.bulk_feeding import DAILY_CAP, LANES_AWAY, SOURCE_AWAY, BulkFeeding
from sms_service.service.bulk_terms import Item, LeftOut, Run, RunState, Wanted
from sms_service.service.chore_ports import Turn as ChoreTurn
from sms_service.service.lanes import Turn
from sms_service.service.resending import (
    Composed,
    Receiver,
    Refusal,
    Refused,
    ResendOrder,
    Resent,
)
from tests.support.fakes import FakeDoorbell

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WELL = [Turn("kavenegar", None, takes_free=True)]


def a_run(pace: int, number: int = 1) -> Run:
    wanted = Wanted(NOW, NOW, frozenset({"expired"}))
    return Run(
        number, RunState.RUNNING, wanted, {}, "قطعی", "omid", NOW, "omid", NOW, None, 1, 1, None,
        pace, None,
    )  # fmt: skip


class FakeChores:
    """One chore, always due unless held."""

    def __init__(self) -> None:
        self.now = NOW
        self.held = False
        self.ended: list[str] = []

    def is_due(self, *names: str) -> bool:
        return not self.held

    def begin(self, name: str) -> ChoreTurn | None:
        if self.held:
            return None
        return ChoreTurn(name, 1, self.now, in_doubt=False, finished_at=None)

    def hold(self, turn: ChoreTurn) -> bool:
        return True

    def finish(self, turn: ChoreTurn, again_in: float) -> bool:
        self.ended.append("finished")
        return True

    def pause(self, turn: ChoreTurn, again_in: float) -> bool:
        return True

    def fail(self, turn: ChoreTurn, again_in: float, reason: str, *, in_doubt: bool) -> bool:
        self.ended.append(reason)
        return True


class FakeBook:
    """Runs in memory."""

    def __init__(self, run: Run, items: int) -> None:
        self.run = run
        self.waiting = [Item(n, 100 + n, f"code{n}", 1000 + n) for n in range(items)]
        self.sent: dict[int, int] = {}
        self.left_out: dict[int, str] = {}
        self.known: dict[int, int | LeftOut] = {}
        self.in_queue = 0
        self.stops_after: int | None = None

    def running(self) -> Sequence[Run]:
        return [self.run] if self.run.state is RunState.RUNNING else []

    def is_running(self, run: int) -> bool:
        return self.stops_after is None or len(self.sent) < self.stops_after

    def queued(self, run: int) -> int:
        return self.in_queue

    def next_items(self, run: int, limit: int) -> Sequence[Item]:
        return self.waiting[:limit]

    def ended(self, run: int, items: Sequence[Item]) -> Mapping[int, int | LeftOut]:
        return self.known

    def note_sent(self, run: int, position: int, outbound_id: int) -> None:
        self._gone(position)
        self.sent[position] = outbound_id

    def note_left_out(self, run: int, position: int, reason: str) -> None:
        self._gone(position)
        self.left_out[position] = reason

    def note_fed(self, run: int, until: datetime) -> None:
        self.run = replace(self.run, fed_until=until)

    def finish(self, run: int) -> bool:
        if not self.waiting:
            self.run = replace(self.run, state=RunState.DONE)
        return not self.waiting

    def _gone(self, position: int) -> None:
        self.waiting = [item for item in self.waiting if item.position != position]


class Lane:
    """The slow lane with fakes all around it."""

    def __init__(self, pace: int = 60, items: int = 100) -> None:
        self.chores, self.book, self.bell = (
            FakeChores(),
            FakeBook(a_run(pace), items),
            FakeDoorbell(),
        )
        self.turns, self.may_spend = WELL, True
        self.orders: list[ResendOrder] = []
        self.refusals: dict[str, Refusal | Exception] = {}
        self.clock, self.tick = 0.0, 0.0

    def feed(self) -> int:
        return BulkFeeding(
            self.chores,
            self.book,
            self._resend,
            lambda: self.turns,
            lambda: self.may_spend,
            self.bell,
            passing=(ConnectionError,),
            clock=self._clock,
        ).run()

    def _clock(self) -> float:
        self.clock += self.tick
        return self.clock

    def _resend(self, order: ResendOrder) -> Resent | Refused:
        why = self.refusals.get(order.code)
        if isinstance(why, Exception):
            raise why
        if why is not None:
            return Refused(why)
        self.orders.append(order)
        return Resent(order.code, 5000 + len(self.orders), Composed.FRESH, Receiver.ASKER, 1)


def test_each_order_names_the_run_the_reason_and_the_attempt_that_was_seen() -> None:
    lane = Lane()
    assert lane.feed() == 1
    (order,) = lane.orders
    assert (order.code, order.after, order.reason) == ("code0", 1000, "قطعی")
    assert (order.bulk_id, order.lane, order.actor.name) == (1, "bulk", "omid")
    assert order.priority > 0


@pytest.mark.parametrize(("seconds", "texts"), [(1, 1), (5, 5), (3600, 10)])
def test_the_pace_is_kept_and_a_long_absence_not_made_up_for(seconds: int, texts: int) -> None:
    lane = Lane(pace=60)
    lane.feed()
    lane.chores.now = NOW + timedelta(seconds=seconds)
    assert lane.feed() == texts


def test_a_run_slower_than_a_text_in_ten_seconds_goes_on_too() -> None:
    lane = Lane(pace=1)
    assert lane.feed() == 1
    lane.chores.now = NOW + timedelta(seconds=59)
    assert lane.feed() == 0
    lane.chores.now = NOW + timedelta(seconds=61)
    assert lane.feed() == 1


def test_while_half_a_minute_of_texts_is_queued_nothing_is_added() -> None:
    lane = Lane(pace=60)
    lane.book.in_queue = 30
    assert lane.feed() == 0
    lane.book.in_queue = 29
    assert lane.feed() == 1


def test_a_lane_that_is_ill_is_given_as_many_as_it_may_be_tried_with() -> None:
    lane = Lane(pace=600)
    lane.turns = [Turn("kavenegar", 2, takes_free=True)]
    assert lane.feed() == 2
    lane.book.in_queue = 2
    lane.chores.now = NOW + timedelta(seconds=9)
    assert lane.feed() == 0
    assert lane.chores.ended == ["finished", LANES_AWAY]


@pytest.mark.parametrize("turns", [[], [Turn("kannel", 5, takes_free=False)]])
def test_without_a_lane_that_takes_anything_it_waits_and_says_so(turns: list[Turn]) -> None:
    lane = Lane()
    lane.turns = turns
    assert lane.feed() == 0
    assert lane.chores.ended == [LANES_AWAY]


def test_the_days_cap_holds_it_too() -> None:
    lane = Lane()
    lane.may_spend = False
    assert lane.feed() == 0
    assert lane.chores.ended == [DAILY_CAP]


def test_a_source_that_cannot_tell_leaves_the_item_where_it_is() -> None:
    lane = Lane()
    lane.refusals["code0"] = Refusal.SOURCE_DOWN
    assert lane.feed() == 0
    assert lane.chores.ended == [SOURCE_AWAY]
    assert lane.book.waiting[0].code == "code0"
    lane.refusals.clear()
    assert lane.feed() == 1


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal.OVERTAKEN, LeftOut.IN_FLIGHT),
        (Refusal.DELIVERED, LeftOut.DELIVERED),
        (Refusal.NO_QUESTION, "no_question"),
        (ValueError("no words"), LeftOut.ERROR),
    ],
)
def test_what_is_refused_is_left_out_with_its_reason_and_the_next_goes(
    refusal: Refusal | Exception, reason: str
) -> None:
    lane = Lane(pace=120)
    lane.refusals["code0"] = refusal
    assert lane.feed() == 1
    assert lane.book.left_out == {0: reason}
    assert lane.book.sent == {1: 5001}


def test_what_no_request_is_to_blame_for_ends_the_turn_and_nothing_else() -> None:
    lane = Lane()
    lane.refusals["code0"] = ConnectionError()
    with pytest.raises(ConnectionError):
        lane.feed()
    assert lane.book.left_out == {}


def test_what_a_killed_worker_had_sent_is_noted_and_not_sent_again() -> None:
    lane = Lane(pace=120)
    lane.book.known = {0: 4711, 1: LeftOut.OPTED_OUT}
    assert lane.feed() == 0
    assert lane.orders == []
    assert (lane.book.sent, lane.book.left_out) == ({0: 4711}, {1: LeftOut.OPTED_OUT})


def test_a_pause_takes_hold_within_the_turn() -> None:
    lane = Lane(pace=600)
    lane.book.stops_after = 3
    assert lane.feed() == 3


def test_a_long_turn_ends_and_rings_for_the_next() -> None:
    lane = Lane(pace=600)
    lane.tick = 0.3
    assert 0 < lane.feed() < 10
    assert lane.bell.rung == ["bulk"]


def test_a_run_of_which_nothing_waits_is_done() -> None:
    lane = Lane(items=1)
    lane.feed()
    assert lane.book.run.state is RunState.DONE
    assert lane.feed() == 0


def test_a_chore_that_somebody_holds_is_left_to_him() -> None:
    lane = Lane()
    lane.chores.held = True
    assert lane.feed() == 0
    assert lane.orders == []
