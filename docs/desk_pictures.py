"""Makes the pictures of the desk's pages, for its guide and for docs/, from a demo of its own:

    python docs/desk_pictures.py [NAME…]

Needs Chromium and the development dependencies.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from sms_service.commands.demo_people import make_demo_people
from sms_service.simulator.household import LINE, Household, free_port
from sms_service.simulator.questions import questions

IMAGES = Path(__file__).parents[1] / "sms_service/console/static/guide"
_WIDE = {"viewport": {"width": 1280, "height": 860}}
_SMALL = {"viewport": {"width": 900, "height": 520}}
_TALL = {"viewport": {"width": 1280, "height": 1500}}
_NARROW = {"viewport": {"width": 390, "height": 860}, "color_scheme": "dark"}
_PHONE, _BILL = "09121234567", "6385586104420"
_SILENT_PHONE = "09351112233"


def sign_in(page: Page) -> None:
    """As a stranger sees it."""
    page.context.clear_cookies()
    page.goto(page.url)
    page.locator("#f-username").wait_for()


def second_factor(page: Page) -> None:
    page.goto(page.url.partition("/console")[0] + "/console/account/second-factor")


def no_hit(page: Page) -> None:
    _find(page, _SILENT_PHONE)


def overview(page: Page) -> None:
    page.click("nav.menu a >> nth=0")


def requests(page: Page) -> None:
    _go(page, "r", "**/requests")


def request(page: Page) -> None:
    """Found by the phone, then opened."""
    requests(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*")


def resend(page: Page) -> None:
    request(page)
    page.keyboard.press("r")
    page.wait_for_url("**/resend")


def phone(page: Page) -> None:
    request(page)
    page.locator("a[href*='/console/phones/']").first.click()
    page.wait_for_url("**/phones/*")


def bill(page: Page) -> None:
    _find(page, _BILL)
    page.locator("a[href*='/console/bills/']").first.click()
    page.wait_for_url("**/bills/*")


def texts(page: Page) -> None:
    _go(page, "t", "**/texts")


def counter(page: Page) -> None:
    """A subscriber's records, to be read out."""
    _go(page, "c", "**/counter")
    page.fill("#f-bill_id", _BILL)
    page.check("#goes-shown")
    page.locator("main form .btn-accent").first.click()
    page.wait_for_url("**/counter/*")


def agreement(page: Page) -> None:
    _go(page, "s", "**/sla")


def gateways(page: Page) -> None:
    _go(page, "o", "**/ops")


def bulk(page: Page) -> None:
    _go(page, "b", "**/bulk")
    page.locator("a[href$='/bulk/new']").click()
    page.wait_for_url("**/bulk/new")


def imports(page: Page) -> None:
    _go(page, "i", "**/imports")


PICTURES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "desk-sign-in": (sign_in, _SMALL),
    "desk-second-factor": (second_factor, _WIDE),
    "desk-no-hit": (no_hit, _WIDE),
    "desk-overview": (overview, _WIDE),
    "desk-requests": (requests, _WIDE),
    "desk-request": (request, _WIDE),
    "desk-resend": (resend, _WIDE),
    "desk-phone": (phone, _WIDE),
    "desk-bill": (bill, _TALL),
    "desk-texts": (texts, _WIDE),
    "desk-counter": (counter, _WIDE),
    "desk-agreement": (agreement, _TALL),
    "desk-gateways": (gateways, _WIDE),
    "desk-bulk": (bulk, _WIDE),
    "desk-imports": (imports, _WIDE),
    "desk-narrow": (request, _NARROW),
}


def main(wanted: Sequence[str]) -> None:
    """Write every picture, or those that are wanted."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium isn't installed (apt-get install chromium)")
    with _demo() as (household, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in wanted or PICTURES:
            _take(browser, household.url, name, password)
        browser.close()


def _take(browser: Browser, url: str, name: str, password: str) -> None:
    reach, options = PICTURES[name]
    context = browser.new_context(locale="fa-IR", reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto(f"{url}/console/sign-in")
    page.fill("#f-username", "supervisor")
    page.fill("#f-password", password)
    page.click("main form .btn-accent")
    page.locator("header.top").wait_for()
    reach(page)
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()
    sys.stdout.write(f"{name}.png\n")


def _go(page: Page, key: str, address: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(key)
    page.wait_for_url(address)


def _find(page: Page, what: str) -> None:
    page.fill("#q", what)
    page.press("#q", "Enter")
    page.wait_for_load_state()


@contextmanager
def _demo() -> Iterator[tuple[Household, str]]:
    """On the real day, since lists begin with it."""
    folder = Path(tempfile.mkdtemp(prefix="sms-service-pictures-"))
    settings = {"TODAY": "", "CONSOLE_SECOND_FACTOR": "off"}
    try:
        with Household(folder, port=free_port(), settings=settings) as household:
            household.prepare()
            data = str(files("sms_service.simulator") / "data")
            household.run("billing", "import", data, "--as-of", "1405-09-01")
            household.start()
            for asked in questions():
                household.gateway.text(_PHONE, LINE, asked.text)
                time.sleep(1)
            yield household, make_demo_people(household.environment["DATABASE_URL"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
