"""Handing over: what each outcome makes of a row, and of its lane."""

import logging

import pytest

from sms_service.domain.states import RANK, OutboundState
from sms_service.service.delivering import Delivering, backoff_seconds
from sms_service.service.messages import Departing
from sms_service.service.ports import Accepted, Blame, NotSent, Outcome, Unknown
from tests.support.fakes import FakeDepartingTexts, FakeDoorbell, FakeGateway, FakeReceipts

HOUR = 3600.0


def departing(row_id: int = 1, *, age: float = 0, attempts: int = 1) -> Departing:
    return Departing(row_id, 1000 + row_id, f"code{row_id}", "+989121234567", "متن", attempts, age)


class Lane:
    """A lane with fakes all around it."""

    def __init__(self, outbound: FakeDepartingTexts, gateway: FakeGateway) -> None:
        self.outbound, self.gateway = outbound, gateway
        self.doorbell = FakeDoorbell()
        self.now = 0.0
        self.delivering = Delivering(
            outbound, FakeReceipts(), gateway, self.doorbell, lambda: self.now
        )

    def run(self) -> int:
        return self.delivering.run()


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
    assert not one.outbound.rests


def test_a_busy_gateway_gets_the_row_again_later() -> None:
    one = lane(NotSent(Blame.LATER, "kavenegar_409"))
    one.run()
    assert one.outbound.states == {1: "queued"}
    assert one.outbound.verdicts[0].retry_seconds > 0
    assert not one.outbound.rests


@pytest.mark.parametrize("blame", [Blame.PAUSE, Blame.STOP])
def test_a_lane_that_is_told_to_slow_down_or_stop_rests_and_loses_no_row(blame: Blame) -> None:
    one = lane(NotSent(blame, "kavenegar_451"), rows=3, size=1)
    one.run()
    assert one.outbound.rests == ["kavenegar_451"]
    assert set(one.outbound.states.values()) == {"queued"}
    assert len(one.gateway.calls) == 1


def test_a_stopped_lane_raises_one_alarm_however_often_it_is_tried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = lane(*[NotSent(Blame.STOP, "kavenegar_418")] * 3, rows=3)
    with caplog.at_level(logging.ERROR):
        one.run()
        one.outbound.rest_lane("kavenegar", 1, "kavenegar_418")
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1


def test_an_unknown_outcome_is_not_sent_again_in_the_same_breath() -> None:
    one = lane(Unknown("read_timeout"))
    one.run()
    one.run()
    assert one.outbound.states == {1: "unknown"}
    assert len(one.gateway.calls) == 1


def test_a_record_that_is_another_texts_is_an_operators_not_a_success() -> None:
    one = lane(Unknown("kavenegar_mismatch", askable=False))
    one.run()
    one.delivering.ask_about_unknown()
    assert one.outbound.states == {1: "unresolved"}


def test_what_the_gateway_turns_out_to_have_counts_as_accepted_without_a_second_send() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    gateway.records = {1001: Accepted("77", 1)}
    assert Lane(outbound, gateway).delivering.ask_about_unknown() == 1
    assert outbound.verdicts[0].remote_id == "77"
    assert not gateway.calls


def test_what_the_gateway_never_got_goes_again_under_the_same_local_id() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    one = Lane(outbound, gateway)
    one.delivering.ask_about_unknown()
    assert one.doorbell.rung == ["deliver"]
    one.run()
    assert [call.local_id for call in gateway.calls] == [1001]
    assert outbound.states == {1: "accepted"}


def test_a_question_that_gets_no_answer_is_asked_again_and_nothing_is_sent() -> None:
    outbound = FakeDepartingTexts(unknown=[departing()])
    gateway = FakeGateway()
    gateway.records = None
    Lane(outbound, gateway).delivering.ask_about_unknown()
    assert outbound.states == {1: "unknown"}
    assert not gateway.calls


@pytest.mark.parametrize("records", [{}, None])
def test_beyond_the_gateways_memory_an_unknown_outcome_is_an_operators(
    records: dict[int, Accepted] | None,
) -> None:
    outbound = FakeDepartingTexts(unknown=[departing(age=12 * HOUR)])
    gateway = FakeGateway()
    gateway.records = records
    Lane(outbound, gateway).delivering.ask_about_unknown()
    assert outbound.states == {1: "unresolved"}
    assert not gateway.calls


def test_a_turn_ends_after_half_a_second_and_rings_for_the_next() -> None:
    one = lane(rows=5, size=1)
    ticks = iter(i * 0.2 for i in range(100))
    one.delivering = Delivering(
        one.outbound, FakeReceipts(), one.gateway, one.doorbell, lambda: next(ticks)
    )
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
    delivering = Delivering(FakeDepartingTexts(), receipts, FakeGateway(), doorbell)
    assert delivering.join_receipts() == 500
    assert doorbell.rung == ["receipts"]
    assert delivering.join_receipts() == 200
    assert doorbell.rung == ["receipts"]


def test_waiting_grows_to_five_minutes_and_no_further() -> None:
    assert 4 <= backoff_seconds(1) <= 6
    assert 240 <= backoff_seconds(20) <= 360


def test_unresolved_is_never_mistaken_for_delivered() -> None:
    assert RANK[OutboundState.UNRESOLVED] < RANK[OutboundState.ACCEPTED]
