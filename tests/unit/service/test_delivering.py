"""Handing over: what each outcome makes of a row, and of its lane."""

import logging
from dataclasses import replace

import pytest

from sms_service.domain.states import RANK, LaneState, OutboundState
from sms_service.service.delivering import Delivering, backoff_seconds
from sms_service.service.lane_health import Health
from sms_service.service.lanes import Lanes
from sms_service.service.messages import Departing
from sms_service.service.ports import Accepted, Blame, NotSent, Outcome, Unknown
from tests.support.fakes import (
    FakeDepartingTexts,
    FakeDoorbell,
    FakeGateway,
    FakeLaneBook,
    FakeReceipts,
)

HOUR = 3600.0


def departing(
    row_id: int = 1, *, age: float = 0, attempts: int = 1, parts: int = 1, valid: float = HOUR
) -> Departing:
    return Departing(
        row_id,
        1000 + row_id,
        f"code{row_id}",
        "+989121234567",
        "متن",
        attempts,
        age,
        parts,
        valid,
    )


class Lane:
    """Lanes with fakes all around them."""

    def __init__(
        self,
        outbound: FakeDepartingTexts,
        *gateways: FakeGateway,
        book: FakeLaneBook | None = None,
        may_spend: bool = True,
    ) -> None:
        self.outbound, self.gateway = outbound, gateways[0]
        self.book = book or FakeLaneBook()
        self.doorbell = FakeDoorbell()
        self.now, self.waited = 0.0, 0.0
        ways = {gateway.name: gateway for gateway in gateways}
        self.delivering = Delivering(
            outbound,
            FakeReceipts(),
            ways,
            Lanes(self.book, list(ways), lambda: self.now),
            self.doorbell,
            lambda: may_spend,
            lambda: self.now,
            self._wait,
        )

    def run(self) -> int:
        return self.delivering.run()

    def _wait(self, seconds: float) -> None:
        self.waited += seconds
        self.now += seconds


def lane(*script: Outcome, rows: int = 1, size: int = 8) -> Lane:
    queued = [departing(i) for i in range(1, rows + 1)]
    return Lane(FakeDepartingTexts(queued), FakeGateway(*script, size=size))


def test_an_accepted_text_keeps_the_gateways_id_and_price() -> None:
    one = lane(Accepted("77", 1, 116))
    assert one.run() == 1
    verdict = one.outbound.verdicts[0]
    assert (verdict.state, verdict.remote_id, verdict.cost_rial) == ("accepted", "77", 116)
    assert one.doorbell.rung == ["receipts"]


def test_a_refused_row_ends_and_the_lane_goes_on() -> None:
    one = lane(NotSent(Blame.ROW, "kavenegar_411"), rows=2)
    assert one.run() == 1
    assert one.outbound.states == {1: "refused", 2: "accepted"}
    assert not one.book.changes


@pytest.mark.parametrize("blame", [Blame.PAUSE, Blame.STOP])
def test_a_lane_that_is_told_to_slow_down_or_stop_rests_and_its_rows_wait_for_nothing_else(
    blame: Blame,
) -> None:
    one = lane(NotSent(blame, "kavenegar_451"), rows=3, size=1)
    one.run()
    assert len(one.gateway.calls) == 1
    assert set(one.outbound.states.values()) == {"queued"}
    assert one.outbound.verdicts[0].retry_seconds == 0
    one.book.pass_time()
    assert one.run() == 3


def test_a_stopped_lane_raises_one_alarm_however_often_it_is_tried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = lane(*[NotSent(Blame.STOP, "kavenegar_418")] * 9, rows=3)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            one.run()
            one.book.pass_time()
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1
    assert one.book.changes == [("kavenegar", "stopped", "kavenegar_418")]


def test_a_gateway_that_is_away_is_tried_thrice_and_then_rests() -> None:
    one = lane(*[NotSent(Blame.LATER, "kavenegar_unreachable")] * 9, rows=1)
    one.run()
    assert len(one.gateway.calls) == 3
    assert one.outbound.states == {1: "queued"}
    assert one.book.changes == [("kavenegar", "resting", "kavenegar_unreachable")]


def test_what_a_failing_lane_may_not_have_got_leaves_by_the_next() -> None:
    away = FakeGateway(*[NotSent(Blame.LATER, "kavenegar_unreachable")] * 9)
    other = FakeGateway(name="kannel")
    rows = [departing(i) for i in range(1, 4)]
    one = Lane(FakeDepartingTexts(rows), away, other)
    assert one.run() == 3
    assert set(one.outbound.went_by.values()) == {"kannel"}


def test_without_credit_the_next_lane_takes_over_at_once() -> None:
    empty = FakeGateway(NotSent(Blame.STOP, "kavenegar_418"), size=1)
    one = Lane(FakeDepartingTexts([departing()]), empty, FakeGateway(name="kannel"))
    assert one.run() == 1
    assert one.outbound.went_by == {1: "kannel"}
    assert len(empty.calls) == 1


def test_a_lane_that_only_pauses_keeps_its_texts() -> None:
    busy = FakeGateway(NotSent(Blame.PAUSE, "kavenegar_409"))
    other = FakeGateway(name="kannel")
    one = Lane(FakeDepartingTexts([departing()]), busy, other)
    assert one.run() == 0
    assert not other.calls
    one.book.pass_time()
    assert one.run() == 1
    assert one.outbound.went_by == {1: "kavenegar"}


def test_what_may_have_been_sent_is_never_handed_to_another_gateway() -> None:
    silent = FakeGateway(*[Unknown("kavenegar_read_timeout")] * 3, size=1)
    other = FakeGateway(name="kannel")
    rows = [departing(i) for i in range(1, 5)]
    one = Lane(FakeDepartingTexts(rows), silent, other)
    one.run()
    assert [one.outbound.states[i] for i in (1, 2, 3)] == ["unknown"] * 3
    assert [call.local_id for call in other.calls] == [1004]
    one.outbound._waits.clear()
    one.delivering.settle_unknown()
    one.run()
    assert [call.local_id for call in other.calls] == [1004]
    one.book.pass_time()
    one.run()
    assert one.outbound.went_by[1] == "kavenegar"


def test_a_lane_drifts_back_it_gets_twice_as_many_with_each_success() -> None:
    first, second = FakeGateway(size=100), FakeGateway(name="kannel", size=100)
    book = FakeLaneBook()
    book.known["kavenegar"] = Health("kavenegar", LaneState.RESTING, "kavenegar_unreachable", 3)
    rows = [departing(i) for i in range(1, 1500)]
    one = Lane(FakeDepartingTexts(rows), first, second, book=book)
    assert one.run() == 1499
    assert [state for _, state, _ in book.changes] == ["recovering", "working"]
    shares = [1, 2, 4, 8, 16, 32, 64]
    began = [number for number, call in enumerate(first.calls) if call.local_id == 1001]
    assert began == [0]
    assert len(second.calls) >= 100
    assert len(first.calls) >= sum(shares)


def test_a_lane_whose_trial_fails_rests_again() -> None:
    book = FakeLaneBook()
    book.known["kavenegar"] = Health("kavenegar", LaneState.RESTING, "kavenegar_unreachable", 3)
    gateway = FakeGateway(NotSent(Blame.LATER, "kavenegar_unreachable"))
    one = Lane(FakeDepartingTexts([departing(1), departing(2)]), gateway, book=book)
    assert one.run() == 0
    assert len(gateway.calls) == 1
    assert book.known["kavenegar"].rest_seconds > 0


def test_a_lane_keeps_its_pace_in_parts() -> None:
    book = FakeLaneBook(pace=5)
    rows = [departing(i, parts=2) for i in range(1, 9)]
    one = Lane(FakeDepartingTexts(rows), FakeGateway(size=2), book=book)
    accepted = one.run()
    assert 3 <= accepted <= 4
    assert one.waited > 0
    assert "deliver" in one.doorbell.rung
    book.pace = 100
    assert one.run() == 8 - accepted


def test_nothing_leaves_once_the_days_parts_are_spent() -> None:
    gateway = FakeGateway()
    one = Lane(FakeDepartingTexts([departing()]), gateway, may_spend=False)
    assert one.run() == 0
    assert not gateway.calls


def test_what_kannel_left_open_waits_for_its_receipt_and_is_not_sent_again() -> None:
    kannel = FakeGateway(Unknown("kannel_read_timeout"), name="kannel", keeps_records=False)
    one = Lane(FakeDepartingTexts([departing(valid=3600)]), kannel)
    one.run()
    assert one.outbound.states == {1: "unknown"}
    assert one.outbound.verdicts[0].retry_seconds == pytest.approx(3600)


def test_without_a_receipt_until_its_validity_ends_it_is_an_operators() -> None:
    kannel = FakeGateway(name="kannel", keeps_records=False)
    outbound = FakeDepartingTexts(unknown=[departing(valid=-1)])
    outbound.pinned = {1: "kannel"}
    one = Lane(outbound, kannel)
    one.delivering.settle_unknown()
    assert outbound.states == {1: "unresolved"}
    assert outbound.verdicts[0].reason == "no_receipt"
    assert not kannel.calls


def test_only_a_gateway_that_keeps_records_is_asked_for_the_receipt() -> None:
    asked = lane()
    asked.run()
    assert asked.outbound.verdicts[0].ask_seconds == 600
    silent = Lane(
        FakeDepartingTexts([departing()]), FakeGateway(name="kannel", keeps_records=False)
    )
    silent.run()
    assert silent.outbound.verdicts[0].ask_seconds is None


def test_an_unknown_outcome_is_not_sent_again_in_the_same_breath() -> None:
    one = lane(Unknown("read_timeout"))
    one.run()
    one.run()
    assert one.outbound.states == {1: "unknown"}
    assert len(one.gateway.calls) == 1


def test_a_record_that_is_another_texts_is_an_operators_not_a_success() -> None:
    one = lane(Unknown("kavenegar_mismatch", askable=False))
    one.run()
    one.delivering.settle_unknown()
    assert one.outbound.states == {1: "unresolved"}


def test_what_the_gateway_turns_out_to_have_counts_as_accepted_without_a_second_send() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    gateway.records = {1001: Accepted("77", 1)}
    assert Lane(outbound, gateway).delivering.settle_unknown() == 1
    assert outbound.verdicts[0].remote_id == "77"
    assert not gateway.calls


def test_what_the_gateway_never_got_goes_again_under_the_same_local_id() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    one = Lane(outbound, gateway)
    one.delivering.settle_unknown()
    assert one.doorbell.rung == ["deliver"]
    one.run()
    assert [call.local_id for call in gateway.calls] == [1001]
    assert outbound.states == {1: "accepted"}


def test_a_question_that_gets_no_answer_is_asked_again_and_nothing_is_sent() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    gateway.records = None
    Lane(outbound, gateway).delivering.settle_unknown()
    assert outbound.states == {1: "unknown"}
    assert not gateway.calls


@pytest.mark.parametrize("records", [{}, None])
def test_beyond_the_gateways_memory_an_unknown_outcome_is_an_operators(
    records: dict[int, Accepted] | None,
) -> None:
    outbound = FakeDepartingTexts(unknown=[departing(age=12 * HOUR)])
    gateway = FakeGateway()
    gateway.records = records
    Lane(outbound, gateway).delivering.settle_unknown()
    assert outbound.states == {1: "unresolved"}
    assert not gateway.calls


def test_a_turn_ends_after_half_a_second_and_rings_for_the_next() -> None:
    one = lane(rows=5, size=1)
    ticks = iter(i * 0.2 for i in range(100))
    one.delivering = replace(one.delivering, clock=lambda: next(ticks))
    one.run()
    assert "deliver" in one.doorbell.rung
    assert 0 < len(one.gateway.calls) < 5


def test_an_idle_lane_calls_nobody() -> None:
    one = lane(rows=0)
    assert one.run() == 0
    assert not one.gateway.calls
    assert not one.doorbell.rung


def test_a_full_batch_of_receipts_rings_for_the_rest() -> None:
    doorbell = FakeDoorbell()
    receipts = FakeReceipts(parked=700)
    delivering = replace(
        Lane(FakeDepartingTexts(), FakeGateway()).delivering, receipts=receipts, doorbell=doorbell
    )
    assert delivering.join_receipts() == 500
    assert doorbell.rung == ["receipts"]
    assert delivering.join_receipts() == 200
    assert doorbell.rung == ["receipts"]


def test_waiting_grows_to_five_minutes_and_no_further() -> None:
    assert 4 <= backoff_seconds(1) <= 6
    assert 240 <= backoff_seconds(20) <= 360


def test_unresolved_is_never_mistaken_for_delivered() -> None:
    assert RANK[OutboundState.UNRESOLVED] < RANK[OutboundState.ACCEPTED]
