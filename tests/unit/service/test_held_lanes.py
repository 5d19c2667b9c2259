"""Lanes that are held by hand: they get nothing, whatever happens, until they are released."""

from collections.abc import Sequence

import pytest

from sms_service.domain.states import LaneState
from sms_service.service.delivering import Delivering
from sms_service.service.lane_health import Health
from sms_service.service.lanes import EVERY_LANE, Failure, Lanes, after_failure, after_success
from sms_service.service.messages import Departing
from sms_service.service.ports import Blame
from tests.support.fakes import (
    FakeDepartingTexts,
    FakeDoorbell,
    FakeGateway,
    FakeLaneBook,
    FakeReceipts,
)


def held(name: str) -> Health:
    return Health(name, LaneState.HELD, "by_hand", rest_seconds=9e9)


def delivering(book: FakeLaneBook, queued: FakeDepartingTexts, names: Sequence[str]) -> Delivering:
    ways = {name: FakeGateway(name=name) for name in names}
    lanes = Lanes(book, list(ways), lambda: 0.0)
    return Delivering(queued, FakeReceipts(), ways, lanes, FakeDoorbell(), clock=lambda: 0.0)


def two_texts() -> FakeDepartingTexts:
    return FakeDepartingTexts(
        [Departing(n, 1000 + n, f"code{n}", "+989121234567", "متن", 1, 0) for n in (1, 2)]
    )


def test_the_next_lane_takes_over_from_one_that_is_held() -> None:
    book, queued = FakeLaneBook(), two_texts()
    book.known["kavenegar"] = held("kavenegar")
    assert delivering(book, queued, ["kavenegar", "kannel"]).run() == 2
    assert set(queued.went_by.values()) == {"kannel"}


def test_while_all_sending_is_held_nobody_is_called_and_then_all_are() -> None:
    book, queued = FakeLaneBook(), two_texts()
    book.known[EVERY_LANE] = held(EVERY_LANE)
    both = delivering(book, queued, ["kavenegar", "kannel"])
    assert both.run() == 0
    assert not both.has_due()
    del book.known[EVERY_LANE]
    assert both.run() == 2


@pytest.mark.parametrize("blame", Blame)
def test_no_failure_and_no_success_ends_a_hold(blame: Blame) -> None:
    lane = held("kavenegar")
    assert after_failure(lane, Failure(blame, "kavenegar_418")) is lane
    assert after_success(lane) is lane
