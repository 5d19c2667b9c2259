"""The agreement's pages and those for everybody in a browser: as axe sees them, narrow, dark."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from sms_service.domain.agreement import Month
from sms_service.domain.calendar import tehran_day
from sms_service.domain.roles import Role
from sms_service.service.auditing import Actor
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.agreement import invented, store
from tests.support.axe import violations
from tests.support.console import Desk
from tests.support.desk_site import served
from tests.support.phone import chromium, needs_chromium

MONTH = Month.of(tehran_day(datetime.now().astimezone())).before
ALL = Actor("sara", frozenset(Role))
DESK_PAGES = (
    *("/console/sla", f"/console/sla/{MONTH}", f"/console/sla/{MONTH}/breaches"),
    *(f"/console/sla/{MONTH}/opinions", "/console/sla/terms", "/console/sla/outages"),
)
PUBLIC_PAGES = ("/service", "/service/status")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needs_chromium()
    with chromium() as opened:
        yield opened


@pytest.fixture
def desk(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> Iterator[Desk]:
    """A month with requests of all sorts, a time of force majeure in it."""
    parts = Parts(
        settings(
            DATABASE_URL=sqlite_url,
            REDIS_URL="redis://127.0.0.1:9/0",
            USSD_CODE="*1521#",
            KAVENEGAR_SENDER="10001521",
        )
    )
    store(sqlite_engine, invented(random.Random(4), 150, MONTH))
    built = Desk(parts)
    begin = MONTH.begins_at + timedelta(days=3)
    built.parts.agreement.outages.mark(ALL, begin, begin + timedelta(hours=6), "سیل")
    yield built
    parts.close()


def faults_of(page: Page, address: str) -> list[str]:
    """Errors of the browser's and of axe's on one page; and whether it runs over the side."""
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(address)
    overflows = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
    )
    return [*errors, *violations(page), *(["runs over the side"] if overflows else [])]


@pytest.mark.slow  # the desk's own test of every page looks at them, too
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_and_the_browser_find_nothing_wrong(desk: Desk, browser: Browser, scheme: Any) -> None:
    desk.sitting = ALL
    found: dict[str, list[str]] = {}
    with served(desk) as url:
        for width, paths in ((1280, DESK_PAGES), (340, (*DESK_PAGES, *PUBLIC_PAGES))):
            size = {"width": width, "height": 900}
            context = browser.new_context(viewport=size, color_scheme=scheme, locale="fa-IR")  # type: ignore[arg-type]
            for path in paths:
                page = context.new_page()
                if faults := faults_of(page, url + path):
                    found[f"{path} at {width}"] = faults
                page.close()
            context.close()
    assert found == {}


def test_a_month_is_frozen_and_checked_by_keyboard_without_scripts(
    desk: Desk, browser: Browser
) -> None:
    desk.sitting = ALL
    with served(desk) as url:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{url}/console/sla/{MONTH}")
        with page.expect_navigation():
            page.get_by_role("button", name="ماه را ببند").press("Enter")
        assert "ماه بسته شد" in page.inner_text("#notices")
        with page.expect_navigation():
            page.get_by_role("button", name="از نو بشمار و بسنج").press("Enter")
        assert "همان است" in page.inner_text("#notices")
        with page.expect_download() as waited:
            page.get_by_role("button", name="رویدادها، CSV").click()
        assert waited.value.suggested_filename == f"sla-{MONTH}.csv"
        context.close()


def test_the_report_prints_on_a4_without_the_frame(desk: Desk, browser: Browser) -> None:
    desk.sitting = ALL
    with served(desk) as url:
        page = browser.new_page()
        page.goto(f"{url}/console/sla/{MONTH}")
        page.emulate_media(media="print")
        assert page.locator("nav.menu").is_hidden()
        assert page.get_by_text("امضای حسابرس").is_visible()
        assert page.get_by_role("button").all_inner_texts() == []
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        page.close()
