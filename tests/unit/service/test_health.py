"""How facts are judged: what is well, what wants a look, what is wrong and what to do."""

from datetime import date

import pytest

from sms_service.domain.states import LaneState
from sms_service.service.health import (
    Mark,
    Schema,
    Standing,
    of_clock,
    of_data,
    of_lanes,
    of_schema,
    of_ticks,
    well,
    worst,
    wrong,
)
from sms_service.service.lane_health import Health
from sms_service.service.lanes import EVERY_LANE


@pytest.mark.parametrize(
    ("standing", "mark"),
    [
        (Standing.AT_HEAD, Mark.OK),
        (Standing.EMPTY, Mark.WRONG),
        (Standing.OLDER, Mark.WRONG),
        (Standing.NEWER, Mark.WARNING),
        (Standing.FOREIGN, Mark.WRONG),
    ],
)
def test_an_old_schema_is_wrong_and_a_newer_one_is_looked_at(
    standing: Standing, mark: Mark
) -> None:
    found = of_schema(Schema(standing, "0007", "0008"))
    assert (found.name, found.mark) == ("schema", mark)
    assert bool(found.remedy) is (mark is not Mark.OK)


def test_silent_workers_are_wrong_and_a_silent_beat_is_only_looked_at() -> None:
    assert [one.mark for one in of_ticks({"worker": 3, "beat": 59})] == [Mark.OK, Mark.OK]
    assert [one.mark for one in of_ticks({"worker": 61, "beat": 61})] == [Mark.WRONG, Mark.WARNING]
    assert [one.said for one in of_ticks({})] == ["it has never ticked"] * 2


RESTS = Health("kavenegar", LaneState.RESTING, "no_credit", 3, None, 5.0)


def test_a_lane_that_rests_is_a_warning_while_another_carries_the_texts() -> None:
    order = ("kavenegar", "kannel")
    assert of_lanes(order, {}).mark is Mark.OK
    found = of_lanes(order, {"kavenegar": RESTS})
    assert (found.mark, "no_credit" in found.said) == (Mark.WARNING, True)
    assert of_lanes(("kavenegar",), {"kavenegar": RESTS}).mark is Mark.WRONG


def test_a_hold_on_all_sending_is_wrong() -> None:
    held = {EVERY_LANE: Health(EVERY_LANE, LaneState.HELD)}
    assert "holds all sending" in of_lanes(("kavenegar",), held).said


def test_bills_are_old_after_their_days() -> None:
    today = date(2026, 11, 20)
    assert of_data(date(2026, 10, 6), today, 45).mark is Mark.OK
    assert of_data(date(2026, 10, 5), today, 45).mark is Mark.WARNING
    assert of_data(None, today, 45).mark is Mark.WARNING


@pytest.mark.parametrize(("ahead", "mark"), [(1.9, Mark.OK), (2.1, Mark.WRONG), (-9, Mark.WRONG)])
def test_clocks_may_be_two_seconds_apart(ahead: float, mark: Mark) -> None:
    assert of_clock("clock", "the database", ahead).mark is mark


def test_the_worst_mark_stands_for_all() -> None:
    assert worst([]) is Mark.OK
    assert worst([wrong("a", "b", "c"), well("a", "b")]) is Mark.WRONG
