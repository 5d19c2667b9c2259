"""A list of bill IDs becomes one workbook, and each right ID a request."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from sms_service.domain.roles import Role
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.console import Desk, words_of
from tests.support.counter import (
    BILL,
    UNKNOWN,
    WRONG,
    Subscribers,
    bill_id,
    deeds_of,
    happened,
    requests_of,
    seat_subscribers,
    subscriber,
)

PAGE = "/console/counter/list"


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    nowhere = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:9/0"}
    parts = Parts(settings(TODAY="1405-09-02", **nowhere))
    yield Desk(parts)
    parts.close()


@pytest.fixture
def people(desk: Desk) -> Subscribers:
    return seat_subscribers(desk)


def form(ids: str = BILL, **fields: Any) -> dict[str, Any]:
    return {"ids": ids, "from_year": "1404", "form_key": "a-key", **fields}


def sheets(answer: TestResponse) -> dict[str, list[tuple[Any, ...]]]:
    """The sheets of the workbook by name, each a list of its rows."""
    assert answer.status_code == 200, words_of(answer)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(BytesIO(answer.get_data()))
    assert all(sheet.sheet_view.rightToLeft for sheet in book)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_list_comes_back_as_a_workbook_of_three_sheets(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        answer = desk.post(PAGE, form(f"شناسه\n{BILL}\n{UNKNOWN}\n{WRONG}\n"))
    told = sheets(answer)
    assert list(told) == ["خلاصه", "قبض‌ها", "پرداخت‌ها"]
    head, first, unknown, wrong = told["خلاصه"]
    right = dict(zip(head, first, strict=True))
    assert right["شناسه قبض"] == BILL
    assert right["بدهی (ریال)"] == 2_873_000
    assert right["آخرین دوره"] == "1405/04"
    assert right["وضعیت آخرین قبض"] == "پرداخت نشده"
    assert dict(zip(head, unknown, strict=True))["اشکال"] == "شناسه در سوابق نیست"
    assert dict(zip(head, wrong, strict=True))["اشکال"] == "رقم کنترل شناسه نمی‌خواند"
    assert len(told["قبض‌ها"]) == 1 + 10
    assert len(told["پرداخت‌ها"]) == 1 + 10
    rows = requests_of(engine)
    assert [(row.channel, row.state, row.problem) for row in rows] == [
        ("counter", "answered", None),
        ("counter", "answered", "unknown_bill"),
    ]
    assert right["کد رهگیری"] == rows[0].code
    assert [what for what, _ in happened(engine)] == ["received", "shown"] * 2
    (deed,) = deeds_of(engine)
    assert (deed.action, '"requests":2' in deed.details) == ("counter_list", True)
    assert BILL not in str(deed)


def test_what_was_typed_never_becomes_a_formula(desk: Desk, people: Subscribers) -> None:
    evil = '=HYPERLINK("http://x")'
    with desk.seat(Role.OPERATOR):
        answer = desk.post(PAGE, form(f"{BILL}\n{evil}\n@SUM(A1)\n+1"))
    book = openpyxl.load_workbook(BytesIO(answer.get_data()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any("HYPERLINK" in str(cell.value) for cell in cells)


def test_the_same_list_sent_twice_is_counted_once_under_the_same_codes(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        first, second = (sheets(desk.post(PAGE, form())) for _ in range(2))
    assert first == second
    assert len(requests_of(engine)) == len(deeds_of(engine)) == 1


@pytest.mark.parametrize("kind", ["xlsx", "csv", "utf-16", "cp1256"])
def test_a_file_is_read_whatever_wrote_it(desk: Desk, people: Subscribers, kind: str) -> None:
    content = f"نام;شناسه\r\nدفتر;{BILL}\r\n".encode(
        {"csv": "utf-8-sig", "xlsx": "utf-8"}.get(kind, kind)
    )
    if kind == "xlsx":
        book, target = openpyxl.Workbook(), BytesIO()
        assert book.active is not None
        for row in (["نام", "شناسه"], ["دفتر", int(BILL)]):
            book.active.append(row)
        book.save(target)
        content = target.getvalue()
    with desk.seat(Role.OPERATOR):
        answer = desk.post(PAGE, form("", file=(BytesIO(content), "../../etc/list")))
    assert sheets(answer)["خلاصه"][1][1] == BILL


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ids": "سلام"}, "هیچ شناسه‌ای"),
        ({"ids": ""}, "هیچ شناسه‌ای"),
        ({"from_year": "1406"}, "سال را"),
        ({"file": (BytesIO(b"PK\x03\x04broken"), "a.xlsx")}, "پرونده خوانده نشد"),
        ({"file": (BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x"), "a.xls")}, "پرونده خوانده نشد"),
    ],
)
def test_a_wrong_list_is_refused_beside_its_field(
    desk: Desk, people: Subscribers, engine: Engine, wrong: dict[str, Any], said: str
) -> None:
    if "file" in wrong:  # read once for each database
        content, name = wrong["file"]
        wrong = {"file": (BytesIO(content.getvalue()), name)}
    with desk.seat(Role.OPERATOR):
        page = desk.post(PAGE, form(**wrong))
    assert page.status_code == 400
    assert said in words_of(page)
    assert requests_of(engine) == []


def test_a_list_that_is_too_long_is_refused(desk: Desk, people: Subscribers) -> None:
    ids = "\n".join(bill_id(number) for number in range(1, 2002))
    with desk.seat(Role.OPERATOR):
        page = desk.post(PAGE, form(ids))
    assert page.status_code == 400
    assert "2,000" in words_of(page)


def test_two_thousand_ids_are_asked_in_batches_of_a_hundred(desk: Desk, engine: Engine) -> None:
    ids = [bill_id(number) for number in range(1, 2001)]
    people = seat_subscribers(desk, *(subscriber(one) for one in ids))
    with desk.seat(Role.OPERATOR):
        answer = desk.post(PAGE, form("\n".join(ids)))
    assert answer.status_code == 200
    assert {len(asked) for asked in people.asked} == {100}
    assert len(requests_of(engine)) == 2000


def test_while_the_data_are_away_a_list_is_not_answered_and_nothing_is_counted(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    people.down = True
    with desk.seat(Role.OPERATOR):
        page = desk.post(PAGE, form())
    assert page.status_code == 503
    assert "اکنون در دسترس نیست" in words_of(page)
    assert requests_of(engine) == []
