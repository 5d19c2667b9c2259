"""One request at the desk: what is told of it, what is hidden, what may be written beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from sms_service.billing.chain import BillingChain
from sms_service.database import reading
from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.desk_tables import request_notes
from sms_service.ledger.recording import Recorder
from sms_service.service.ports import Accepted, Blame, NotSent
from tests.support.console import Desk, words_of
from tests.support.ledger import BILL, PHONE, arrival
from tests.support.resending import Office

TEXT = f"سوابق {BILL} 1404"
EVIL = "<script>alert(1)</script>\u202e\"'&"


@pytest.fixture
def office(desk: Desk) -> Office:
    service = desk.parts.service
    office = Office(service.engine, vault=service.vault)
    vars(service)["source"] = BillingChain({"memory": office.source})
    return office


def test_the_whole_way_of_a_text_is_told_hop_by_hop(desk: Desk, office: Office) -> None:
    code = office.asked(TEXT)
    office.deliver(Accepted("98765", 1, 116))
    office.arrive()
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}")
    told = words_of(page)
    assert page.status_code == 200
    for hop in ("رسید و در نوبت پاسخ است", "پاسخ آن نوشته شد", "درگاه آن را پذیرفت"):
        assert hop in told
    assert "پاسخ به گوشی رسیده است" in told
    assert "98765" in told
    assert "۱۱۶ ریال" in told
    assert "از سال ۱۴۰۴" in told
    assert told.count("کاوه‌نگار") >= 2


def test_phone_and_text_are_masked_until_somebody_asks_for_them(desk: Desk, office: Office) -> None:
    code = office.asked(TEXT)
    national = "0" + PHONE.removeprefix("+98")
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}").get_data(as_text=True)
        shown = desk.post(f"/console/requests/{code}/reveal").get_data(as_text=True)
    assert national not in page
    assert TEXT not in page
    assert national[:4] in page
    assert national in shown
    assert TEXT in shown
    (deed,) = desk.parts.audit.entries()
    assert (deed.action, deed.subject) == ("reveal_request", code)
    assert national not in deed.details


def test_the_raw_exchange_is_masked_for_everybody(desk: Desk, office: Office) -> None:
    national = "0" + PHONE.removeprefix("+98")
    raw = f"messageid=55&from={national}&to=30001521&message={BILL}".encode()
    arrived = replace(arrival("55", BILL), raw=raw)
    (recorded,) = Recorder(office.engine, office.vault).record([arrived])
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{recorded.code}").get_data(as_text=True)
    raw_panel = page.split('class="facts raw"')[1]
    assert "30001521" in raw_panel
    assert national not in raw_panel
    assert BILL not in raw_panel


def test_it_looks_again_while_it_moves_and_is_left_alone_when_it_has_ended(
    desk: Desk, office: Office
) -> None:
    code = office.asked()
    with desk.seat(Role.OPERATOR):
        moving = desk.get(f"/console/requests/{code}").get_data(as_text=True)
        assert 'hx-trigger="every 2s"' in moving
        known = moving.split("known=")[1][:16]
        piece = desk.piece(f"/console/requests/{code}/live", known=known)
        assert piece.status_code == 204
        office.deliver(Accepted("1", 1, 116))
        office.arrive()
        ended = desk.piece(f"/console/requests/{code}/live", known=known)
    told = ended.get_data(as_text=True)
    assert ended.status_code == 200
    assert "every 2s" not in told
    assert 'hx-target="#now"' in told
    assert "پاسخ به گوشی رسیده است" in told


@pytest.mark.parametrize("code", ["10000000", "1", "abcdefgh", "1234567804423", "۱۲۳۴۵۶۷۸"])
@pytest.mark.parametrize("way", ["", "/live", "/resend"])
def test_a_code_of_nothing_is_no_page(desk: Desk, code: str, way: str) -> None:
    with desk.seat(Role.OPERATOR):
        assert desk.get(f"/console/requests/{code}{way}").status_code == 404


@pytest.mark.parametrize("way", ["reveal", "notes", "resend"])
def test_nothing_is_done_to_a_request_that_is_not_there(desk: Desk, way: str) -> None:
    with desk.seat(Role.SUPERVISOR):
        answer = desk.post(f"/console/requests/10000000/{way}", {"note": "x", "after": ""})
    assert answer.status_code == 404
    assert not list(desk.parts.audit.entries())


def test_a_note_is_kept_sealed_and_shown_as_it_was_written(desk: Desk, office: Office) -> None:
    code = office.asked()
    with desk.seat(Role.OPERATOR, name="sara"):
        answer = desk.post(f"/console/requests/{code}/notes", {"note": EVIL})
        page = desk.get(f"/console/requests/{code}")
    assert answer.status_code == 303
    html = page.get_data(as_text=True)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "sara" in html
    with reading(office.engine) as connection:
        kept = connection.execute(select(request_notes)).one()
    assert b"script" not in kept.text_cipher
    (deed,) = desk.parts.audit.entries()
    assert (deed.action, deed.subject) == ("note_request", code)
    assert "script" not in deed.details


@pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_note_is_asked_for_again(desk: Desk, office: Office, note: str) -> None:
    code = office.asked()
    with desk.seat(Role.OPERATOR):
        answer = desk.post(f"/console/requests/{code}/notes", {"note": note})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_what_a_subscriber_wrote_is_text_on_the_page_and_nothing_else(
    desk: Desk, office: Office
) -> None:
    code = office.asked(EVIL)
    with desk.seat(Role.OPERATOR):
        shown = desk.get(f"/console/requests/{code}").get_data(as_text=True)
        revealed = desk.post(f"/console/requests/{code}/reveal").get_data(as_text=True)
    for html in (shown, revealed):
        assert "<script>alert(1)" not in html
        # Isolated, so that what turns the direction of writing ends with it.
        assert '<bdi class="said">&lt;script&gt;alert(1)&lt;/script&gt;' in html


def test_a_repeat_leads_to_the_request_that_answers_it_and_back(desk: Desk, office: Office) -> None:
    first, second = office.asked(), office.asked(remote_id="2")
    with desk.seat(Role.OPERATOR):
        of_second = desk.get(f"/console/requests/{second}").get_data(as_text=True)
        of_first = desk.get(f"/console/requests/{first}").get_data(as_text=True)
    assert f"/console/requests/{first}" in of_second
    assert f"/console/requests/{second}" in of_first


def test_a_refusal_is_told_with_what_to_do(desk: Desk, office: Office) -> None:
    code = office.asked()
    office.deliver(NotSent(Blame.ROW, "kavenegar_411"))
    with desk.seat(Role.OPERATOR):
        told = words_of(desk.get(f"/console/requests/{code}"))
    assert "این شمارهٔ تلفن را نمی‌پذیرد" in told
    assert "باجه" in told


def test_an_erased_request_is_shown_without_what_was_erased(desk: Desk, office: Office) -> None:
    code = office.asked(TEXT)
    office.put(code, OutboundState.EXPIRED, phone_cipher=None)
    office.erase(code)
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}")
    told = words_of(page)
    assert page.status_code == 200
    assert "تلفن و نوشتهٔ آن پاک شده است" in told
    assert "نگهداری نشده است" in told


def test_pages_of_bill_and_phone_are_named_by_handles_alone(desk: Desk, office: Office) -> None:
    code = office.asked(TEXT)
    with desk.seat(Role.OPERATOR):
        html = desk.get(f"/console/requests/{code}").get_data(as_text=True)
    addresses = [part.split('"')[0] for part in html.split('href="')[1:]]
    assert not [one for one in addresses if BILL in one or PHONE[1:] in one or "0912" in one]
    assert [one for one in addresses if one.startswith("/console/phones/")]
    assert [one for one in addresses if one.startswith("/console/bills/")]


@pytest.mark.parametrize("state", InboundState)
def test_every_state_of_a_request_has_a_page(
    desk: Desk, office: Office, state: InboundState
) -> None:
    code = office.asked()
    office.change_request(code, state=state)
    with desk.seat(Role.OPERATOR):
        assert desk.get(f"/console/requests/{code}").status_code == 200


@pytest.mark.parametrize("state", OutboundState)
def test_every_state_of_an_answer_has_a_page(
    desk: Desk, office: Office, state: OutboundState
) -> None:
    code = office.asked()
    office.deliver(Accepted("1", 1, 116))
    office.put(code, state)
    office.let_pass(timedelta(hours=1))
    with desk.seat(Role.OPERATOR):
        assert desk.get(f"/console/requests/{code}").status_code == 200


@pytest.mark.parametrize("way", ["reveal", "notes", "resend"])
def test_a_form_of_another_site_does_nothing(desk: Desk, office: Office, way: str) -> None:
    code = office.asked()
    with desk.seat(Role.OPERATOR):
        answer = desk.client.post(f"/console/requests/{code}/{way}", data={"note": "x"})
    assert answer.status_code == 400
    assert not list(desk.parts.audit.entries())


@pytest.mark.parametrize("path", ["", "/live", "/resend"])
def test_an_auditor_sees_no_request(desk: Desk, office: Office, path: str) -> None:
    code = office.asked()
    with desk.seat(Role.AUDITOR):
        assert desk.get(f"/console/requests/{code}{path}").status_code == 403
