"""The lanes' record: one for all workers, each change kept with its reason."""

import threading

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import LaneState
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.upkeep_tables import lane_changes, lanes
from sms_service.service.lane_health import Health
from sms_service.service.lanes import Failure, after_failure, after_success
from sms_service.service.ports import Blame

NO_CREDIT = Failure(Blame.STOP, "kavenegar_418")


def changes(engine: Engine) -> list[tuple[str, str | None]]:
    query = select(lane_changes.c.state, lane_changes.c.reason).order_by(lane_changes.c.id)
    with reading(engine) as connection:
        return [(row.state, row.reason) for row in connection.execute(query)]


def test_a_lane_that_nothing_is_known_of_is_not_there(engine: Engine) -> None:
    assert LaneLedger(engine).health(["kavenegar"]) == {}


def test_a_failure_is_remembered_for_every_worker(engine: Engine) -> None:
    LaneLedger(engine).change("kavenegar", lambda health: after_failure(health, NO_CREDIT))
    seen = LaneLedger(engine).health(["kavenegar", "kannel"])
    assert seen.keys() == {"kavenegar"}
    assert (seen["kavenegar"].state, seen["kavenegar"].reason) == ("stopped", "kavenegar_418")
    assert 40 < seen["kavenegar"].rest_seconds < 80
    assert changes(engine) == [("stopped", "kavenegar_418")]


def test_of_workers_that_fail_at_once_each_counts_and_one_change_is_recorded(
    engine: Engine,
) -> None:
    start = threading.Barrier(6)
    seen: list[tuple[Health, Health]] = []

    def fail() -> None:
        start.wait()
        decide = lambda health: after_failure(health, NO_CREDIT)  # noqa: E731  # one line is clearest
        seen.append(LaneLedger(engine).change("kavenegar", decide))

    threads = [threading.Thread(target=fail) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(after.failures for _, after in seen) == [1, 2, 3, 4, 5, 6]
    assert sum(before.state is not after.state for before, after in seen) == 1
    assert len(changes(engine)) == 1


def test_the_way_back_is_recorded_without_every_step(engine: Engine) -> None:
    book = LaneLedger(engine)
    book.change("kavenegar", lambda health: after_failure(health, NO_CREDIT))
    for _ in range(7):
        book.change("kavenegar", after_success)
    assert [state for state, _ in changes(engine)] == ["stopped", "recovering", "working"]
    assert book.health(["kavenegar"])["kavenegar"].is_well


def test_a_lane_without_a_pace_takes_what_is_asked(engine: Engine) -> None:
    assert LaneLedger(engine).reserve("kavenegar", 100) == 100


def test_a_paced_lane_takes_a_seconds_worth_and_then_waits(engine: Engine) -> None:
    book = LaneLedger(engine, {"kavenegar": 10})
    assert book.reserve("kavenegar", 100) == 10
    assert book.reserve("kavenegar", 100) <= 1
    assert book.reserve("kannel", 100) == 100
    let_pass(engine, 0.5)
    assert 4 <= book.reserve("kavenegar", 100) <= 6


def test_parts_beyond_what_was_reserved_are_waited_for(engine: Engine) -> None:
    book = LaneLedger(engine, {"kavenegar": 10})
    granted = book.reserve("kavenegar", 5)
    book.correct("kavenegar", 10)
    assert granted == 5
    assert book.reserve("kavenegar", 1) == 0
    let_pass(engine, 0.7)
    assert book.reserve("kavenegar", 1) == 1


def test_what_was_not_needed_is_given_back(engine: Engine) -> None:
    book = LaneLedger(engine, {"kavenegar": 10})
    assert book.reserve("kavenegar", 10) == 10
    book.correct("kavenegar", -10)
    assert book.reserve("kavenegar", 10) >= 9


def test_a_pace_below_one_a_second_lets_single_texts_through(engine: Engine) -> None:
    book = LaneLedger(engine, {"kavenegar": 0.1})
    assert book.reserve("kavenegar", 5) == 1
    assert book.reserve("kavenegar", 5) == 0


@pytest.mark.parametrize("state", list(LaneState))
def test_each_state_is_written_and_read_back(engine: Engine, state: LaneState) -> None:
    book = LaneLedger(engine)
    _, after = book.change("kavenegar", lambda _: Health("kavenegar", state, "why", 2, 8))
    assert book.health(["kavenegar"]) == {"kavenegar": after}


def let_pass(engine: Engine, seconds: float) -> None:
    """Make the lanes believe that so much time has gone."""
    with reading(engine) as connection:
        row = connection.execute(
            select(lanes.c.free_at, db_now().label("now")).where(lanes.c.gateway == "kavenegar")
        ).one()
    left = (row.free_at - row.now).total_seconds() - seconds
    with writing(engine) as connection:
        connection.execute(update(lanes).values(free_at=db_now(left)))
