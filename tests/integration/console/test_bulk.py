"""``/console/bulk``: many answers sent again after an outage, each once."""

import pytest
from sqlalchemy import func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.bulk_runs import BulkRunLedger
from sms_service.ledger.desk_tables import bulk_items, bulk_runs
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.auditing import Actor
from sms_service.service.bulk_resending import BulkResending
from sms_service.service.bulk_terms import RunState
from sms_service.service.resending import ResendOrder, Resent
from tests.support.bulk import BulkOffice
from tests.support.console import Desk, words_of

HOSTILE = "<script>alert(1)</script>\u202eabc"
EXPIRED = OutboundState.EXPIRED


@pytest.fixture
def office(desk: Desk) -> BulkOffice:
    return BulkOffice(desk)


def test_an_operator_sends_nothing_in_numbers(desk: Desk, office: BulkOffice) -> None:
    office.requests.sent(1, EXPIRED)
    run = office.preview()
    with desk.seat(Role.OPERATOR):
        assert desk.get("/console/bulk").status_code == 403
        assert desk.get("/console/bulk/new").status_code == 403
        assert desk.post("/console/bulk/new", office.form()).status_code == 403
        form = {"reason": "x", "count": "1"}
        assert desk.post(f"/console/bulk/{run}/confirm", form).status_code == 403
    with desk.seat(Role.SUPERVISOR):
        forged = desk.client.post(f"/console/bulk/{run}/confirm", data=form)
        assert forged.status_code == 400
        assert desk.get("/console/bulk/999999").status_code == 404
        assert desk.post("/console/bulk/999999/pause").status_code == 404
    assert office.state(run) is RunState.PREVIEWED


def test_the_preview_counts_what_will_be_sent_and_why_others_are_not(
    desk: Desk, office: BulkOffice
) -> None:
    requests = office.requests
    codes = requests.sent(7, EXPIRED, cost=500)
    delivered, in_flight, stopped, erased = codes[:4]
    resent(desk, office, in_flight)
    attempt = resent(desk, office, delivered)
    requests.become(inbound, erased, phone_cipher=None)
    with writing(office.parts.engine) as connection:
        arrived = update(outbound).where(outbound.c.id == attempt)
        connection.execute(arrived.values(state=OutboundState.DELIVERED))
    office.opt_out(stopped)
    requests.sent(1, OutboundState.DELIVERED)
    run = office.preview()
    with desk.seat(Role.SUPERVISOR):
        page = desk.get(f"/console/bulk/{run}")
    said = words_of(page)
    assert "۳ پیامک ۳ بخش" in said
    assert "۱٬۵۰۰ ریال" in said
    assert "۱ تا این دم رسیده است" in said
    assert "۱ در راه است" in said
    assert "۱ خواسته است که پیامک نگیرد" in said
    assert "۱ تلفن یا نوشته پاک شده است" in said
    assert all(code in said for code in codes[4:])
    assert "+98912" not in page.get_data(as_text=True)
    office.deliver()
    before = len(office.gateway.calls)
    office.confirm(run)
    office.feed_all(run)
    office.deliver()
    assert len(office.gateway.calls) - before == office.total(run) == 3


def resent(desk: Desk, office: BulkOffice, code: str) -> int:
    """Somebody sent this one again by itself; the new attempt."""
    (first,) = office.requests.attempts(code)
    sara = Actor("sara", frozenset({Role.OPERATOR}))
    outcome = desk.parts.resending.resend(ResendOrder(code, sara, after=first.id))
    assert isinstance(outcome, Resent)
    return outcome.outbound_id


def test_what_a_phone_asked_again_goes_once(desk: Desk, office: BulkOffice) -> None:
    first, second, third = office.requests.sent(3, EXPIRED)
    with writing(office.parts.engine) as connection:
        phone = select(inbound.c.phone_hash).where(inbound.c.code == first).scalar_subquery()
        same = update(inbound).where(inbound.c.code == second)
        connection.execute(same.values(phone_hash=phone))
    run = office.preview()
    with desk.seat(Role.SUPERVISOR):
        said = words_of(desk.get(f"/console/bulk/{run}"))
    assert office.total(run) == 2
    assert first not in said
    assert second in said
    assert third in said
    assert "۱ همان را دیرتر پرسیده" in said


def test_what_was_asked_again_and_answered_is_left_out(office: BulkOffice, desk: Desk) -> None:
    first, _ = office.requests.sent(2, EXPIRED)
    (later,) = office.requests.sent(1, OutboundState.DELIVERED)
    with writing(office.parts.engine) as connection:
        phone = select(inbound.c.phone_hash).where(inbound.c.code == first).scalar_subquery()
        connection.execute(update(inbound).where(inbound.c.code == later).values(phone_hash=phone))
    assert office.total(office.preview()) == 1


def test_a_request_that_never_had_an_answer_gets_one(office: BulkOffice) -> None:
    (code,) = office.requests.asked(1)
    office.requests.become(inbound, code, state=InboundState.FAILED)
    run = office.preview("failed_request")
    office.confirm(run)
    office.feed_all(run)
    office.deliver()
    assert len(office.gateway.calls) == 1
    assert [row.parent_id for row in office.requests.attempts(code)] == [None]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"since_day": "1405/07/31"}, "روز را مانند"),
        ({"since_day": "۱۴۰۹/۰۱/۰۱"}, "پایان باید پس از آغاز باشد"),
        ({"until_time": "25:00"}, "روز را مانند"),
        ({"state": []}, "دست‌کم یک حال"),
        ({"state": ["delivered"]}, "دست‌کم یک حال"),
        ({"pace": "0"}, "عددی از ۱"),
        ({"pace": "²"}, "عددی از ۱"),
        ({"gateway": HOSTILE}, "گزینش درست نبود"),
        ({}, "هیچ درخواستی"),
    ],
)
def test_a_bad_wish_comes_back_with_what_is_wrong(
    desk: Desk, office: BulkOffice, change: dict[str, str], sentence: str
) -> None:
    with desk.seat(Role.SUPERVISOR):
        answer = desk.post("/console/bulk/new", office.form(**change))
    assert answer.status_code == 400
    assert sentence in words_of(answer)
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_a_run_begins_with_a_reason_and_the_right_count_and_once(
    desk: Desk, office: BulkOffice
) -> None:
    office.requests.sent(3, EXPIRED)
    run = office.preview()
    with desk.seat(Role.SUPERVISOR, name="omid"):
        no_reason = desk.post(f"/console/bulk/{run}/confirm", {"reason": " ", "count": "3"})
        wrong_count = desk.post(f"/console/bulk/{run}/confirm", {"reason": "x", "count": "4"})
        assert (no_reason.status_code, wrong_count.status_code) == (400, 400)
        assert "علت را بنویسید" in words_of(no_reason)
        assert "شمار را همان‌گونه" in words_of(wrong_count)
        for _ in range(2):
            desk.post(f"/console/bulk/{run}/confirm", {"reason": HOSTILE, "count": "۳"})
        assert "این کار دیگر شدنی نیست" in words_of(desk.get(f"/console/bulk/{run}"))
        for page in ("/console/bulk", f"/console/bulk/{run}"):
            assert "<script>alert" not in desk.get(page).get_data(as_text=True)
    assert office.state(run) is RunState.RUNNING
    assert [one.action for one in desk.parts.audit.entries()] == ["bulk_confirm"]


def test_an_old_preview_is_not_what_would_be_sent(desk: Desk, office: BulkOffice) -> None:
    office.requests.sent(1, EXPIRED)
    run = office.preview()
    with writing(office.parts.engine) as connection:
        connection.execute(update(bulk_runs).values(made_at=db_now(-3700)))
    office.confirm(run)
    assert office.state(run) is RunState.PREVIEWED
    assert not desk.parts.bulk_runs.sweep()
    with writing(office.parts.engine) as connection:
        connection.execute(update(bulk_runs).values(made_at=db_now(-90_000)))
    assert desk.parts.bulk_runs.sweep()
    with reading(office.parts.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(bulk_items)) == 0


def test_more_than_a_run_holds_is_refused(desk: Desk, office: BulkOffice) -> None:
    small = BulkRunLedger(office.parts.engine, most=2)
    vars(desk.parts)["bulk_resending"] = BulkResending(small, office.parts.doorbell)
    office.requests.sent(3, EXPIRED)
    with desk.seat(Role.SUPERVISOR):
        answer = desk.post("/console/bulk/new", office.form())
    assert answer.status_code == 400
    assert "بازهٔ کوتاه‌تری" in words_of(answer)
