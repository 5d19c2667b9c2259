"""However long the ledger is, no question of the desk reads a whole table of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from sms_service.domain.roles import Role
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.finds import Finds
from sms_service.ledger.handles import of_phone
from sms_service.ledger.request_list import RequestList
from sms_service.service.request_filter import CHANNELS, Cursor, Pill, RequestFilter, Standing
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from tests.support.console import Desk
from tests.support.databases import PostgresDatabases
from tests.support.environment import service_environment
from tests.support.many_requests import fill_requests

_REQUESTS = 60_000
_READ_WHOLE = re.compile(r"Seq Scan on (inbound|outbound|events|receipts|\w+_texts)\b")
_MONTH = timedelta(days=30)

Plans = Callable[[Callable[[], Any]], list[str]]


@pytest.fixture(scope="module")
def parts(postgres: PostgresDatabases) -> Iterator[Parts]:
    """A ledger with a year behind it, the statistics of its tables up to date."""
    name = postgres.create(schema=True)
    settings = load_settings(
        service_environment(
            DATABASE_URL=postgres.server.url(name), REDIS_URL="redis://127.0.0.1:9/0"
        )
    )
    parts = Parts(settings)
    fill_requests(parts.engine, parts.vault, requests=_REQUESTS)
    yield parts
    parts.close()
    postgres.server.drop_database(name)


@pytest.fixture
def plans(parts: Parts) -> Iterator[Plans]:
    """How PostgreSQL answers every question that something asks."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    event.listen(parts.engine, "before_cursor_execute", note)

    def of(ask: Callable[[], Any]) -> list[str]:
        asked.clear()
        ask()
        questions = [one for one in asked if one[0].lstrip().startswith(("SELECT", "WITH"))]
        return [_plan(parts.engine, *one) for one in questions]

    yield of
    event.remove(parts.engine, "before_cursor_execute", note)


def _plan(engine: Engine, statement: str, given: Any) -> str:
    driver = engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute(f"EXPLAIN {statement}", given)
        return "\n".join(line for (line,) in cursor.fetchall())
    finally:
        driver.close()


def _filters() -> Iterator[RequestFilter]:
    now = datetime.now(UTC)
    for since in (now - timedelta(days=1), now - _MONTH, None):
        yield from (RequestFilter(pill, since) for pill in Pill)
    everything = RequestFilter()
    yield from (replace(everything, channel=one) for one in CHANNELS)
    yield from (replace(everything, intent=one) for one in Intent)
    yield from (replace(everything, problem=one) for one in Problem)
    yield from (replace(everything, standing=one) for one in Standing)
    yield RequestFilter(Pill.FAILED, channel="sms", intent="debt")
    yield RequestFilter(Pill.LATE, channel="ussd", since=now - _MONTH)
    yield RequestFilter(since=now - 6 * _MONTH, until=now - 5 * _MONTH)


def _read_whole(found: list[str]) -> list[str]:
    assert found
    return [line for plan in found for line in plan.splitlines() if _READ_WHOLE.search(line)]


@pytest.fixture
def requests(parts: Parts) -> RequestList:
    return RequestList(parts.engine, parts.vault, sla_seconds=10)


def test_no_page_of_the_list_reads_a_whole_table(requests: RequestList, plans: Plans) -> None:
    for wanted in _filters():
        found = plans(lambda wanted=wanted: requests.page(wanted))  # type: ignore[misc]  # now
        assert _read_whole(found) == [], wanted


def test_no_page_far_back_reads_a_whole_table(requests: RequestList, plans: Plans) -> None:
    lines = list(requests.everything(RequestFilter(), 30_000))
    for pill in Pill:
        deep = Cursor(before=lines[-1].id)
        found = plans(lambda deep=deep, pill=pill: requests.page(RequestFilter(pill), deep))  # type: ignore[misc]  # now
        assert _read_whole(found) == [], pill


def test_no_count_reads_a_whole_table(requests: RequestList, plans: Plans) -> None:
    for wanted in _filters():
        if wanted.pill is Pill.ALL:
            found = plans(lambda wanted=wanted: requests.counts(wanted))  # type: ignore[misc]  # now
            assert _read_whole(found) == [], wanted


def test_no_search_reads_a_whole_table(parts: Parts, requests: RequestList, plans: Plans) -> None:
    line = next(one for one in requests.page(RequestFilter()).lines if one.bill_id)
    finds, now = Finds(parts.engine), datetime.now(UTC)
    found = [
        *plans(lambda: finds.has_code(line.code)),
        *plans(lambda: finds.of_phone(line.phone_hash)),
        *plans(lambda: finds.of_bill(str(line.bill_id))),
        *plans(lambda: finds.last_sent(line.phone_hash)),
        *plans(lambda: finds.reached_lines(now - timedelta(hours=1), now)),
        *plans(lambda: requests.page(RequestFilter(phone_hash=line.phone_hash))),
        *plans(lambda: requests.counts(RequestFilter(phone_hash=line.phone_hash))),
        *plans(lambda: requests.page(RequestFilter(bill_id=line.bill_id))),
    ]
    assert _read_whole(found) == []


def test_no_page_of_one_request_or_phone_reads_a_whole_table(
    parts: Parts, requests: RequestList, plans: Plans
) -> None:
    desk = Desk(parts)
    lines = requests.page(RequestFilter()).lines
    with desk.seat(Role.OPERATOR):
        for line in lines[:5]:
            for path in (f"requests/{line.code}", f"phones/{of_phone(line.phone_hash)}"):
                found = plans(lambda path=path: desk.get(f"/console/{path}"))  # type: ignore[misc]  # now
                assert _read_whole(found) == [], path
