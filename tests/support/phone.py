"""The phone page in Debian's Chromium, driven as a visitor would."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from sms_service.queueing import KEY_PREFIX
from tests.support.axe import violations
from tests.support.canary import CANARY_SAAPA_TOKEN
from tests.support.service import Service

PHONE, BILL = "09915502076", "0128516704426"
"""A phone of the small billing data, and one of its three bills."""
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)
_WIDE = {"width": 1440, "height": 1000}


def chromium_path() -> str | None:
    """Where Chromium is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def needs_chromium() -> str:
    """Chromium's path; skips the test where it isn't installed."""
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium isn't installed (apt-get install chromium)")
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; nothing is downloaded."""
    path = needs_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class PhoneService(Service):
    """The whole service with a simulated billing interface, as the demo has one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            f"sqlite:///{folder / 'service.db'}",
            LEASE_SECONDS="8",
            SAAPA_LOOKUP_SECONDS="3.9",
            SAAPA_TOKEN=CANARY_SAAPA_TOKEN,
            PHONE_DAILY_ANSWERS="1000",
            PHONE_DAILY_PARTS="3000",
            MISSES_PER_HOUR="60",
        )
        self._interface_traps = ()

    def __enter__(self) -> "PhoneService":
        super().__enter__()
        return self

    def forget_dialogues(self) -> None:
        """Let no USSD dialogue of another test be offered again."""
        with self.redis() as client:
            for key in client.scan_iter(f"{KEY_PREFIX}ussd:*"):
                client.delete(key)

    def start_surroundings(self) -> None:
        super().start_surroundings()
        self.interface.simulator.token = CANARY_SAAPA_TOKEN


class Handset:
    """The page in one window: its keys, its screen, and what stands beside it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{url}/simulator/")

    @property
    def lcd(self) -> Locator:
        return self.page.locator("#lcd")

    @property
    def screen(self) -> Locator:
        return self.page.locator("#lcd .screen")

    @property
    def backstage(self) -> Locator:
        return self.page.locator("#backstage")

    def set_phone(self, number: str) -> None:
        """Give the handset a number."""
        self.page.locator("#phone").fill(number)

    def press(self, *keys: str) -> None:
        """Press keys of the keypad: 0-9 * # call end start close up down."""
        for key in keys:
            self.page.locator(f'[data-key="{key}"]').click()

    def wait_for(self, screen: str) -> None:
        """Return once this screen is shown."""
        expect(self.screen).to_have_attribute("data-screen", screen, timeout=_PATIENCE_MS)

    def go_home(self) -> None:
        """Back to the first screen, from wherever the phone is."""
        self.page.evaluate(
            "htmx.ajax('GET', '/simulator/home', {target: '#lcd', swap: 'innerHTML'})"
        )
        self.wait_for("home")

    def write(self, text: str) -> None:
        """Open a new SMS and put this text into it."""
        self.go_home()
        self.press("start")
        self.wait_for("menu")
        self.press("1")
        self.wait_for("compose")
        self.page.locator("#lcd textarea").fill(text)

    def send(self, text: str) -> None:
        """Write an SMS and send it."""
        self.write(text)
        self.press("call")

    def dial(self, code: str) -> None:
        """Dial a code on the keypad."""
        self.go_home()
        self.press(*code, "call")

    def answer(self, typed: str) -> None:
        """Type into a USSD screen and wait for the next one."""
        before = self.page.locator("#lcd [name=step]").input_value()
        self.press(*typed, "call")
        expect(self.page.locator(f'#lcd [name=step][value="{before}"]')).to_have_count(0)

    @property
    def text(self) -> str:
        """What the screen says."""
        return self.page.locator("#lcd .body").inner_text()

    def hops(self) -> list[str]:
        """The timeline's labels."""
        return self.page.locator(".hops .what").all_inner_texts()

    def wait_for_hop(self, said: str) -> None:
        """Return once the timeline tells this."""
        expect(self.page.locator(".hops .what", has_text=said).first).to_be_visible()

    def turn(self, fault: str, on: bool) -> None:
        """Turn a fault of the menu on or off."""
        with self.page.expect_response(f"**/faults/{fault}"):
            self.page.locator(f"#fault-{fault}").set_checked(on)
        badge = self.page.locator(".fault", has=self.page.locator(f"#fault-{fault}"))
        expect(badge.locator(".badge")).to_have_count(int(on))

    def violations(self) -> Sequence[str]:
        """What axe finds wrong with the page as it is now."""
        return violations(self.page)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A visitor's windows: they share a cache, as a person's do."""
    context = browser.new_context(**{"viewport": _WIDE, "locale": "fa-IR", **options})
    try:
        yield context
    finally:
        context.close()


@contextmanager
def handset(context: BrowserContext, url: str) -> Iterator[Handset]:
    """The page opened anew, without cookies; it must end without an error of the browser's."""
    context.clear_cookies()
    page = context.new_page()
    try:
        opened = Handset(page, url)
        yield opened
        assert opened.complaints == []
    finally:
        page.close()
