"""Runs under way: fed, paused, stopped, killed, held up; each request goes once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.domain.states import OutboundState
from sms_service.ledger.desk_tables import bulk_items, bulk_runs, resends
from sms_service.ledger.tables import outbound
from sms_service.ledger.upkeep_tables import lanes
from sms_service.service.bulk_terms import RunState
from sms_service.service.lanes import Failure
from sms_service.service.ports import Blame
from sms_service.wiring import Parts
from tests.support.bulk import BulkOffice
from tests.support.console import Desk, words_of

EXPIRED = OutboundState.EXPIRED


@pytest.fixture
def office(desk: Desk) -> BulkOffice:
    return BulkOffice(desk)


def test_five_hundred_go_once_each_with_a_pause_in_the_middle(
    desk: Desk, office: BulkOffice
) -> None:
    office.requests.sent(500, EXPIRED)
    run = office.preview()
    office.confirm(run)
    office.feed()
    office.deliver()
    office.press(run, "pause")
    half = len(office.gateway.calls)
    assert 0 < half < 500
    office.feed()
    office.deliver()
    assert len(office.gateway.calls) == half
    with desk.seat(Role.SUPERVISOR):
        assert "درنگ کرده" in words_of(desk.piece(f"/console/bulk/{run}"))
    office.press(run, "resume")
    office.feed_all(run)
    office.deliver()
    assert len(office.sent_to()) == 500
    assert set(office.sent_to().values()) == {1}
    assert office.state(run) is RunState.DONE
    actions = [one.action for one in desk.parts.audit.entries()]
    assert actions == ["bulk_confirm", "bulk_pause", "bulk_resume", "bulk_done"]


def test_a_worker_that_was_killed_between_two_steps_doubles_nothing(office: BulkOffice) -> None:
    office.requests.sent(5, EXPIRED)
    run = office.preview()
    office.confirm(run)
    office.feed()
    with writing(office.parts.engine) as connection:
        # As if it had died after the second answer was queued and before that was noted.
        forgotten = {"state": "waiting", "outbound_id": None}
        connection.execute(update(bulk_items).where(bulk_items.c.position >= 1).values(forgotten))
        connection.execute(update(bulk_runs).values(state=RunState.RUNNING, ended_at=None))
    office.feed_all(run)
    office.deliver()
    assert set(office.sent_to().values()) == {1}
    with reading(office.parts.engine) as connection:
        states = connection.execute(select(bulk_items.c.state)).scalars().all()
        assert connection.scalar(select(func.count()).select_from(resends)) == 5
    assert set(states) == {"sent"}


def test_a_stop_takes_back_what_is_queued_and_sends_nothing_more(
    desk: Desk, office: BulkOffice
) -> None:
    office.requests.sent(300, EXPIRED)
    run = office.preview()
    office.confirm(run)
    fed = office.feed()
    assert 0 < fed < 300
    office.press(run, "stop")
    office.feed()
    office.deliver()
    assert office.gateway.calls == []
    with desk.seat(Role.SUPERVISOR):
        said = words_of(desk.piece(f"/console/bulk/{run}"))
    assert "فرستادن گروهی آن ایستانده شد" in said
    office.press(run, "resume")
    assert office.state(run) is RunState.STOPPED
    again = office.preview()
    assert office.total(again) == 300


def test_two_workers_feed_one_run_and_each_request_goes_once(office: BulkOffice) -> None:
    office.requests.sent(40, EXPIRED)
    run = office.preview()
    office.confirm(run)
    other = Parts(office.parts.settings)
    workers = [office.parts.upkeep, other.upkeep]
    while office.state(run) is RunState.RUNNING:
        office.let_pass(10)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda upkeep: upkeep.work("bulk"), workers))
    other.close()
    office.deliver()
    assert len(office.sent_to()) == 40
    assert set(office.sent_to().values()) == {1}


def test_what_moved_on_since_the_preview_is_left_out(desk: Desk, office: BulkOffice) -> None:
    delivered, opted_out, goes = office.requests.sent(3, EXPIRED)
    run = office.preview()
    office.confirm(run)
    office.requests.become(outbound, delivered, state=OutboundState.DELIVERED)
    office.opt_out(opted_out)
    office.feed_all(run)
    office.deliver()
    assert len(office.gateway.calls) == 1
    assert len(office.requests.attempts(goes)) == 2
    with desk.seat(Role.SUPERVISOR):
        said = words_of(desk.get(f"/console/bulk/{run}"))
    assert "تا این دم رسیده است" in said
    assert "خواسته است که پیامک نگیرد" in said


def test_two_runs_over_the_same_requests_send_each_once(office: BulkOffice) -> None:
    office.requests.sent(20, EXPIRED)
    one, other = office.preview(), office.preview()
    office.confirm(one)
    office.confirm(other)
    office.feed_all(one)
    office.feed_all(other)
    office.deliver()
    assert len(office.sent_to()) == 20
    assert set(office.sent_to().values()) == {1}


def test_while_the_gateway_is_away_the_feeding_waits_and_says_so(
    desk: Desk, office: BulkOffice
) -> None:
    office.requests.sent(5, EXPIRED)
    run = office.preview()
    office.confirm(run)
    no_credit = Failure(Blame.STOP, "kavenegar_418")
    office.parts.lanes.failed("kavenegar", no_credit)
    assert office.feed() == 0
    with desk.seat(Role.SUPERVISOR):
        assert "درگاه هنوز پاسخ نمی‌دهد" in words_of(desk.piece(f"/console/bulk/{run}"))
        assert "درگاه هنوز پاسخ نمی‌دهد" in words_of(desk.piece("/console/ops"))
    recover(office)
    assert office.feed() == 1
    assert office.feed() == 0
    while office.state(run) is RunState.RUNNING:
        office.deliver()
        office.feed()
    office.deliver()
    assert len(office.sent_to()) == 5
    with desk.seat(Role.SUPERVISOR):
        assert "درگاه هنوز" not in words_of(desk.piece(f"/console/bulk/{run}"))


def recover(office: BulkOffice) -> None:
    """The lane's rest is over: it may be tried with one text."""
    with writing(office.parts.engine) as connection:
        connection.execute(update(lanes).values(rests_until=db_now(-1)))


def test_replies_leave_before_what_is_sent_again_in_numbers(desk: Desk) -> None:
    office = BulkOffice(desk, round_size=1)
    office.requests.sent(3, EXPIRED)
    run = office.preview()
    office.confirm(run)
    office.feed_all(run)
    (reply,) = office.requests.answered(1)
    (attempt,) = office.requests.attempts(reply)
    office.deliver()
    assert office.gateway.calls[0].local_id == attempt.local_id


def test_no_more_of_a_run_is_queued_than_half_a_minute_takes(office: BulkOffice) -> None:
    office.requests.sent(60, EXPIRED)
    run = office.preview(pace="60")
    office.confirm(run)
    counts = [office.feed() for _ in range(6)]
    assert counts[0] == 1
    assert max(counts) <= 11
    assert sum(counts) == 30
