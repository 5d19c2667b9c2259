"""Anybody and everybody wanders through every address that has no schema: any query, any form.

A page is never a 5xx, whoever asks it for what; each answer carries its headers; what a
machine gets for its mistakes is problem+json.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug import Response

from sms_service.channels.headers import ALWAYS
from sms_service.domain.roles import Role
from sms_service.ledger.handles import of_phone
from sms_service.ledger.recording import Recorder
from sms_service.templates import templates_dir
from tests.support.access_table import Row, rows
from tests.support.console import token_in
from tests.support.counter import BILL, Subscribers, subscriber
from tests.support.ledger import PHONE, arrival
from tests.support.signing_in import Browser, Office, make_user

EVERYTHING_ON: Mapping[str, str] = {
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "CONSOLE_SECOND_FACTOR": "off",
    "USSD_CODE": "*1521#",
    "SIMULATOR": "true",
    "SIMULATOR_URL": "http://127.0.0.1:9",
    "TODAY": "1405-09-02",
}
"""Settings of an application that has every route, with nothing at the other ends."""
_FIELD = re.compile(r'\bname="([a-z_.]+)"')
_PLACE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_FOR_PEOPLE = ("/console", "/simulator", "/service", "/docs")
_LEAVES = "/console/sign-out"
"""Whoever goes there is out, and sees nothing of what comes after."""
_ODD: Sequence[str] = (
    *("", " ", "0", "-1", "1", "9" * 19, "9" * 20, "²", "۱", "1e5", "null", "true", "\x00", "\n"),
    *("'", '"><script>', "{{7*7}}", "%s%n", "../../etc/passwd", "\u202e", "😀" * 20, "x" * 3000),
    *("1405/09/02", "۱۴۰۵/۹/۲", "1405/13/40", "1300/01/01", "1499/12/29", "9999/99/99", "24:00"),
    *("14:35", "2026-11-23", "1405-09", "0000-00", "today", "all", "on", "debtor", "history"),
    *("undelivered", "kavenegar", "sms", "sara", "admin", "a@b", "//evil.example", "/console/x"),
    *(BILL, "1234567804424", PHONE, "09121234567", "10000000", "12345678"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: what fills the address, its query, its form."""

    places: Sequence[str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    by_htmx: bool


@dataclass(slots=True)
class Wanderer:
    """A browser of somebody with these roles; of a stranger without any."""

    browser: Browser
    token: str
    known: Sequence[str]
    """What names something that is there: a code, handles, a name."""
    statuses: Counter[int] = field(default_factory=Counter)

    def go(self, row: Row, visit: Visit) -> None:
        """Make one request. Raises AssertionError for an answer that mustn't be."""
        address = _filled(row, visit.places)
        with self.browser.client.open(
            address,
            method=row.method,
            query_string=dict(visit.query),
            data={**row.form, **visit.form, "csrf_token": self.token} if _posts(row) else None,
            headers={"HX-Request": "true"} if visit.by_htmx else {},
        ) as answer:
            self.statuses[answer.status_code] += 1
            _is_right(f"{row.method} {address[:100]}", answer)


def _posts(row: Row) -> bool:
    return row.method == "POST"


def _filled(row: Row, places: Sequence[str]) -> str:
    if row.example and places and not places[0]:
        return row.example
    left = iter(places)
    return _PLACE.sub(lambda _: _safe(next(left, "1")), row.path)


def _safe(piece: str) -> str:
    """As it may stand in a path, its slashes and the like among it."""
    return "".join(
        one if one.isalnum() else f"%{byte:02X}" for one in piece for byte in one.encode()
    )


def _is_right(asked: str, answer: Response) -> None:
    status, headers = answer.status_code, answer.headers
    # The phone page tells so that the simulated gateway isn't there; here it never is.
    is_alone = status == 503 and asked.startswith("POST /simulator/")
    assert status < 500 or is_alone, f"{asked}: {status}"
    for name, value in ALWAYS.items():
        assert headers.get(name) == value, f"{asked}: {name}"
    assert headers.get("Content-Security-Policy"), f"{asked}: no policy"
    path = asked.split(" ", 1)[1]
    if status >= 400 and not path.startswith(_FOR_PEOPLE):
        assert answer.mimetype == "application/problem+json", f"{asked}: {answer.mimetype}"
    if answer.mimetype == "text/html" and answer.data:
        assert b"<script>" not in answer.data, f"{asked}: what was sent became a script"


@cache
def _fields() -> Sequence[str]:
    """Every field of every form."""
    pages = templates_dir().rglob("*.html")
    return sorted({name for page in pages for name in _FIELD.findall(page.read_text("utf-8"))})


def visits(row: Row, known: Sequence[str]) -> st.SearchStrategy[Visit]:
    """Requests for one route."""
    values = st.sampled_from([*_ODD, *known]) | st.sampled_from(known) | st.text(max_size=20)
    sent = st.dictionaries(st.sampled_from([*_fields(), *row.form]), values, max_size=5)
    places = st.lists(values | st.just(""), min_size=2, max_size=2)
    return st.builds(Visit, places, sent, sent, st.booleans())


def wander(wanderer: Wanderer, among: Sequence[Row], *, examples: int, seed: int | None) -> None:
    """So many requests of each route; without a seed the same ones every time."""
    once = settings(
        max_examples=examples,
        derandomize=seed is None,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if seed is not None else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for row in among:
        trial: Any = given(visits(row, wanderer.known))(_going(wanderer, row))
        if seed is not None:
            trial = hypothesis.seed(seed)(trial)
        once(trial)()


def _going(wanderer: Wanderer, row: Row) -> Callable[[Visit], None]:
    def going(visit: Visit) -> None:
        wanderer.go(row, visit)

    return going


def document_of(office: Office) -> Mapping[str, Any]:
    """What ``/openapi.json`` says."""
    told = office.app.test_client().get("/openapi.json").get_json()
    assert isinstance(told, dict)
    return told


def without_schema(document: Mapping[str, Any]) -> list[Row]:
    """The routes that the API's document doesn't tell of, but for the one that ends a visit."""
    told = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    of_dialects = "/ussd/<dialect>/"  # told dialect by dialect
    return [
        row
        for row in rows()
        if (row.method, _PLACE.sub(r"{\2}", row.path)) not in told
        and not row.path.startswith(of_dialects)
        and row.path != _LEAVES
    ]


def furnish(office: Office) -> Sequence[str]:
    """Somebody asked, and was answered: what names him and his bill."""
    service = office.service
    vars(service)["source"] = Subscribers(subscriber())
    (recorded,) = Recorder(service.engine, service.vault).record([arrival("1", BILL)])
    service.answering.run()
    parts = office.parts
    handles = parts.handles.of_bill(BILL), of_phone(service.hash_phone(PHONE))
    return [recorded.code, *handles, parts.sealed_phones.seal(PHONE), "sara", BILL]


def wanderer_of(office: Office, known: Sequence[str], *roles: Role) -> Wanderer:
    """Somebody with these roles who has signed in."""
    name = "-".join(role[:3] for role in roles) or "nobody"
    make_user(office.parts, name, *roles)
    browser = office.browser()
    browser.sign_in(name)
    return Wanderer(browser, token_in(browser.get("/console/account")), known)


def stranger(office: Office, known: Sequence[str]) -> Wanderer:
    """Somebody who has not."""
    return Wanderer(office.browser(), "", known)
