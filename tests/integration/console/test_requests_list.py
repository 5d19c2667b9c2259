"""The list of requests as operators see it: filters in its address, pages that stay, live ones."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, update

from sms_service.database import writing
from sms_service.domain.calendar import TEHRAN
from sms_service.domain.roles import Role
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.request_filter import Pill, RequestFilter, Standing
from sms_service.settings import Settings
from tests.support.console import Desk, opened, words_of
from tests.support.many_requests import fill_requests
from tests.support.subscriber import Subscriber

_ROW = re.compile(r'data-row id="row-\d{8}" href="/console/requests/(\d{8})"')
_LINK = re.compile(r'href="(/console/requests\?[^"]*)"([^>]*)>')


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """With an operator at it."""
    given = settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0")
    with opened(given, Role.OPERATOR) as desk:
        yield desk


@pytest.fixture
def year(desk: Desk) -> Desk:
    """With a year of requests behind it."""
    service = desk.parts.service
    fill_requests(service.engine, service.vault, requests=1200, until=datetime.now(UTC))
    return desk


def codes(page: str) -> list[str]:
    return _ROW.findall(page)


def html(desk: Desk, address: str = "/console/requests", **query: object) -> str:
    answer = desk.get(address, **query)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def pager(page: str, rel: str) -> str | None:
    found = [address for address, rest in _LINK.findall(page) if f'rel="{rel}"' in rest]
    return unescape(found[0]) if found else None


def test_a_line_tells_what_came_and_what_became_of_it_with_the_phone_masked(desk: Desk) -> None:
    (code,) = Subscriber(desk.parts.service).text("1234567804424")
    page = html(desk)
    shown = words_of(desk.get("/console/requests"))
    assert codes(page) == [code]
    for told in ("پیامک", "0912…67", "رقم کنترل شناسه نمی‌خواند", "در صف فرستادن"):
        assert told in shown
    assert "9121234567" not in page


def test_pills_count_each_kind_and_lead_to_it(year: Desk) -> None:
    page = html(year, range="all")
    failed = year.parts.request_list.counts(RequestFilter())[Pill.FAILED].value
    assert failed > 0
    addresses = [unescape(address) for address, _ in _LINK.findall(page)]
    (address,) = [one for one in addresses if "pill=failed" in one]
    shown = html(year, address)
    assert len(codes(shown)) == min(failed, 50)
    assert shown.count('aria-current="true"') >= 2


def test_the_list_is_of_today_unless_it_is_asked_otherwise(year: Desk) -> None:
    today = year.parts.request_list.page(RequestFilter())
    assert len(codes(html(year))) < len(codes(html(year, range="all"))) == len(today.lines)


def test_filters_survive_turning_pages_and_pages_hold_each_line_once(year: Desk) -> None:
    asked = {"range": "all", "channel": "sms", "intent": "debt", "pill": "delivered"}
    page, seen = html(year, **asked), []
    while True:
        seen += codes(page)
        older = pager(page, "next")
        if older is None:
            break
        assert {name: one[0] for name, one in parse_qs(urlsplit(older).query).items()} == {
            **asked,
            "before": parse_qs(urlsplit(older).query)["before"][0],
        }
        page = html(year, older)
    wanted = RequestFilter(Pill.DELIVERED, channel="sms", intent="debt")
    expected = [line.code for line in year.parts.request_list.everything(wanted, 10_000)]
    assert seen == expected
    assert len(expected) > 100
    newer = pager(page, "prev")
    assert newer is not None
    assert codes(html(year, newer)) == expected[-50 - len(codes(page)) : -len(codes(page))]


def test_a_page_stays_as_it_is_while_new_requests_come(year: Desk) -> None:
    older = pager(html(year, range="all"), "next")
    assert older is not None
    before = codes(html(year, older))
    Subscriber(year.parts.service).text("راهنما", "لیست")
    assert codes(html(year, older)) == before
    assert codes(html(year))[0] not in before


def test_days_are_jalali_and_both_of_them_are_shown(year: Desk) -> None:
    line = year.parts.request_list.page(RequestFilter()).lines[40]
    filters = year.app.jinja_env.filters
    day = filters["day"](line.received_at.astimezone(TEHRAN).date())
    page = html(year, **{"from": day, "until": day, "channel": line.channel})
    assert line.code in codes(page)
    assert f"از {day} تا {day}" in words_of(
        year.get("/console/requests", **{"from": day, "until": day})
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"from": "۱۴۰۵/۱۲/۳۰"}, "چنین روزی در تقویم نیست"),
        ({"until": "2026-11-24"}, "روز را چنین بنویسید"),
        ({"from": "1405/09/02", "until": "1405/09/01"}, "روز پایان پیش از روز آغاز است"),
        ({"channel": "fax"}, "چنین گزینه‌ای نیست"),
        ({"pill": "<script>alert(1)</script>"}, "چنین گزینه‌ای نیست"),
        ({"from": '"><script>alert(1)</script>\u202e'}, "روز را چنین بنویسید"),
    ],
)
def test_a_filter_that_isn_t_one_is_told_beside_its_field_and_lists_nothing(
    year: Desk, given: dict[str, str], told: str
) -> None:
    answer = year.get("/console/requests", **given)
    assert answer.status_code == 400
    assert told in words_of(answer)
    assert codes(answer.get_data(as_text=True)) == []
    assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "given", [{"phone": "0" * 32}, {"phone": "x"}, {"bill": "bm90"}, {"bill": "é"}]
)
def test_a_handle_that_was_made_up_leads_nowhere(desk: Desk, given: dict[str, str]) -> None:
    assert desk.get("/console/requests", **given).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "1.5", "۱۲"])
def test_a_cursor_that_was_made_up_shows_the_newest(year: Desk, cursor: str) -> None:
    shown = html(year, range="all", before=cursor)
    assert codes(shown) == codes(html(year, range="all"))


def test_the_newest_page_looks_again_and_says_nothing_while_nothing_is_new(desk: Desk) -> None:
    subscriber = Subscriber(desk.parts.service)
    subscriber.text("راهنما")
    page = html(desk)
    again = unescape(page.split('hx-get="/console/requests?')[1].split('"')[0])
    address = f"/console/requests?{again}"
    assert desk.piece(address).status_code == 204
    (code,) = subscriber.text("لیست")
    piece = desk.piece(address)
    assert piece.status_code == 200
    assert codes(piece.get_data(as_text=True))[0] == code
    assert "<html" not in piece.get_data(as_text=True)


def test_older_pages_don_t_look_again(year: Desk) -> None:
    older = pager(html(year, range="all"), "next")
    assert older is not None
    assert 'hx-get="/console/requests?' not in html(year, older)


def test_hostile_words_of_a_gateway_come_out_escaped(desk: Desk) -> None:
    (code,) = Subscriber(desk.parts.service).text("راهنما")
    with writing(desk.parts.service.engine) as connection:
        wrong = {"state": "refused", "reason": "<script>alert(1)</script>\u202e"}
        connection.execute(update(outbound).values(wrong))
        odd = update(inbound).where(inbound.c.code == code)
        connection.execute(odd.values(channel="<b>odd", intent="<i>x\u202e"))
    page = html(desk)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>odd" not in page


def test_a_request_whose_phone_was_erased_is_listed_without_it(desk: Desk) -> None:
    (code,) = Subscriber(desk.parts.service).text("راهنما")
    with writing(desk.parts.service.engine) as connection:
        connection.execute(update(inbound).values(phone_cipher=None))
    assert codes(html(desk)) == [code]
    assert "پاک شده" in words_of(desk.get("/console/requests"))


def test_an_answer_that_took_longer_than_was_agreed_is_marked(year: Desk) -> None:
    shown = words_of(year.get("/console/requests", pill="late", range="all"))
    assert "خارج از مهلت" in shown


def test_whoever_may_not_find_sees_no_list(year: Desk) -> None:
    with year.seat(Role.AUDITOR):
        assert year.get("/console/requests").status_code == 403


def test_the_page_needs_no_script_to_be_filtered(year: Desk) -> None:
    page = html(year)
    assert '<form method="get" action="/console/requests"' in page
    assert "onclick" not in page
    assert " style=" not in page


def test_every_state_of_the_list_has_words_and_a_tone(desk: Desk) -> None:
    words = desk.site.words["lists"]
    assert words["standings"].keys() == words["tones"].keys() == set(Standing)
    assert words["pills"].keys() == words["pill_help"].keys() == set(Pill)
