"""One service and one browser for all tests of the phone page."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.phone import (
    PHONE,
    Handset,
    PhoneService,
    chromium,
    handset,
    needs_chromium,
    window,
)


@pytest.fixture(scope="package")
def phone_service(process_logs: Path) -> Iterator[PhoneService]:
    """The whole service as the demo runs it, on SQLite."""
    needs_chromium()
    folder = Path(tempfile.mkdtemp(prefix="phone-page-", dir=process_logs))
    with PhoneService(folder) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Closed before other tests run: while it is open this thread has an event loop.
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with window(browser) as opened:
        yield opened


@pytest.fixture
def phone(phone_service: PhoneService, context: BrowserContext) -> Iterator[Handset]:
    """The page, freshly opened for a phone with three registered bills."""
    phone_service.let_words_be_new()
    phone_service.forget_dialogues()
    with handset(context, phone_service.url) as opened:
        opened.set_phone(PHONE)
        yield opened
