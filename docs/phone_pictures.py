"""Makes the pictures of docs/how-to/phone.md from the demo's own page:

    python docs/phone_pictures.py

Needs Chromium and the development dependencies.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from sms_service.commands.demo import household_of
from sms_service.simulator.household import Household, free_port

IMAGES = Path(__file__).parent / "images"
_WIDE = {"width": 1440, "height": 1010}
_NARROW = {"width": 390, "height": 1010}
_OWNER = "09358786385"


def sms(page: Page) -> None:
    """A question by SMS, answered and delivered."""
    page.locator(".presets [data-text]").nth(2).click()
    page.locator('[data-screen="compose"]').wait_for()
    page.locator('[data-key="call"]').click()
    page.locator('[data-screen="message"]').wait_for()
    page.locator(".hops li", has_text="به گوشی رسید").wait_for()


def ussd(page: Page) -> None:
    """A history read through the menu."""
    page.locator(f'[data-phone="{_OWNER}"]').click()
    page.locator("[data-dial]").first.click()
    for step, typed in enumerate(("1", "2", "1")):
        page.locator(f'#lcd [name="step"][value="{step}"]').wait_for(state="attached")
        page.locator(f'[data-key="{typed}"]').click()
        page.locator('[data-key="call"]').click()
    page.locator("#lcd .body", has_text="مصرف").wait_for()
    page.locator(".hops li", has_text="نشان داده شد").wait_for()


def fault(page: Page) -> None:
    """The answer waits while the gateway is down."""
    page.locator("#fault-gateway_down").check()
    page.locator(".presets [data-text]").first.click()
    page.locator('[data-screen="compose"]').wait_for()
    page.locator('[data-key="call"]').click()
    page.locator(".hops li", has_text="روشن نیست").wait_for()
    page.evaluate("scrollTo(0, 0)")


PICTURES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "phone": (sms, {"viewport": _WIDE}),
    "phone-ussd": (ussd, {"viewport": _WIDE}),
    "phone-narrow": (sms, {"viewport": _NARROW, "color_scheme": "dark"}),
    # Last: the gateway's lane takes a while to trust it again.
    "phone-fault": (fault, {"viewport": _WIDE}),
}


def main() -> None:
    """Write every picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium isn't installed (apt-get install chromium)")
    with _demo() as household, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (reach, options) in PICTURES.items():
            _take(browser, household.url, name, reach, options)
        browser.close()


def _take(
    browser: Browser,
    url: str,
    name: str,
    reach: Callable[[Page], None],
    options: dict[str, Any],
) -> None:
    page = browser.new_context(locale="fa-IR", reduced_motion="reduce", **options).new_page()
    page.goto(f"{url}/simulator/")
    reach(page)
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.context.close()
    sys.stdout.write(f"docs/images/{name}.png\n")


@contextmanager
def _demo() -> Iterator[Household]:
    folder = Path(tempfile.mkdtemp(prefix="sms-service-pictures-"))
    try:
        with household_of(folder, free_port()) as household:
            household.prepare()
            data = str(files("sms_service.simulator") / "data")
            household.run("billing", "import", data, "--as-of", "1405-09-01")
            household.start()
            yield household
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
