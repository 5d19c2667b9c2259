"""``/console/ops``: what operators see of gateways and queues, and what they may do there."""

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, writing
from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.tables import inbound, inbound_texts, outbound
from sms_service.ledger.upkeep_tables import chores
from sms_service.service.lanes import Failure, after_failure
from sms_service.service.messages import Taking
from sms_service.service.ports import Blame
from tests.support.console import Desk, words_of
from tests.support.ledger import PHONE, event_names
from tests.support.requests import Requests

HOSTILE = "<script>alert(1)</script>\u202eabc"


@pytest.fixture
def requests(desk: Desk) -> Requests:
    return Requests(desk.parts.service)


def taken(desk: Desk) -> int:
    """How many answers a worker could take for Kavenegar now."""
    ledger = desk.parts.service.outbound
    assert isinstance(ledger, OutboundLedger)
    return len(ledger.claim_queued(Taking("kavenegar", 10)).rows)


def test_an_empty_installation_has_a_page_too(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        page = desk.get("/console/ops")
    said = words_of(page)
    assert page.status_code == 200
    assert "کاوه‌نگار" in said
    assert "کار می‌کند" in said
    assert "ردیس پاسخ نمی‌دهد" in said


def test_the_page_tells_why_a_lane_is_stopped_and_what_to_do(desk: Desk) -> None:
    no_credit = Failure(Blame.STOP, "kavenegar_418")
    desk.parts.service.lane_book.change("kavenegar", lambda one: after_failure(one, no_credit))
    with desk.seat(Role.AUDITOR):
        said = words_of(desk.piece("/console/ops"))
    assert "ایستاده است" in said
    assert "اعتبار حساب کافی نیست" in said
    assert "اعتبار، کلید و تنظیم‌های حساب را درست کنید" in said


def test_the_page_counts_what_waits_and_tells_since_when(desk: Desk, requests: Requests) -> None:
    requests.asked(3)
    requests.answered(2)
    with writing(desk.parts.service.engine) as connection:
        connection.execute(update(inbound).values(received_at=db_now(-7200)))
    with desk.seat(Role.OPERATOR):
        said = words_of(desk.piece("/console/ops"))
    assert "پیامک‌هایی که پاسخ می‌خواهند ۳ ۲ ساعت پیش" in said
    assert "پاسخ‌هایی که به درگاه می‌روند ۲" in said


def test_a_beat_that_stopped_is_told(desk: Desk) -> None:
    parts = desk.parts.service
    parts.chores.mark("beat")
    with desk.seat(Role.OPERATOR):
        assert "خاموش است" not in words_of(desk.piece("/console/ops"))
        with writing(parts.engine) as connection:
            connection.execute(update(chores).values(finished_at=db_now(-300)))
        assert "خاموش است" in words_of(desk.piece("/console/ops"))
    parts.chores.mark("beat")
    with desk.seat(Role.OPERATOR):
        assert "خاموش است" not in words_of(desk.piece("/console/ops"))


@pytest.mark.parametrize("lane", ["kavenegar", "sending"])
def test_a_held_lane_gets_nothing_until_it_is_released(
    desk: Desk, requests: Requests, lane: str
) -> None:
    requests.answered(2)
    with desk.seat(Role.ADMIN, name="zahra"):
        held = desk.post(f"/console/ops/lanes/{lane}/hold", {"reason": f"تعمیر {HOSTILE}"})
        assert held.status_code == 303
        page = desk.get("/console/ops")
        assert "zahra" in words_of(page)
        assert "<script>alert" not in page.get_data(as_text=True)
        assert "<script>alert" not in desk.get(held.location).get_data(as_text=True)
        assert desk.parts.service.lanes.turns() == []
        assert taken(desk) == 0
        desk.post(f"/console/ops/lanes/{lane}/release", {"reason": "پایان"})
    assert len(desk.parts.service.lanes.turns()) == 1
    assert taken(desk) == 2
    deeds = [(one.actor, one.action, one.subject) for one in desk.parts.audit.entries()]
    assert deeds == [("zahra", "hold_lane", lane), ("zahra", "release_lane", lane)]


def test_what_was_under_way_does_not_end_a_hold(desk: Desk) -> None:
    lanes = desk.parts.service.lanes
    with desk.seat(Role.ADMIN):
        desk.post("/console/ops/lanes/kavenegar/hold", {"reason": "تعمیر"})
    lanes.failed("kavenegar", Failure(Blame.STOP, "kavenegar_418"))
    lanes.succeeded("kavenegar")
    assert lanes.turns() == []


def test_a_lane_is_held_with_a_reason_only_and_by_one_alone(desk: Desk) -> None:
    with desk.seat(Role.ADMIN):
        refused = desk.post("/console/ops/lanes/kavenegar/hold", {"reason": "  "})
        assert refused.status_code == 400
        assert "علت را بنویسید" in words_of(refused)
        desk.post("/console/ops/lanes/kavenegar/hold", {"reason": "یک"})
        again = desk.post("/console/ops/lanes/kavenegar/hold", {"reason": "دو"})
        assert "پیش از شما" in words_of(desk.get(again.location))
        assert desk.post("/console/ops/lanes/none/hold", {"reason": "x"}).status_code == 404
        assert desk.get("/console/ops/lanes/none").status_code == 404


def test_lanes_are_held_by_those_who_operate_and_by_our_own_forms_alone(desk: Desk) -> None:
    with desk.seat(Role.SUPERVISOR):
        assert desk.post("/console/ops/lanes/kavenegar/hold", {"reason": "x"}).status_code == 403
        assert desk.post("/console/ops/dead-letters/redrive").status_code == 403
        assert "نگه دار" not in words_of(desk.get("/console/ops/lanes/kavenegar"))
    with desk.seat(Role.ADMIN):
        forged = desk.client.post("/console/ops/lanes/kavenegar/hold", data={"reason": "x"})
        assert forged.status_code == 400


def test_a_request_that_was_given_up_is_taken_up_again(desk: Desk, requests: Requests) -> None:
    (code,) = requests.asked(1)
    requests.become(inbound, code, state=InboundState.FAILED, attempts=6)
    with desk.seat(Role.ADMIN):
        page = desk.get("/console/ops")
        assert code in words_of(page)
        assert PHONE not in page.get_data(as_text=True)
        desk.post(f"/console/ops/dead-letters/{code}/redrive")
        assert code not in words_of(desk.get("/console/ops")).split("بی‌سرانجام‌ها")[1]
        twice = desk.post(f"/console/ops/dead-letters/{code}/redrive")
        assert twice.status_code == 303
    assert [row.code for row in desk.parts.service.inbound.claim(10).rows] == [code]
    assert event_names(desk.parts.service.engine, code)[-2:] == ["redriven", "answering"]
    assert [one.action for one in desk.parts.audit.entries()] == ["redrive"]


def test_all_of_them_are_taken_up_but_what_was_erased(desk: Desk, requests: Requests) -> None:
    codes = requests.asked(3)
    for code in codes:
        requests.become(inbound, code, state=InboundState.FAILED, attempts=6)
    engine = desk.parts.service.engine
    with writing(engine) as connection:
        first = select(inbound.c.id).where(inbound.c.code == codes[0]).scalar_subquery()
        connection.execute(inbound_texts.delete().where(inbound_texts.c.inbound_id == first))
    with desk.seat(Role.ADMIN):
        answer = desk.post("/console/ops/dead-letters/redrive")
        said = words_of(desk.get(answer.location))
    assert "۲ درخواست دوباره در صف پاسخ است" in said
    assert "تلفن و نوشته پاک شده است" in said


def test_an_unresolved_answer_is_listed_and_not_sent_by_itself(
    desk: Desk, requests: Requests, engine: Engine
) -> None:
    (code,) = requests.answered(1)
    requests.become(outbound, code, state=OutboundState.UNRESOLVED, reason="window_over")
    with desk.seat(Role.ADMIN):
        desk.post(f"/console/ops/dead-letters/{code}/redrive")
        assert code in words_of(desk.get("/console/ops"))
    assert taken(desk) == 0


def test_a_gateway_that_is_away_leaves_the_credit_unknown(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        assert desk.get("/console/ops/credit").location == "/console/ops"
        assert "دانسته نیست" in words_of(desk.piece("/console/ops/credit"))


def test_low_credit_is_warned_of(desk: Desk) -> None:
    desk.parts.lane_view.note_credit("kavenegar", 4_999_999)
    with desk.seat(Role.OPERATOR):
        assert "اعتبار رو به پایان است" in words_of(desk.get("/console/ops"))
        desk.parts.lane_view.note_credit("kavenegar", 5_000_001)
        assert "اعتبار رو به پایان است" not in words_of(desk.get("/console/ops"))
