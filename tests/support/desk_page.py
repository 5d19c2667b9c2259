"""The desk in a browser: page objects."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.support import axe
from tests.support.phone import window
from tests.support.signing_in import PASSWORD

_PATIENCE_MS = 15_000


class DeskPage:
    """One window of somebody at the desk."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    @property
    def notices(self) -> Locator:
        """What the desk said of the last thing that was done."""
        return self.page.locator("#notices")

    @property
    def focused(self) -> Locator:
        return self.page.locator(":focus")

    @property
    def path(self) -> str:
        """Where the window is."""
        return self.page.url.removeprefix(self.url)

    def open(self, path: str) -> "DeskPage":
        """Go there."""
        self.page.goto(f"{self.url}{path}")
        return self

    def sign_in(self, username: str, password: str = PASSWORD) -> "DeskPage":
        """By the form at the door."""
        self.open("/console/sign-in")
        self.page.fill("#f-username", username)
        self.page.fill("#f-password", password)
        self.page.click("main form .btn-accent")
        expect(self.page.locator("header.top")).to_be_visible()
        return self

    def sign_out(self) -> None:
        """By the menu of the user."""
        self.page.click("details.who summary")
        self.page.get_by_role("button", name="خروج").click()
        expect(self.page.locator("#f-password")).to_be_visible()

    def find(self, what: str) -> "DeskPage":
        """Type into the search box and press Enter."""
        self.page.fill("#q", what)
        self.page.press("#q", "Enter")
        self.page.wait_for_load_state()
        return self

    def press(self, *keys: str) -> "DeskPage":
        """Keys of the keyboard, one after another, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def tab_to(self, wanted: Locator, most: int = 60) -> "DeskPage":
        """By the Tab key alone, as somebody without a mouse does."""
        for _ in range(most):
            if wanted.evaluate("one => one === document.activeElement"):
                return self
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab doesn't reach {wanted}")

    def violations(self) -> Sequence[str]:
        """What axe finds wrong with the page as it is now."""
        return axe.violations(self.page)

    def scrolls_sideways(self) -> bool:
        """Whether the page itself is wider than the window."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def small_targets(self) -> Sequence[str]:
        """Controls below 24 by 24 pixels that stand in no line of text (WCAG 2.2, 2.5.8)."""
        found: list[str] = self.page.evaluate(_SMALL_TARGETS)
        return found

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


_SMALL_TARGETS = """() => {
  const inText = (one) => {
    const parent = one.closest("p, li, td, th, dd, dt, caption, label, .said");
    return one.tagName === "A" && parent && getComputedStyle(one).display === "inline";
  };
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((one) => one.checkVisibility() && one.type !== "hidden" && !inText(one))
    .filter((one) => !one.closest(".visually-hidden-focusable"))
    .filter((one) => !(one.labels?.length && ["checkbox", "radio"].includes(one.type)))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([one, box]) => `${box.width}x${box.height} ${one.outerHTML.slice(0, 120)}`);
}"""


@contextmanager
def seated(browser: Browser, url: str, username: str | None, **options: Any) -> Iterator[DeskPage]:
    """A browser of its own whose user has signed in; it must end without an error of its own."""
    with window(browser, **options) as context, desk_page(context, url) as page:
        yield page.sign_in(username) if username else page


@contextmanager
def desk_page(context: BrowserContext, url: str) -> Iterator[DeskPage]:
    """One more window of this browser, with its cookies."""
    page = context.new_page()
    try:
        opened = DeskPage(page, url)
        yield opened
        assert opened.complaints == []
    finally:
        page.close()
