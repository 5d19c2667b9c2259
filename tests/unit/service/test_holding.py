"""Holding lanes: what is asked for, before anything is written."""

import pytest

from sms_service.service.auditing import Actor
from sms_service.service.holding import Handled, Hold, Holding, NoSuchLane
from sms_service.service.lanes import EVERY_LANE

SOMEBODY = Actor("zahra")


class FakeHolds:
    """Holds in memory."""

    def __init__(self) -> None:
        self.why: dict[str, str] = {}

    def hold(self, lane: str, actor: Actor, why: str) -> bool:
        is_new = lane not in self.why
        self.why.setdefault(lane, why)
        return is_new

    def release(self, lane: str, actor: Actor, why: str) -> bool:
        return self.why.pop(lane, None) is not None

    def held(self) -> dict[str, Hold]:
        return {}


def test_every_lane_can_be_held_and_all_at_once() -> None:
    assert Holding(FakeHolds(), ["kavenegar"]).names == ["kavenegar", EVERY_LANE]


def test_a_reason_is_kept_in_one_line_and_never_empty() -> None:
    holds = FakeHolds()
    holding = Holding(holds, ["kavenegar"])
    assert holding.hold("kavenegar", SOMEBODY, " \n\t") is Handled.NO_REASON
    assert holding.hold("kavenegar", SOMEBODY, " line\n is cut ") is Handled.DONE
    assert holds.why == {"kavenegar": "line is cut"}


def test_who_comes_second_changes_nothing() -> None:
    holding = Holding(FakeHolds(), ["kavenegar"])
    holding.hold("kavenegar", SOMEBODY, "one")
    assert holding.hold("kavenegar", SOMEBODY, "two") is Handled.NO_CHANGE
    assert holding.release("kavenegar", SOMEBODY, "one") is Handled.DONE
    assert holding.release("kavenegar", SOMEBODY, "two") is Handled.NO_CHANGE


def test_a_lane_that_is_no_gateway_s_is_refused() -> None:
    with pytest.raises(NoSuchLane):
        Holding(FakeHolds(), ["kavenegar"]).hold("kannel", SOMEBODY, "why")
