"""What operators do all day, from the caller's words to the phone's answer."""

import requests
from playwright.sync_api import expect

from sms_service.domain.roles import Scope
from sms_service.domain.states import OutboundState
from sms_service.simulator.household import LINE
from tests.e2e.desk.conftest import Seat
from tests.support.desk_page import DeskPage
from tests.support.desk_service import BILL_ID, DeskService
from tests.support.signing_in import BY
from tests.support.texting import Text

_OUT_OF_COVERAGE = ((0.3, 11),)
_OTHER_PHONE = "09121110000"


def undelivered(service: DeskService) -> tuple[str, Text]:
    """A text whose answer didn't get to its phone; later ones do."""
    service.gateway.plan_receipts(steps=_OUT_OF_COVERAGE)
    try:
        text = service.new_text(f"{BILL_ID} 1404")
        service.webhook.hand_over([text])
        service.wait_until(lambda: service.state_of(text) == OutboundState.UNDELIVERED)
    finally:
        service.gateway.plan_receipts()
    return service.code_of(text), text


def answers_to(service: DeskService, phone: str) -> int:
    """How many SMS the gateway has for a phone."""
    return sum(sms.receptor.endswith(phone[1:]) for sms in service.sms_since(0))


def test_an_answer_is_found_by_its_phone_understood_sent_again_and_delivered(
    operator: DeskPage, desk_service: DeskService
) -> None:
    code, text = undelivered(desk_service)
    operator.open("/console/ops").find(text.phone)
    assert operator.page.url.endswith(f"/console/requests/{code}")
    expect(operator.main).to_contain_text("به گوشی نرسید")
    operator.press("r")
    operator.page.wait_for_url("**/resend")
    expect(operator.main).to_contain_text("به گوشی نرسید")
    operator.page.get_by_role("button", name="دوباره بفرست").click()
    operator.page.wait_for_url(f"**/console/requests/{code}")
    expect(operator.main).to_contain_text("پاسخ ۲")
    # It is told while it moves: nobody loads the page again.
    expect(operator.main.get_by_text("به گوشی رسید").first).to_be_visible()
    assert answers_to(desk_service, text.phone) == 2


def test_the_same_is_done_without_javascript(seat: Seat, desk_service: DeskService) -> None:
    code, text = undelivered(desk_service)
    desk = seat("op-one", java_script_enabled=False)
    desk.open("/console/ops").find(code)
    assert desk.page.url.endswith(f"/console/requests/{code}")
    desk.page.get_by_role("link", name="ارسال دوباره").click()
    desk.page.get_by_role("button", name="دوباره بفرست").click()
    expect(desk.main).to_contain_text("پاسخ ۲")
    desk_service.wait_until(lambda: desk_service.state_of(text) == OutboundState.DELIVERED)
    assert answers_to(desk_service, text.phone) == 2


def test_two_operators_who_press_at_the_same_moment_send_once(
    seat: Seat, desk_service: DeskService
) -> None:
    code, text = undelivered(desk_service)
    both = [seat("op-one"), seat("op-two")]
    for desk in both:
        desk.open(f"/console/requests/{code}/resend")
    for desk in both:
        desk.page.get_by_role("button", name="دوباره بفرست").click(no_wait_after=True)
    for desk in both:
        desk.page.wait_for_load_state()
    told = [desk.main.inner_text() for desk in both]
    assert sum("پیش از شما" in one for one in told) == 1
    desk_service.wait_until(lambda: desk_service.state_of(text) == OutboundState.DELIVERED)
    assert answers_to(desk_service, text.phone) == 2
    for desk in both:
        desk.complaints[:] = [one for one in desk.complaints if "409" not in one]


def test_a_phone_from_which_nothing_came_is_told_so_and_answered_from_the_counter(
    operator: DeskPage, desk_service: DeskService
) -> None:
    operator.open("/console/ops").find("09129998877")
    expect(operator.main).to_contain_text(LINE)
    assert "09129998877" not in operator.page.url
    operator.main.get_by_role("button", name="اکنون از باجه").click()
    expect(operator.main).to_contain_text("0912…77")
    operator.page.fill("#f-bill_id", BILL_ID)
    operator.main.locator("form .btn-accent").first.click()
    operator.page.wait_for_url("**/console/requests/*")
    desk_service.wait_until(lambda: answers_to(desk_service, "09129998877") == 1)


def test_what_is_a_supervisor_s_is_refused_to_an_operator_by_page_and_by_api(
    operator: DeskPage, supervisor: DeskPage, desk_service: DeskService
) -> None:
    code, _ = undelivered(desk_service)
    path = f"/console/requests/{code}/resend"
    operator.open(path)
    expect(operator.page.locator("#f-to")).to_have_count(0)
    form: dict[str, str | float | bool] = {
        "csrf_token": operator.page.locator("main [name=csrf_token]").first.input_value(),
        "after": operator.page.locator("[name=after]").input_value(),
        "words": "fresh",
        "to": _OTHER_PHONE,
        "reason": "خواهش مشترک",
    }
    answer = operator.page.request.post(f"{desk_service.url}{path}", form=form)
    assert answer.status == 403
    assert operator.page.request.get(f"{desk_service.url}/console/bulk/new").status == 403
    assert _by_api(desk_service, code, Scope.RESEND).status_code == 403
    assert answers_to(desk_service, _OTHER_PHONE) == 0

    supervisor.open(path)
    supervisor.page.fill("#f-to", _OTHER_PHONE)
    supervisor.page.fill("#f-reason", "تلفن تازهٔ مشترک")
    supervisor.page.get_by_role("button", name="دوباره بفرست").click()
    supervisor.page.wait_for_url(f"**/console/requests/{code}")
    desk_service.wait_until(lambda: answers_to(desk_service, _OTHER_PHONE) == 1)


def _by_api(service: DeskService, code: str, *scopes: Scope) -> requests.Response:
    _, secret = service.desk.tokens.create("walk", scopes, 1, BY)
    return requests.post(
        f"{service.url}/api/v1/requests/{code}/resend",
        json={"reason": "خواهش مشترک", "to": _OTHER_PHONE},
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": f"walk-{code}"},
        timeout=10,
    )
