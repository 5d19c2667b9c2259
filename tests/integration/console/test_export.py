"""The list as a workbook: what was filtered, phones masked, nothing in it a formula, a deed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import audit
from sms_service.ledger.tables import inbound
from sms_service.service.request_filter import Pill, RequestFilter
from sms_service.settings import Settings
from tests.support.console import Desk, opened, words_of
from tests.support.many_requests import fill_requests
from tests.support.subscriber import Subscriber

_PATH = "/console/requests/export"


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """With a supervisor at it."""
    given = settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0")
    with opened(given, Role.SUPERVISOR) as desk:
        yield desk


@pytest.fixture
def year(desk: Desk) -> Desk:
    service = desk.parts.service
    fill_requests(service.engine, service.vault, requests=1200, until=datetime.now(UTC))
    return desk


def sheet(desk: Desk, **form: str) -> Any:
    answer = desk.post(_PATH, form)
    assert answer.status_code == 200, words_of(answer)
    assert answer.headers["Content-Disposition"] == "attachment; filename=requests.xlsx"
    return openpyxl.load_workbook(BytesIO(answer.get_data())).worksheets[0]


def deeds(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    with reading(desk.parts.service.engine) as connection:
        rows = connection.execute(select(audit.c.action, audit.c.details)).all()
    return [(row.action, json.loads(row.details)) for row in rows]


def test_the_workbook_holds_what_the_list_is_filtered_by_and_nothing_else(year: Desk) -> None:
    rows = list(sheet(year, range="all", channel="ussd", pill="unclear").values)
    wanted = RequestFilter(Pill.UNCLEAR, channel="ussd")
    expected = [line.code for line in year.parts.request_list.everything(wanted, 10_000)]
    assert [row[1] for row in rows[1:]] == expected
    assert expected
    assert rows[0][:4] == ("زمان", "کد رهگیری", "کانال", "شماره")
    assert {row[2] for row in rows[1:]} == {"کد دستوری"}


def test_phones_are_masked_and_bill_ids_are_texts(year: Desk) -> None:
    page = sheet(year, range="all")
    assert page.sheet_view.rightToLeft
    for row in page.iter_rows(min_row=2):
        assert row[3].value is None or "…" in row[3].value
        assert row[4].value is None or row[4].data_type == "s"
        assert row[7].value is None or row[7].data_type == "n"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "http://", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula_or_a_link_whatever_it_begins_with(desk: Desk, first: str) -> None:
    Subscriber(desk.parts.service).text("راهنما")
    hostile = f"{first}1+1"
    with writing(desk.parts.service.engine) as connection:
        odd = {"channel": hostile[:8], "intent": hostile[:12], "bill_id": hostile[:13]}
        connection.execute(update(inbound).values(odd))
    page = sheet(desk, range="all")
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    assert page.cell(2, 5).value == hostile[:13]


def test_an_export_is_written_down_without_phone_and_bill(desk: Desk) -> None:
    subscriber = Subscriber(desk.parts.service)
    subscriber.text("1234567804423", "راهنما")
    handle = desk.parts.handles.of_bill("1234567804423")
    sheet(desk, phone=subscriber.handle)
    sheet(desk, bill=handle, pill="no_data")
    assert deeds(desk) == [
        ("export_requests", {"phone": True, "rows": 2}),
        ("export_requests", {"bill": True, "pill": "no_data", "rows": 1}),
    ]


def test_a_list_that_is_too_long_is_refused_with_what_to_do(
    year: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_service.console.lists.exporting.MOST_ROWS", 100)
    answer = year.post(_PATH, {"range": "all", "channel": "sms"})
    assert (answer.status_code, answer.location) == (303, "/console/requests?range=all&channel=sms")
    shown = words_of(year.get(answer.location))
    assert "بیش از ۱۰۰ ردیف دارد" in shown
    assert deeds(year) == []


def test_filters_that_aren_t_understood_hand_nothing_out(desk: Desk) -> None:
    answer = desk.post(_PATH, {"from": "1405/12/30"})
    assert answer.status_code == 303
    assert deeds(desk) == []
    assert desk.post(_PATH, {"phone": "0" * 32}).status_code == 404


def test_whoever_may_not_export_gets_nothing(desk: Desk) -> None:
    Subscriber(desk.parts.service).text("راهنما")
    assert "خروجی اکسل" in words_of(desk.get("/console/requests"))
    with desk.seat(name="nobody"):
        assert desk.post(_PATH, {}).status_code == 403


def test_a_form_without_its_token_hands_nothing_out(desk: Desk) -> None:
    assert desk.client.post(_PATH, data={"range": "all"}).status_code == 400
    assert deeds(desk) == []
