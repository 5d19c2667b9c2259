"""The desk over requests that retention has been over: every page stands, and says so."""

from datetime import UTC, datetime, timedelta

import pytest

from sms_service.billing.chain import BillingChain
from sms_service.domain.agreement import Month
from sms_service.domain.calendar import tehran_day
from sms_service.domain.roles import Role
from sms_service.domain.states import OutboundState
from sms_service.ledger.handles import of_phone
from sms_service.ledger.retention import RetentionLedger
from sms_service.service.ports import Accepted
from sms_service.service.retention import Retention
from tests.support.ageing import age
from tests.support.console import Desk, words_of
from tests.support.ledger import BILL, PHONE
from tests.support.resending import OPERATOR, Office

_EVERYBODY = (Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR)
_AGE = timedelta(days=91)
_NATIONAL = "0" + PHONE.removeprefix("+98")


@pytest.fixture
def erased(desk: Desk) -> dict[str, str]:
    """Codes of a request that was delivered, one that was given up, one whose end is unknown."""
    service = desk.parts.service
    office = Office(service.engine, vault=service.vault)
    vars(service)["source"] = BillingChain({"memory": office.source})
    codes = {"delivered": office.asked(f"سوابق {BILL} 1404")}
    office.deliver(Accepted("98765", 1, 116))
    office.arrive()
    codes["unresolved"] = office.asked(BILL, remote_id="2")
    office.put(codes["unresolved"], OutboundState.UNRESOLVED)
    codes["given up"] = office.asked(f"بدهی {BILL}", remote_id="3")
    office.change_request(codes["given up"], state="failed", reason="too_many_attempts")
    age(service.engine, _AGE)
    retention = Retention(RetentionLedger(service.engine, timedelta(days=30)), 90)
    assert retention.run(OPERATOR, retention.cutoff()).is_done
    return codes


def test_every_page_stands_over_erased_requests(desk: Desk, erased: dict[str, str]) -> None:
    month = Month.of(tehran_day(datetime.now(UTC) - _AGE))
    handle = of_phone(desk.parts.service.hash_phone(PHONE))
    pages = {
        **{f"/console/requests/{code}": 200 for code in erased.values()},
        f"/console/requests/{erased['delivered']}/live": 200,
        f"/console/phones/{handle}": 404,
        f"/console/sla/{month}": 200,
        f"/console/sla/{month}/breaches": 200,
        f"/console/sla/{month}/opinions": 200,
        **dict.fromkeys(("/console/ops", "/console/overview", "/console/audit"), 200),
        "/console/requests?range=all": 200,
    }
    with desk.seat(*_EVERYBODY):
        for page, status in pages.items():
            assert desk.get(page).status_code == status, page


def test_the_request_says_that_it_is_erased_and_cant_be_sent_again(
    desk: Desk, erased: dict[str, str]
) -> None:
    with desk.seat(*_EVERYBODY):
        for code in erased.values():
            said = words_of(desk.get(f"/console/requests/{code}"))
            assert "پاک شده" in said
            again = desk.get(f"/console/requests/{code}/resend")
            assert again.status_code == 200
            assert "پس از پایان نگهداری پاک شده است" in words_of(again)
        shown = desk.post(f"/console/requests/{erased['delivered']}/reveal")
        assert shown.status_code == 200
        assert _NATIONAL not in shown.get_data(as_text=True)


def test_lists_exports_and_searches_go_on(desk: Desk, erased: dict[str, str]) -> None:
    with desk.seat(*_EVERYBODY):
        said = words_of(desk.get("/console/requests", range="all"))
        assert said.count("پاک شده") >= 3
        month = Month.of(tehran_day(datetime.now(UTC) - _AGE))
        for export in ("/console/requests/export", f"/console/sla/{month}/events.csv"):
            exported = desk.post(export, {"range": "all"})
            assert exported.status_code == 200
            assert BILL.encode() not in exported.get_data()
        for typed in (PHONE, BILL, erased["delivered"]):
            found = desk.post("/console/find", {"q": typed})
            assert desk.get(found.headers["Location"]).status_code == 200


def test_dead_letters_are_told_as_erased_and_none_is_taken_up_again(
    desk: Desk, erased: dict[str, str]
) -> None:
    code = erased["given up"]
    with desk.seat(*_EVERYBODY):
        assert words_of(desk.get("/console/ops")).count("پاک شده است") >= 2
        assert desk.post(f"/console/ops/dead-letters/{code}/redrive").status_code < 500
        assert desk.post("/console/ops/dead-letters/redrive").status_code < 500
        assert words_of(desk.get("/console/ops")).count("پاک شده است") >= 2
