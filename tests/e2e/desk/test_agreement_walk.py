"""A month of the agreement: closed by the auditor, its people erased, worked out again."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sms_service.domain.calendar import TEHRAN, jalali_of
from tests.support.desk_page import DeskPage, seated
from tests.support.desk_service import DeskService
from tests.support.erasing import erase_people
from tests.support.many_requests import fill_requests


class YearOfService(DeskService):
    """Behind this desk lies a year of requests."""

    def fill_database(self) -> None:
        super().fill_database()
        fill_requests(self.engine, self.parts.vault, requests=3000, seed=7)


@pytest.fixture(scope="module")
def year_of_service(process_logs: Path) -> Iterator[DeskService]:
    folder = Path(tempfile.mkdtemp(prefix="desk-year-", dir=process_logs))
    with YearOfService(folder) as running:
        yield running


@pytest.fixture
def auditor(year_of_service: DeskService, browser: Browser) -> Iterator[DeskPage]:
    with seated(browser, year_of_service.url, "judge") as desk:
        yield desk


def last_month() -> str:
    today = jalali_of(datetime.now(UTC).astimezone(TEHRAN).date())
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{year}-{month:02}"


def test_a_closed_month_is_worked_out_again_to_the_same_hash_when_nobody_is_known_any_more(
    auditor: DeskPage, year_of_service: DeskService
) -> None:
    path = f"/console/sla/{last_month()}"
    auditor.open(path)
    before = auditor.main.locator("table").first.inner_text()
    auditor.page.get_by_role("button", name="ماه را ببند").click()
    expect(auditor.notices).to_contain_text("ماه بسته شد")
    erase_people(year_of_service.engine)
    auditor.open(path)
    assert auditor.main.locator("table").first.inner_text() == before
    auditor.page.get_by_role("button", name="از نو بشمار و بسنج").click()
    expect(auditor.notices).to_contain_text("همان است")
