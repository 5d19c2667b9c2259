"""The desk by keyboard alone, on narrow screens, in the dark, and as axe sees it."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from tests.e2e.desk.conftest import Seat
from tests.support.access_table import rows
from tests.support.desk_service import BILL_ID, DeskService

NOT_PAGES = {
    "/console/",  # leads to another page
    "/console/static/<path:filename>",
    "/console/<path:_rest>",  # the page of an address that isn't one, below as no/such
    "/console/imports/under-way",
    "/console/imports/<int(max=9223372036854775807):upload_id>/progress",
    "/console/ops/credit",
    "/console/requests/<code>/live",
}
"""Pieces, files and doors: what they hold is seen on the pages that they are pieces of."""


@pytest.fixture(scope="package")
def pages(desk_service: DeskService) -> Mapping[str, str]:
    """An address with something on it for each page that there is, by the page's route."""
    code, text = desk_service.delivered(f"{BILL_ID} 1404")
    bill = desk_service.bill_page()
    own = {
        "/console/counter/<code>": f"/console/counter/{code}",
        "/console/requests/<code>": f"/console/requests/{code}",
        "/console/requests/<code>/resend": f"/console/requests/{code}/resend",
        "/console/phones/<handle>": desk_service.phone_page(text),
        "/console/bills/<bill_id>": bill,
        "/console/bills/<handle>/links": f"{bill}/links",
        "/console/users/<username>": "/console/users/op-two",
    }
    told = {row.path: own.get(row.path, row.address) for row in rows() if _is_page(*row.name)}
    return {**told, "no such page": "/console/no/such/page"}


def _is_page(method: str, path: str) -> bool:
    return method == "GET" and path.startswith("/console/") and path not in NOT_PAGES


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(seat: Seat, pages: Mapping[str, str], scheme: str) -> None:
    desk = seat("keeper", color_scheme=scheme)
    found = {}
    for name, path in pages.items():
        desk.open(path)
        found[name] = desk.violations()
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]
    assert [f"{name}: {what}" for name, each in found.items() for what in each] == []


def test_axe_finds_nothing_at_the_door(seat: Seat) -> None:
    for scheme in ("light", "dark"):
        assert seat(None, color_scheme=scheme).open("/console/sign-in").violations() == []


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 360, "height": 740}, "has_touch": True},
        {"viewport": {"width": 640, "height": 512}},
    ],
    ids=["narrow", "at 200 percent"],
)
def test_no_page_is_wider_than_the_window_nor_has_controls_too_small_to_hit(
    seat: Seat, pages: Mapping[str, str], options: dict[str, object]
) -> None:
    desk = seat("keeper", **options)
    wide, small = [], {}
    for name, path in pages.items():
        desk.open(path)
        if desk.scrolls_sideways():
            wide.append(name)
        if targets := desk.small_targets():
            small[name] = targets
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]
    assert (wide, small) == ([], {})


def test_a_request_is_found_opened_and_sent_again_by_keyboard_alone(
    seat: Seat, desk_service: DeskService
) -> None:
    code, text = desk_service.delivered(f"{BILL_ID} 1405")
    desk = seat("op-one")
    desk.open("/console/ops").press("/")
    expect(desk.page.locator("#q")).to_be_focused()
    desk.page.keyboard.type(code)
    desk.press("Enter")
    expect(desk.heading).to_contain_text(code)
    desk.press("r")
    desk.page.wait_for_url("**/resend")
    button = desk.main.locator("form .btn-accent").last
    desk.tab_to(button).press("Enter")
    expect(desk.heading).to_contain_text(code)
    desk_service.wait_until(
        lambda: sum(sms.receptor.endswith(text.phone[1:]) for sms in desk_service.sms_since(0)) == 2
    )
