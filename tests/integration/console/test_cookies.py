"""What the desk's cookies are by https: out of everybody else's reach."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from sms_service.console.people.sessions import COOKIE
from sms_service.domain.roles import Role
from sms_service.settings import Settings
from tests.support.console import token_in
from tests.support.signing_in import PASSWORD, Browser, Office, make_user, office_of


@pytest.fixture
def behind_a_proxy(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> Iterator[Office]:
    """The desk as browsers reach it in earnest."""
    given = settings(
        DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0", TRUSTED_PROXIES="1"
    )
    with office_of(given) as office:
        make_user(office.parts, "sara", Role.OPERATOR)
        yield office


_BY_HTTPS = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.7",
    "Referer": "https://localhost/console/sign-in",
}
_HERE = "https://localhost"


def _sign_in_by_https(browser: Browser) -> TestResponse:
    door = browser.client.get("/console/sign-in", headers=_BY_HTTPS, base_url=_HERE)
    form = {"username": "sara", "password": PASSWORD, "csrf_token": token_in(door)}
    return browser.client.post("/console/sign-in", data=form, headers=_BY_HTTPS, base_url=_HERE)


def test_the_cookie_can_be_read_by_no_script_and_is_secure_where_the_way_is(
    behind_a_proxy: Office,
) -> None:
    answer = _sign_in_by_https(behind_a_proxy.browser())
    (cookie,) = [
        one
        for one in answer.headers.getlist("Set-Cookie")
        if one.startswith(f"__Host-{COOKIE}=") and "Expires" not in one
    ]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    person = behind_a_proxy.person("sara")
    assert behind_a_proxy.parts.sessions.of_user(person.id)[0].address == "192.0.2.7"


def test_by_https_only_a_cookie_that_nobody_else_can_plant_is_a_session(
    behind_a_proxy: Office,
) -> None:
    browser = behind_a_proxy.browser()
    browser.sign_in("sara")
    client = browser.client.application.test_client(use_cookies=False)
    planted = {"Cookie": f"{COOKIE}={browser.cookie()}"}
    page = "/console/account"
    assert client.get(page, headers=planted).status_code == 200
    assert client.get(page, headers=_BY_HTTPS | planted, base_url=_HERE).status_code == 303


def test_signing_out_by_https_takes_the_cookie(behind_a_proxy: Office) -> None:
    browser = behind_a_proxy.browser()
    _sign_in_by_https(browser)
    page = browser.client.get("/console/account", headers=_BY_HTTPS, base_url=_HERE)
    assert page.status_code == 200
    out = browser.client.post(
        "/console/sign-out",
        data={"csrf_token": token_in(page)},
        headers=_BY_HTTPS,
        base_url=_HERE,
    )
    assert any(
        one.startswith(f"__Host-{COOKIE}=;") and "Secure" in one
        for one in out.headers.getlist("Set-Cookie")
    )
    gone = browser.client.get("/console/account", headers=_BY_HTTPS, base_url=_HERE)
    assert gone.status_code == 303
