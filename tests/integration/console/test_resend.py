"""Sending an answer again from the desk: asked first, once, by whom it may be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sms_service.billing.chain import BillingChain
from sms_service.domain.money import Rial
from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.service.ports import Accepted, Blame, NotSent
from tests.support.console import Desk, words_of
from tests.support.desk import HISTORY, FakeSource
from tests.support.resending import OTHER_PHONE, Office

REFUSED = NotSent(Blame.ROW, "kavenegar_411")


@pytest.fixture
def office(desk: Desk) -> Office:
    service = desk.parts.service
    office = Office(service.engine, vault=service.vault)
    tell_from(desk, office.source)
    return office


def tell_from(desk: Desk, source: FakeSource) -> None:
    """From now on the desk's bills are these."""
    service = desk.parts.service
    for known in ("linked_source", "desk", "limited_desk"):
        vars(service).pop(known, None)
    vars(desk.parts).pop("resending", None)
    vars(service)["source"] = BillingChain({"memory": source})


def refused(office: Office) -> str:
    """A request whose answer the gateway refused."""
    code = office.asked()
    office.deliver(REFUSED)
    return code


def post(desk: Desk, office: Office, code: str, **form: Any) -> Any:
    """The form as the page of this moment has it, filled in so."""
    latest = office.rows(code)[-1].id if office.rows(code) else ""
    return desk.post(f"/console/requests/{code}/resend", {"after": latest, **form})


def test_it_is_asked_before_anything_is_sent(desk: Desk, office: Office) -> None:
    code = refused(office)
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}/resend")
        told = words_of(page)
    assert page.status_code == 200
    assert "آخرین بار" in told
    assert "درگاه آن را نپذیرفت" in told
    assert "پاسخی که امروز می‌رود" in told
    assert len(office.rows(code)) == 1


def test_an_operator_sends_it_again_and_sees_it_move(desk: Desk, office: Office) -> None:
    code = refused(office)
    with desk.seat(Role.OPERATOR, name="sara"):
        answer = post(desk, office, code, words="fresh", reason="تماس گرفت")
        page = words_of(desk.get(answer.location))
    assert (answer.status_code, answer.location) == (303, f"/console/requests/{code}")
    assert "در صف فرستادن گذاشته شد" in page
    assert "به دست sara دوباره فرستاده شد" in page
    assert "تماس گرفت" in page
    assert [row.state for row in office.rows(code)] == ["refused", "queued"]


def test_a_second_click_sends_nothing_and_says_who_was_first(desk: Desk, office: Office) -> None:
    code = refused(office)
    latest = office.rows(code)[-1].id
    form = {"after": latest, "words": "fresh"}
    with desk.seat(Role.OPERATOR, name="sara"):
        desk.post(f"/console/requests/{code}/resend", form)
    with desk.seat(Role.OPERATOR, name="omid"):
        answer = desk.post(f"/console/requests/{code}/resend", form)
    assert answer.status_code == 409
    assert "پیش از شما sara آن را" in words_of(answer)
    assert len(office.rows(code)) == 2


@pytest.mark.parametrize("state", [OutboundState.QUEUED, OutboundState.UNKNOWN])
def test_what_is_under_way_has_no_form(desk: Desk, office: Office, state: OutboundState) -> None:
    code = office.asked()
    office.put(code, state)
    with desk.seat(Role.SUPERVISOR):
        page = desk.get(f"/console/requests/{code}/resend").get_data(as_text=True)
        answer = post(desk, office, code, words="fresh")
    assert 'name="after"' not in page
    assert answer.status_code == 409
    assert len(office.rows(code)) == 1


def test_another_phone_is_refused_to_an_operator(desk: Desk, office: Office) -> None:
    code = refused(office)
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}/resend").get_data(as_text=True)
        answer = post(desk, office, code, to=OTHER_PHONE, reason="x")
    assert 'name="to"' not in page
    assert answer.status_code == 403
    assert len(office.rows(code)) == 1


def test_a_supervisor_sends_it_to_another_phone_which_stays_masked(
    desk: Desk, office: Office
) -> None:
    code = refused(office)
    with desk.seat(Role.SUPERVISOR):
        without = post(desk, office, code, to="09351112233")
        answer = post(desk, office, code, to="۰۹۳۵ ۱۱۱ ۲۲۳۳", reason="گوشی گم شده")
        page = desk.get(f"/console/requests/{code}")
    assert without.status_code == 400
    assert answer.status_code == 303
    assert "به تلفن دیگر" in words_of(page)
    assert "09351112233" not in page.get_data(as_text=True)


def test_a_wrong_phone_is_told_beside_its_field(desk: Desk, office: Office) -> None:
    code = refused(office)
    with desk.seat(Role.SUPERVISOR):
        answer = post(desk, office, code, to="02537700000", reason="x")
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_our_own_line_is_no_receiver(desk: Desk, office: Office) -> None:
    code = refused(office)
    vars(desk.parts).pop("resending", None)
    own = replace(desk.parts.resending, own_lines={OTHER_PHONE})
    vars(desk.parts)["resending"] = own
    with desk.seat(Role.SUPERVISOR):
        assert post(desk, office, code, to=OTHER_PHONE, reason="x").status_code == 400


def test_old_words_that_hold_no_longer_are_not_an_operators(desk: Desk, office: Office) -> None:
    code = refused(office)
    assert HISTORY.branch is not None
    paid = replace(HISTORY, branch=replace(HISTORY.branch, debt_rial=Rial(0)))
    tell_from(desk, FakeSource(paid))
    with desk.seat(Role.OPERATOR):
        answer = post(desk, office, code, words="same", reason="x")
    assert answer.status_code == 400
    assert "تغییر کرده است" in words_of(answer)
    with desk.seat(Role.SUPERVISOR):
        assert post(desk, office, code, words="same", reason="شکایت").status_code == 303


def test_nothing_is_sent_while_the_bills_cannot_be_read(desk: Desk, office: Office) -> None:
    code = refused(office)
    tell_from(desk, FakeSource(down=True))
    with desk.seat(Role.OPERATOR):
        page = words_of(desk.get(f"/console/requests/{code}/resend"))
        answer = post(desk, office, code)
    assert "سوابق قبض اکنون در دسترس نیست" in page
    assert answer.status_code == 503
    assert len(office.rows(code)) == 1


def test_an_answer_that_may_have_gone_needs_a_word_from_the_subscriber(
    desk: Desk, office: Office
) -> None:
    code = office.asked()
    office.put(code, OutboundState.UNRESOLVED, reason="window_over")
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}/resend").get_data(as_text=True)
        without = post(desk, office, code)
        done = post(desk, office, code, asked_first="1")
    assert 'name="asked_first"' in page
    assert (without.status_code, done.status_code) == (400, 303)


def test_an_answer_that_has_just_arrived_needs_a_reason(desk: Desk, office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("1", 1, 116))
    office.arrive()
    with desk.seat(Role.OPERATOR):
        without = post(desk, office, code)
        done = post(desk, office, code, reason="پاک کرده است")
    assert (without.status_code, done.status_code) == (400, 303)


def test_an_accepted_answer_is_left_two_minutes(desk: Desk, office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("1", 1, 116))
    with desk.seat(Role.OPERATOR):
        assert post(desk, office, code).status_code == 409
        office.let_pass(timedelta(minutes=3))
        assert post(desk, office, code).status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"after": "x"},
        {"after": "9" * 40},
        {"after": "-1"},
        {"after": "", "words": "other"},
        {"after": "۱۲"},
    ],
)
def test_a_form_that_is_not_ours_is_refused_and_no_fault(
    desk: Desk, office: Office, form: dict[str, str]
) -> None:
    code = refused(office)
    with desk.seat(Role.OPERATOR):
        assert desk.post(f"/console/requests/{code}/resend", form).status_code == 400
    assert len(office.rows(code)) == 1


def test_an_attempt_of_another_request_opens_nothing(desk: Desk, office: Office) -> None:
    code = refused(office)
    other = office.asked("راهنما", phone=OTHER_PHONE, remote_id="7")
    foreign = office.rows(other)[-1].id
    with desk.seat(Role.OPERATOR):
        answer = desk.post(f"/console/requests/{code}/resend", {"after": foreign})
    assert answer.status_code == 409
    assert [len(office.rows(one)) for one in (code, other)] == [1, 1]


def test_a_reason_is_text_on_the_page_and_nothing_else(desk: Desk, office: Office) -> None:
    code = refused(office)
    evil = "<img src=x onerror=alert(1)>\u202e"
    with desk.seat(Role.OPERATOR):
        post(desk, office, code, reason=evil)
        html = desk.get(f"/console/requests/{code}").get_data(as_text=True)
    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_a_request_that_was_given_up_is_answered_so(desk: Desk, office: Office) -> None:
    code = office.given_up()
    with desk.seat(Role.OPERATOR):
        assert post(desk, office, code).status_code == 303
        told = words_of(desk.get(f"/console/requests/{code}"))
    assert "در صف فرستادن است" in told


def test_a_repeat_names_the_request_to_send_again(desk: Desk, office: Office) -> None:
    first, second = office.asked(), office.asked(remote_id="2")
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{second}/resend")
    assert f"درخواست {first}" in words_of(page)
    assert office.state(second) == InboundState.FOLDED


def test_a_text_that_breaks_the_program_breaks_no_page(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = office.given_up()

    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(desk.parts.resending.recomposing.desk.composer, "answer", breaks)
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/requests/{code}/resend")
        answer = post(desk, office, code)
    assert (page.status_code, answer.status_code) == (200, 409)
    assert "خطایی در برنامه رخ داد" in words_of(answer)
    assert not office.rows(code)
