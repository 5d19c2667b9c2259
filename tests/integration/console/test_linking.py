"""Phones linked to bills at the counter: told as the phone of the records is, until unlinked."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from sms_service.domain.roles import Role
from sms_service.language.reading import Problem
from sms_service.ledger.handles import of_phone
from sms_service.service.desk import Finding, Question
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.console import Desk, words_of
from tests.support.counter import BILL, PHONE, WRONG, deeds_of, seat_subscribers

E164 = "+989121234567"


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """Where bills are told to registered phones alone, and none is registered."""
    nowhere = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:9/0"}
    parts = Parts(settings(TODAY="1405-09-02", ACCESS_POLICY="registered", **nowhere))
    desk = Desk(parts)
    seat_subscribers(desk)
    yield desk
    parts.close()


def links_page(desk: Desk) -> str:
    return f"/console/bills/{desk.parts.handles.of_bill(BILL)}/links"


def asked_by_sms(desk: Desk) -> Finding:
    service = desk.parts.service
    question = Question(f"{BILL} بدهی", service.hash_phone(E164))
    return service.desk.answer([question])[0]


def test_a_linked_phone_is_told_of_the_bill_and_an_unlinked_one_no_more(
    desk: Desk, engine: Engine
) -> None:
    assert asked_by_sms(desk).reading.problem is Problem.NOT_ALLOWED
    with desk.seat(Role.OPERATOR, name="sara"):
        linked = desk.post(links_page(desk), {"phone": PHONE, "reason": "با کارت آمد"})
        assert linked.status_code == 303
        page = desk.get(links_page(desk))
        assert asked_by_sms(desk).reading.problem is None
        handle = of_phone(desk.parts.service.hash_phone(E164))
        gone = desk.post(f"{links_page(desk)}/{handle}/remove", {"reason": "اشتباه بود"})
        assert gone.status_code == 303
    assert "0912…67" in words_of(page)
    assert "9121234567" not in page.get_data(as_text=True)
    assert asked_by_sms(desk).reading.problem is Problem.NOT_ALLOWED
    told = [(deed.action, deed.actor, deed.reason) for deed in deeds_of(engine)]
    assert told == [
        ("link_phone", "sara", "با کارت آمد"),
        ("unlink_phone", "sara", "اشتباه بود"),
    ]
    assert not any(BILL in str(deed) or PHONE[1:] in str(deed) for deed in deeds_of(engine))


def test_a_link_without_a_reason_or_a_phone_is_none(desk: Desk, engine: Engine) -> None:
    with desk.seat(Role.OPERATOR):
        for wrong in ({"phone": PHONE}, {"reason": "x"}, {"phone": "12", "reason": "x"}):
            assert desk.post(links_page(desk), wrong).status_code == 400
    assert deeds_of(engine) == []


def test_a_second_link_and_a_second_removal_change_nothing(desk: Desk, engine: Engine) -> None:
    with desk.seat(Role.OPERATOR):
        for _ in range(2):
            desk.post(links_page(desk), {"phone": PHONE, "reason": "با کارت آمد"})
        assert "پیش از این" in words_of(desk.get(links_page(desk)))
        handle = of_phone(desk.parts.service.hash_phone(E164))
        for _ in range(2):
            desk.post(f"{links_page(desk)}/{handle}/remove")
        assert "کس دیگری" in words_of(desk.get(links_page(desk)))
    assert len(deeds_of(engine)) == 2


def test_what_stands_in_a_reason_is_words_and_no_page(desk: Desk) -> None:
    evil = "<script>alert(1)</script>\u202e"
    with desk.seat(Role.OPERATOR):
        desk.post(links_page(desk), {"phone": PHONE, "reason": evil})
        page = desk.get(links_page(desk)).get_data(as_text=True)
    assert "<script>alert" not in page
    assert '<bdi class="said">&lt;script&gt;alert(1)&lt;/script&gt;\u202e</bdi>' in page


def test_a_typed_bill_leads_to_its_links_and_a_wrong_one_back(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        right = desk.post("/console/counter/links", {"link_bill": BILL})
        assert right.location == links_page(desk)
        assert BILL not in right.location
        wrong = desk.post("/console/counter/links", {"link_bill": WRONG})
        assert wrong.location == "/console/counter"


def test_a_handle_of_nothing_is_not_found(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        assert desk.get("/console/bills/nothing/links").status_code == 404
        assert desk.post("/console/bills/nothing/links/00/remove").status_code == 404
        assert desk.post(f"{links_page(desk)}/nothing/remove").status_code == 303
