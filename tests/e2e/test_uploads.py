"""Ten megabytes of exports sent to the running service by a browser, applied by a worker."""

import re
import time
from collections.abc import Iterator
from html import unescape

import pytest
import requests

from sms_service.billing.batches import newest_in_force
from sms_service.domain.roles import Role
from sms_service.service.uploads import UploadState
from sms_service.wiring.console import ConsoleParts
from tests.support.console import words_of_html
from tests.support.service import Service
from tests.support.signing_in import KEY, PASSWORD, Phone, make_user

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_HEADER = "bill_identifier,payment_date,payment_amt,ref_code\n"
ROWS = 250_000
"""Ten megabytes of payments."""


class Browser:
    """A browser at the desk of the running service."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str) -> str:
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.text

    def post(self, page: str, path: str, form: dict[str, str], **more: object) -> requests.Response:
        found = _TOKEN.search(self.get(page))
        assert found
        form = {**form, "csrf_token": unescape(found[1])}
        return self.session.post(
            self.url + path,
            data=form,
            timeout=60,
            allow_redirects=False,
            **more,  # type: ignore[arg-type]  # files
        )


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    """A supervisor, signed in."""
    console = ConsoleParts(service.parts)
    name = f"leila{time.time_ns() % 10**9}"
    make_user(console, name, Role.SUPERVISOR)
    browser = Browser(service.url)
    answer = browser.post(
        "/console/sign-in", "/console/sign-in", {"username": name, "password": PASSWORD}
    )
    assert answer.status_code == 303
    factor = "/console/account/second-factor"
    key = KEY.search(browser.get(factor))
    assert key
    browser.post(factor, factor, {"code": Phone(unescape(key[1])).code()})
    with browser.session:
        yield browser


def payments(rows: int) -> bytes:
    lines = (f"1234567804423,2025-07-{n % 28 + 1:02},{n + 1000},{n}\n" for n in range(rows))
    return (_HEADER + "".join(lines) + "1234567804423,2025-07-01,so much,1\n").encode()


def test_ten_megabytes_are_checked_applied_and_taken_back(
    service: Service, browser: Browser
) -> None:
    uploads = ConsoleParts(service.parts).uploads
    before = newest_in_force(service.engine)
    content = payments(ROWS)
    assert len(content) > 9_000_000

    answer = browser.post(
        "/console/imports", "/console/imports", {}, files={"files": ("p.csv", content)}
    )
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"]
    upload_id = int(path.rpartition("/")[2])

    def state() -> UploadState | None:
        found = uploads.find(upload_id)
        return found.state if found else None

    service.wait_until(lambda: state() is UploadState.CHECKED, 60)
    shown = words_of_html(browser.get(path))
    assert "۲۵۰٬۰۰۱ ردیف خوانده شد، ۲۵۰٬۰۰۰ پذیرفتنی است و ۱ رد می‌شود" in shown

    browser.post(path, f"{path}/apply", {})
    service.wait_until(lambda: state() is UploadState.APPLIED, 90)
    batch = newest_in_force(service.engine)
    assert batch
    assert (batch.rows_accepted, batch.rows_rejected) == (ROWS, 1)

    roll_back = f"/console/imports/batches/{batch.id}/roll-back"
    answer = browser.post(roll_back, roll_back, {"reason": "آزمون", "sure": "1"})
    upload_id = int(answer.headers["Location"].rpartition("/")[2])
    service.wait_until(lambda: state() is UploadState.APPLIED, 90)
    assert newest_in_force(service.engine) == before


def test_a_stranger_s_ten_megabytes_go_nowhere(service: Service) -> None:
    answer = requests.post(
        f"{service.url}/console/imports",
        files={"files": ("p.csv", payments(50_000))},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.status_code == 303
    assert "/console/sign-in" in answer.headers["Location"]


def test_other_pages_keep_their_limit(service: Service, browser: Browser) -> None:
    answer = browser.session.post(
        f"{service.url}/console/imports/1/apply",
        files={"files": ("p.csv", bytes(100_000))},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.status_code == 413
