"""The way in, in Debian's Chromium: by keyboard, without JavaScript, and for everybody's eyes."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from sms_service.database import writing
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import users
from sms_service.settings import Settings
from tests.support.axe import AXE
from tests.support.phone import chromium
from tests.support.signing_in import PASSWORD, Office, Phone, make_user, office_of

_PAGES = (
    "/console/users",
    "/console/users/sara",
    "/console/new-user",
    "/console/account",
    "/console/account/password",
    "/console/audit",
    "/console/verify",
)


@pytest.fixture
def office(
    settings: Callable[..., Settings], sqlite_engine: object, sqlite_url: str
) -> Iterator[Office]:
    """Reza, an admin, and Sara, an operator."""
    given = settings(
        DATABASE_URL=sqlite_url, REDIS_URL="redis://127.0.0.1:9/0", LOG_LEVEL="WARNING"
    )
    with office_of(given) as office:
        make_user(office.parts, "reza", Role.ADMIN)
        make_user(office.parts, "sara", Role.OPERATOR)
        yield office


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where the office listens."""
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_context() -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser with the options given."""
    with chromium() as browser:
        yield lambda **options: browser.new_context(locale="fa-IR", **options)


def faults(page: Page) -> list[Any]:
    """What axe finds on the page that is shown."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


def test_a_code_is_set_up_and_asked_for_and_every_page_of_people_is_for_everybody(
    office: Office, address: str, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context(bypass_csp=True, color_scheme="dark").new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/console/users")
    assert faults(page) == []
    expect(page.locator("#f-username")).to_be_focused()
    page.keyboard.type("reza")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("کد یک‌بارمصرف با تلفن")
    assert faults(page) == []
    phone = Phone(page.locator(".key").inner_text())
    page.locator("#f-code").fill(phone.code())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    assert faults(page) == []
    for path in _PAGES:
        page.goto(address + path)
        assert (path, faults(page)) == (path, [])
    assert complaints == []


def test_the_way_in_and_out_needs_no_script(
    office: Office, address: str, open_context: Callable[..., BrowserContext]
) -> None:
    browser = office.browser()
    browser.sign_in("sara")
    phone = browser.set_up_second_factor()
    with writing(office.service.engine) as connection:
        connection.execute(update(users).values(tf_last_counter=1))
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/console/account")
    page.fill("#f-username", "sara")
    page.fill("#f-password", PASSWORD)
    page.get_by_role("button", name="ورود").click()
    page.fill("#f-code", phone.code())
    page.get_by_role("button", name="ورود").click()
    expect(page).to_have_url(f"{address}/console/account")
    page.locator(".who summary").click()
    page.get_by_role("button", name="خروج", exact=True).click()
    expect(page.locator("h1")).to_have_text("ورود")
    page.go_back()
    page.reload()
    expect(page.locator("h1")).to_have_text("ورود")
