"""The list tells each kind as it is defined, whichever way it goes to the rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, Engine, select

from sms_service.database import reading
from sms_service.ledger.request_kinds import Kinds, of_standing
from sms_service.ledger.request_list import Listed, RequestList
from sms_service.ledger.tables import inbound
from sms_service.service.request_filter import Count, Cursor, Pill, RequestFilter, Standing
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests

_SLA = 10.0


@pytest.fixture
def filled(engine: Engine) -> Engine:
    fill_requests(engine, VAULT, requests=1500, until=datetime.now(UTC))
    return engine


@pytest.fixture
def requests(filled: Engine) -> RequestList:
    return RequestList(filled, VAULT, _SLA)


def _all_ids(requests: RequestList, wanted: RequestFilter) -> list[int]:
    return [line.id for line in requests.everything(wanted, 100_000)]


def _plainly(engine: Engine, condition: ColumnElement[bool]) -> list[int]:
    with reading(engine) as connection:
        query = select(inbound.c.id).where(condition)
        return list(connection.scalars(query.order_by(inbound.c.id.desc())))


@pytest.mark.parametrize("sla", [_SLA, 2.0])
def test_each_kind_holds_what_its_definition_says(filled: Engine, sla: float) -> None:
    for pill in Pill:
        found = _all_ids(RequestList(filled, VAULT, sla), RequestFilter(pill=pill))
        assert found == _plainly(filled, Kinds(filled.dialect.name, sla).of_pill(pill)), pill
        assert found or pill is Pill.MOVING


def test_each_standing_holds_what_its_definition_says_and_shows_it(
    filled: Engine, requests: RequestList
) -> None:
    for standing in Standing:
        wanted = RequestFilter(standing=standing)
        lines = list(requests.everything(wanted, 100_000))
        assert [line.id for line in lines] == _plainly(filled, of_standing(standing))
        assert {line.standing for line in lines} <= {standing}


def test_every_request_stands_in_exactly_one_way(filled: Engine, requests: RequestList) -> None:
    shown = list(requests.everything(RequestFilter(), 100_000))
    by_standing = [_all_ids(requests, RequestFilter(standing=one)) for one in Standing]
    assert sum(map(len, by_standing)) == len(shown)
    assert {id_ for ids in by_standing for id_ in ids} == {line.id for line in shown}


def test_kinds_and_standings_are_told_together_with_every_other_filter(
    filled: Engine, requests: RequestList
) -> None:
    wanted = RequestFilter(pill=Pill.FAILED, channel="sms", intent="debt")
    lines = list(requests.everything(wanted, 1000))
    assert lines
    assert {(line.channel, line.intent) for line in lines} == {("sms", "debt")}
    narrower = replace(wanted, standing=Standing.BLOCKED)
    assert _all_ids(requests, narrower) == [
        line.id for line in lines if line.standing is Standing.BLOCKED
    ]


def test_one_phone_s_requests_are_told_of_every_kind(requests: RequestList) -> None:
    some = next(iter(requests.everything(RequestFilter(pill=Pill.FAILED), 1)))
    of_phone = list(requests.everything(RequestFilter(phone_hash=some.phone_hash), 1000))
    assert some in of_phone
    assert {line.phone_hash for line in of_phone} == {some.phone_hash}
    failed = RequestFilter(phone_hash=some.phone_hash, pill=Pill.FAILED)
    assert set(_all_ids(requests, failed)) <= {line.id for line in of_phone}


def test_a_time_holds_what_was_received_in_it_to_the_moment(requests: RequestList) -> None:
    lines = list(requests.everything(RequestFilter(), 100_000))
    since, until = lines[300].received_at, lines[100].received_at
    found = list(requests.everything(RequestFilter(since=since, until=until), 1000))
    assert [line.id for line in found] == [
        line.id for line in lines if since <= line.received_at < until
    ]


@pytest.mark.parametrize("pill", [Pill.DELIVERED, Pill.UNCLEAR])
def test_pages_lead_to_every_line_once_and_back(requests: RequestList, pill: Pill) -> None:
    wanted = RequestFilter(pill=pill)
    everything = _all_ids(requests, wanted)
    down = _walk(requests, wanted)
    assert [line.id for page in down for line in page] == everything
    last = requests.page(wanted, Cursor(before=down[-2][-1].id))
    back = [[line.id for line in down[-1]]]
    while last.newer:
        last = requests.page(wanted, last.newer)
        back.append([line.id for line in last.lines])
    assert [id_ for page in reversed(back) for id_ in page] == everything


def test_what_is_seldom_is_looked_for_a_part_at_a_time_and_all_of_it_is_found(
    requests: RequestList, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = RequestFilter(Pill.UNCLEAR, channel="counter")
    everything = _all_ids(requests, wanted)
    monkeypatch.setattr("sms_service.ledger.request_list.SEARCHED", 100)
    first = requests.page(wanted)
    assert first.goes_on
    pages = _walk(requests, wanted)
    assert [line.id for page in pages for line in page] == everything
    assert 0 < len(everything) < 50
    assert len(pages) > 1
    assert _all_ids(requests, wanted) == everything
    page, seen = requests.page(wanted, Cursor(after=1)), []
    while page.newer:
        seen += [line.id for line in reversed(page.lines)]
        page = requests.page(wanted, page.newer)
    assert [*seen, *(line.id for line in reversed(page.lines))] == everything[::-1]


def _walk(requests: RequestList, wanted: RequestFilter) -> Sequence[Sequence[Listed]]:
    pages, page = [], requests.page(wanted)
    pages.append(page.lines)
    while page.older:
        page = requests.page(wanted, page.older)
        pages.append(page.lines)
    return pages


def test_a_page_stays_as_it_is_while_new_requests_come(
    filled: Engine, requests: RequestList
) -> None:
    cursor = requests.page(RequestFilter()).older
    before = requests.page(RequestFilter(), cursor)
    newest = select(inbound).order_by(inbound.c.id.desc()).limit(1)
    with filled.begin() as connection:
        row = dict(connection.execute(newest).one()._mapping)
        connection.execute(inbound.insert().values(row | {"id": row["id"] + 1, "code": "99999999"}))
    after = requests.page(RequestFilter(), cursor)
    assert [line.id for line in after.lines] == [line.id for line in before.lines]
    assert requests.page(RequestFilter()).lines[0].code == "99999999"


def test_counts_are_those_of_the_lists(requests: RequestList) -> None:
    wanted = RequestFilter(channel="sms", since=datetime.now(UTC) - timedelta(days=200))
    counts = requests.counts(wanted)
    for pill in Pill:
        assert counts[pill] == Count(len(_all_ids(requests, replace(wanted, pill=pill)))), pill


def test_counts_end_where_it_gets_long_and_say_so(
    requests: RequestList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_service.ledger.request_list.COUNTED_TO", 20)
    counts = requests.counts(RequestFilter())
    assert counts[Pill.ALL] == counts[Pill.FAILED] == Count(20, more=True)
    assert counts[Pill.DELIVERED].more
    assert counts[Pill.DELIVERED].value <= 20


def test_nothing_personal_shows_in_what_a_line_prints(requests: RequestList) -> None:
    for line in requests.page(RequestFilter()).lines:
        assert line.phone is not None
        assert line.phone not in repr(line)
        assert line.bill_id is None or line.bill_id not in repr(line)
