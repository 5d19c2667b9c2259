"""Who may call: a token in force, with the scope that the call needs, not too often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from sms_service.api.strangers import FAILURES, WINDOW_SECONDS
from sms_service.console.people.sessions import COOKIE
from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role, Scope
from sms_service.ledger.desk_tables import api_tokens
from sms_service.service.auditing import Actor
from sms_service.service.call_pace import Calls, admitted
from tests.support.api import CALLS, ApiSite, by_sms, inline, told
from tests.support.counter import requests_of
from tests.support.signing_in import Browser, make_user

Make = Callable[..., ApiSite]
_CALLS = [
    ("GET", "/api/v1/me", None),
    ("GET", f"{CALLS}/12345678", Scope.READ),
    ("POST", CALLS, Scope.ASK),
    ("POST", f"{CALLS}/12345678/resend", Scope.RESEND),
]


def call(site: ApiSite, method: str, path: str, token: str | None) -> int:
    if method == "GET":
        return site.get(path, token).status_code
    return site.post(path, token, inline() if path == CALLS else {}).status_code


def test_a_call_without_a_token_or_with_a_wrong_one_is_told_how_to_come(
    make_site: Make,
) -> None:
    site = make_site()
    for path in ("/api/v1/me", f"{CALLS}/12345678"):
        stranger, forger = site.get(path), site.get(path, "desk_" + "A" * 43)
        assert (stranger.status_code, forger.status_code) == (401, 401)
        assert stranger.headers["WWW-Authenticate"] == 'Bearer realm="sms-service"'
        assert 'error="invalid_token"' in forger.headers["WWW-Authenticate"]


@pytest.mark.parametrize("given", ["Basic abc", "Bearer", "Bearer  ", "bearer x y", "é", "desk_x"])
def test_what_is_no_bearer_is_a_stranger(make_site: Make, given: str) -> None:
    answer = make_site().get("/api/v1/me", Authorization=given)
    assert answer.status_code == 401


def test_whoever_makes_up_tokens_must_wait_and_others_needn_t(make_site: Make) -> None:
    site = make_site()
    right = site.token(Scope.READ)
    for number in range(FAILURES):
        assert site.get("/api/v1/me", f"desk_{number:043}").status_code == 401
    refused = site.get("/api/v1/me", right)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW_SECONDS
    elsewhere = {"REMOTE_ADDR": "192.0.2.9"}
    by_token = {"Authorization": f"Bearer {right}"}
    answer = site.client.get("/api/v1/me", headers=by_token, environ_base=elsewhere)
    assert answer.status_code == 200


def test_whoever_is_signed_in_at_the_desk_is_a_stranger_here(make_site: Make) -> None:
    site = make_site()
    make_user(site.parts, "reza", Role.ADMIN)
    browser = Browser(site.app)
    browser.sign_in("reza")
    cookie = browser.cookie()
    assert cookie
    site.client.set_cookie(COOKIE, cookie, path="/")
    for method, path, _ in _CALLS:
        assert call(site, method, path, None) == 401


@pytest.mark.parametrize(("method", "path", "scope"), _CALLS)
def test_a_scope_that_is_missing_is_named(
    make_site: Make, method: str, path: str, scope: Scope | None
) -> None:
    site = make_site()
    if scope is None:
        assert call(site, method, path, site.token()) == 200
        return
    others = [one for one in Scope if one not in (scope, Scope.RESEND_OTHERWISE)]
    token = site.token(*others)
    answer = site.get(path, token) if method == "GET" else site.post(path, token, {})
    assert answer.status_code == 403
    assert told(answer)["scope"] == scope
    assert call(site, method, path, site.token(scope)) != 403


def test_a_token_that_is_over_or_revoked_is_none(make_site: Make, sqlite_engine: Engine) -> None:
    site = make_site()
    token = site.token(days=1)
    assert site.get("/api/v1/me", token).status_code == 200
    with writing(sqlite_engine) as connection:
        connection.execute(update(api_tokens).values(expires_at=db_now(-1)))
    assert site.get("/api/v1/me", token).status_code == 401
    other = site.token(name="other")
    assert site.parts.tokens.revoke(site.parts.tokens.all()[0].id, Actor("admin"))
    assert site.get("/api/v1/me", other).status_code == 401
    assert not site.parts.tokens.revoke(site.parts.tokens.all()[0].id, Actor("admin"))


def test_the_secret_is_nowhere_in_the_database_and_its_use_is_noted(
    site: ApiSite, engine: Engine
) -> None:
    token = site.token(Scope.READ)
    site.get("/api/v1/me", token)
    with reading(engine) as connection:
        row = connection.execute(api_tokens.select()).one()
    assert token not in str(row)
    assert token.startswith("desk_")
    assert row.used_at is not None


def test_whoever_calls_too_often_is_told_when_to_come_again(site: ApiSite) -> None:
    token = site.token(Scope.READ)
    mine = site.parts.tokens.all()[0].id
    waits = [site.parts.tokens.count_call(mine, 3) for _ in range(5)]
    assert waits[:3] == [None, None, None]
    assert all(wait and 1 <= wait <= 120 for wait in waits[3:])
    assert site.get("/api/v1/me", token).status_code == 200


def test_the_limit_of_the_settings_holds(make_site: Make) -> None:
    site = make_site(API_CALLS_PER_MINUTE="2")
    token = site.token()
    statuses = [site.get("/api/v1/me", token).status_code for _ in range(3)]
    refused = site.get("/api/v1/me", token)
    assert statuses == [200, 200, 429]
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert site.get("/api/v1/me", site.token(name="other")).status_code == 200


def test_nobody_gets_twice_the_limit_at_the_turn_of_a_minute() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    calls = Calls(start)
    for _ in range(10):
        calls, wait = admitted(calls, start + timedelta(seconds=59), 10)
        assert wait is None
    calls, wait = admitted(calls, start + timedelta(seconds=61), 10)
    assert wait is not None
    again, wait = admitted(calls, start + timedelta(seconds=61 + wait), 10)
    assert wait is None
    assert admitted(again, start + timedelta(hours=1), 10)[0].calls == 1


def test_after_the_seconds_that_were_told_there_is_room() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for calls, before, second in ((10, 0, 5), (10, 10, 5), (3, 10, 1), (9, 10, 59), (0, 10, 0)):
        standing, now = Calls(start, calls, before), start + timedelta(seconds=second)
        _, wait = admitted(standing, now, 10)
        assert wait is not None
        assert admitted(standing, now + timedelta(seconds=wait), 10)[1] is None


def test_a_call_keeps_its_number_and_gets_one_where_it_has_none(make_site: Make) -> None:
    site = make_site()
    token = site.token()
    assert (
        site.get("/api/v1/me", token, X_Request_ID="a-1.b_2").headers["X-Request-ID"] == "a-1.b_2"
    )
    for wrong in ("a b", "x" * 65, "é", "<script>"):
        given = site.get("/api/v1/me", token, X_Request_ID=wrong).headers["X-Request-ID"]
        assert len(given) == 32
    assert len(site.get("/api/v1/me").headers["X-Request-ID"]) == 32


def test_other_bodies_than_json_and_larger_ones_are_refused(make_site: Make) -> None:
    site = make_site()
    token = site.token(Scope.ASK)
    form = site.post(CALLS, token, b"a=b", Content_Type="application/x-www-form-urlencoded")
    assert (form.status_code, form.mimetype) == (415, "application/problem+json")
    large = site.post(CALLS, token, b'{"bill_id":"' + b"1" * 70_000 + b'"}')
    assert large.status_code == 413
    keyless = site.post(CALLS, token, inline(), key=None)
    assert told(keyless)["errors"] == [{"field": "Idempotency-Key", "code": "missing"}]
    for wrong in ("x" * 81, "a b", "é"):
        assert site.post(CALLS, token, inline(), key=wrong).status_code == 400
    assert site.get(f"{CALLS}/12345678/nothing", token).status_code == 404
    assert site.client.put(CALLS).status_code == 405


def test_whoever_may_read_sees_states_and_nobody_s_data(site: ApiSite, engine: Engine) -> None:
    asked = told(site.post(CALLS, site.token(Scope.ASK), by_sms()))
    answer = site.get(asked["status_url"], site.token(Scope.READ))
    body = told(answer)
    assert (body["code"], body["state"], body["words"]) == (
        requests_of(engine)[0].code,
        "answered",
        "پاسخ آن نوشته شد",
    )
    assert [one["state"] for one in body["attempts"]] == ["queued"]
    assert [one["what"] for one in body["events"]] == ["received", "answered", "queued"]
    assert not any(
        secret in answer.get_data(as_text=True) for secret in ("1234567804423", "9121234567")
    )


@pytest.mark.parametrize("code", ["99999999", "1", "abcdefgh", "۱۲۳۴۵۶۷۸", "1234567 "])
def test_a_code_of_nothing_is_not_found(make_site: Make, code: str) -> None:
    site = make_site()
    assert site.get(f"{CALLS}/{code}", site.token(Scope.READ)).status_code == 404
    resent = site.post(f"{CALLS}/{code}/resend", site.token(Scope.RESEND), {})
    assert resent.status_code == 404
