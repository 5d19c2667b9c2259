"""The first page while somebody looks at it: it goes on by itself and keeps what was opened."""

from playwright.sync_api import expect

from tests.support.desk_page import DeskPage
from tests.support.desk_service import BILL_ID, DeskService


def test_a_new_request_shows_up_by_itself_and_the_opened_table_stays_open(
    operator: DeskPage, desk_service: DeskService
) -> None:
    desk = operator.open("/console/overview")
    assert desk.violations() == []
    assert not desk.scrolls_sideways()
    desk.page.locator("details.hours-details summary").click()
    table = desk.page.locator("#hours-table table")
    expect(table).to_be_visible()
    assert desk.violations() == []
    first = desk.page.locator(".figure strong").first
    before = first.inner_text()
    desk_service.delivered(f"{BILL_ID} 1404")
    expect(first).not_to_have_text(before, timeout=20_000)
    expect(table).to_be_visible()
    assert desk.complaints == []
