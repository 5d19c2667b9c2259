"""One service and one browser for all tests of the desk's pages."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.desk_page import DeskPage, seated
from tests.support.desk_scene import Scene, set_scene
from tests.support.desk_service import DeskService
from tests.support.phone import chromium, needs_chromium

Seat = Callable[..., DeskPage]


@pytest.fixture(scope="package")
def desk_service(process_logs: Path) -> Iterator[DeskService]:
    """The whole service as an operator's office runs it, on SQLite."""
    needs_chromium()
    folder = Path(tempfile.mkdtemp(prefix="desk-", dir=process_logs))
    with DeskService(folder) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Closed before other tests run: while it is open this thread has an event loop.
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def scene(desk_service: DeskService, browser: Browser) -> Scene:
    """Something on every page."""
    with seated(browser, desk_service.url, "keeper") as keeper:
        return set_scene(desk_service, keeper)


@pytest.fixture
def seat(desk_service: DeskService, browser: Browser) -> Iterator[Seat]:
    """``seat("op-one")``: a browser of its own in which this user has signed in."""
    desk_service.let_words_be_new()
    with ExitStack() as seats:

        def sit(username: str | None, **options: Any) -> DeskPage:
            one: AbstractContextManager[DeskPage] = seated(
                browser, desk_service.url, username, **options
            )
            return seats.enter_context(one)

        yield sit


@pytest.fixture
def operator(seat: Seat) -> DeskPage:
    """An operator's window."""
    return seat("op-one")


@pytest.fixture
def supervisor(seat: Seat) -> DeskPage:
    """A supervisor's window."""
    return seat("head")
