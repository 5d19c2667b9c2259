"""Every answer of the web process carries its headers, whatever asked for it and how."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sms_service import create_app
from sms_service.api.site import DOCS_POLICY
from sms_service.channels.headers import ALWAYS, BY_HTTPS, NOTHING, dressed
from sms_service.console import headers as desk
from sms_service.settings import Settings
from sms_service.simulator.phone import guard as simulator
from tests.support.access_table import rows
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.wire import Heard, Wired, wired

_PARTS = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "headers.toml").read_text(encoding="utf-8")
)["part"]
_POLICIES = {
    "nothing": NOTHING,
    "desk": desk.POLICY,
    "docs": DOCS_POLICY,
    "simulator": simulator.POLICY,
}
_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")
_ELSEWHERE = "evil.example"
_STATIC = (
    "/vendor/htmx.min.js",
    "/console/static/console.css",
    "/console/static/no-such-file",
    "/vendor/no-such-file",
)


@pytest.fixture
def app(settings: Callable[..., Settings], sqlite_url: str) -> APIFlask:
    """The application with everything switched on, behind one proxy, without a database."""
    return create_app(
        settings(
            DATABASE_URL=sqlite_url,
            REDIS_URL="redis://127.0.0.1:9/0",
            USSD_CODE="*1521#",
            SIMULATOR="true",
            SIMULATOR_URL="http://127.0.0.1:9",
            TRUSTED_PROXIES="1",
        )
    )


def _addresses(app: APIFlask) -> set[str]:
    """One address of each route, and some of none."""
    filled = {str(rule): _filled(str(rule)) for rule in app.url_map.iter_rules()}
    told = {row.path: row.address for row in rows()}
    none = {"/", "/no-such-page", "/webhooks", "/console", "//console", "/api/v1/no", *_STATIC}
    return {*filled.values(), *none, *(told[path] for path in filled if path in told)}


def _filled(rule: str) -> str:
    rule = rule.replace("<secret>", CANARY_WEBHOOK_SECRET)
    return re.sub(r"<[^>]+>", "1", rule)


def _asked(client: FlaskClient, addresses: set[str]) -> Iterator[tuple[str, TestResponse]]:
    for address in sorted(addresses):
        for method in _METHODS:
            answer = client.open(address, method=method, headers={"Host": _ELSEWHERE})
            with answer:
                yield f"{method} {address}", answer


def _wanted(address: str) -> Mapping[str, Any]:
    return next(part for part in _PARTS if address.startswith(part["begins"]))


def test_every_answer_of_every_route_carries_them(app: APIFlask) -> None:
    answers = dict(_asked(app.test_client(), _addresses(app)))
    wrong = {name: found for name, answer in answers.items() if (found := _wrong(name, answer))}
    assert wrong == {}


def _wrong(name: str, answer: TestResponse) -> list[tuple[str, list[str]]]:
    """Headers that aren't what the table says."""
    part, headers = _wanted(name.split(" ", 1)[1]), answer.headers
    is_page = answer.mimetype == "text/html" and bool(answer.data)
    may_be = {
        **{header: [value] for header, value in ALWAYS.items()},
        "Content-Security-Policy": [_POLICIES[part["policy"]], *([] if is_page else [NOTHING])],
        "Referrer-Policy": [part["referrer"], *([] if is_page else ["no-referrer"])],
        "Cache-Control": ["no-store", *(part["cache"] if answer.status_code == 200 else [])],
    }
    found = {header: headers.get_all(header) for header in may_be}
    banners = [header for header in ("Server", "X-Powered-By") if header in headers]
    return [
        *(
            (header, has)
            for header, has in found.items()
            if has not in [[v] for v in may_be[header]]
        ),
        *((header, headers.get_all(header)) for header in banners),
    ]


def test_no_answer_believes_which_host_was_asked(app: APIFlask) -> None:
    """A cache or a browser that was lied to is led nowhere else."""
    for name, answer in _asked(app.test_client(), _addresses(app)):
        assert _ELSEWHERE not in answer.headers.get("Location", ""), name
        assert _ELSEWHERE not in answer.text, name


def test_https_is_remembered_by_browsers_that_came_by_it(app: APIFlask) -> None:
    client, (name, value) = app.test_client(), BY_HTTPS
    by_https = {"X-Forwarded-Proto": "https"}
    for address in ("/livez", "/console/sign-in", "/no-such-page"):
        assert client.get(address, headers=by_https).headers[name] == value
        assert name not in client.get(address).headers


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http://evil.example/console/", "/console/"),
        ("//evil.example/console?a=b", "/console?a=b"),
        (r"/\evil.example", "/evil.example"),
        (r"\\evil.example", "/evil.example"),
        ("///evil.example", "/evil.example"),
        ("/console/sign-in?next=/console/x#y", "/console/sign-in?next=/console/x#y"),
        ("sign-in", "sign-in"),
        ("http://[evil", "/"),
        ("https://evil.example", "/"),
    ],
)
def test_a_redirect_leads_to_a_path_of_this_host(given: str, told: str) -> None:
    headers = dict(dressed([(b"Location", given.encode())]))
    assert headers[b"location"] == told.encode()


def test_dressing_twice_changes_nothing_and_no_banner_survives() -> None:
    once = dressed([(b"Server", b"x/1.2"), (b"Cache-Control", b"no-cache")], by_https=True)
    assert dressed(once, by_https=True) == once
    assert b"server" not in dict(once)
    assert dict(once)[b"cache-control"] == b"no-cache"


@pytest.fixture(scope="module")
def site() -> Iterator[Wired]:
    """The front as it is served."""
    with wired() as listening:
        yield listening


_OF_THE_FRONT = {
    "400, unreadable": b"nonsense\r\n\r\n",
    "414": b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
    "431": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "200 of a hook": b"GET /hook/right HTTP/1.1\r\nHost: x\r\n\r\n",
    "a page behind": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("raw", _OF_THE_FRONT.values(), ids=_OF_THE_FRONT)
def test_what_the_front_says_by_itself_carries_them_too(site: Wired, raw: bytes) -> None:
    heard = site.ask(raw)
    assert heard is not None
    assert _lacking(heard) == {}


def _lacking(heard: Heard) -> dict[str, str | None]:
    wanted = {**ALWAYS, "Content-Security-Policy": NOTHING, "Cache-Control": "no-store"}
    found = {name: heard.headers.get(name.lower()) for name in (*wanted, "Server")}
    return {name: value for name, value in found.items() if value != wanted.get(name)}
