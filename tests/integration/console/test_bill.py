"""The page of one bill, as an operator reads it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, insert, update

from sms_service.billing.kept import as_text
from sms_service.billing.tables import fetched_histories
from sms_service.database import db_now, writing
from sms_service.domain.money import Rial
from sms_service.domain.records import Branch, History
from sms_service.domain.roles import Role
from sms_service.ledger.tables import inbound
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.billing_rows import store
from tests.support.console import Desk, words_of
from tests.support.histories import BILL_ID, YESTERDAY, history, paid, two_month_bill, two_monthly
from tests.support.subscriber import Subscriber

BILLS = two_monthly(1403, 1405)
ALL_PAID = history(BILLS, [paid(bill) for bill in BILLS])
UNKNOWN = "1234717304424"

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> Iterator[MakeDesk]:
    """A desk on the second of Azar with an operator at it."""
    opened: list[Parts] = []

    def make(**more: str) -> Desk:
        told = {"DATABASE_URL": database_url, "TODAY": "1405-09-02", **more}
        opened.append(Parts(settings(REDIS_URL="redis://127.0.0.1:9/0", **told)))
        desk = Desk(opened[-1])
        desk.sitting = None
        return desk

    yield make
    for parts in opened:
        parts.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Iterator[Desk]:
    opened = make_desk()
    with opened.seat(Role.OPERATOR):
        yield opened


def path_of(desk: Desk, bill_id: str = BILL_ID) -> str:
    return f"/console/bills/{desk.parts.handles.of_bill(bill_id)}"


def page_of(desk: Desk, told: History, year: str = "all") -> str:
    store(desk.parts.service.engine, told, as_of=YESTERDAY)
    answer = desk.get(path_of(desk), from_year=year)
    assert answer.status_code == 200
    return words_of(answer)


def test_the_bill_stands_on_the_page_and_nowhere_in_its_address(desk: Desk) -> None:
    page = page_of(desk, ALL_PAID)
    assert "قبض 1234 5678 0442 3" in page
    assert BILL_ID not in path_of(desk)


def test_every_bill_has_its_period_its_use_its_amount_and_why_it_is_paid(desk: Desk) -> None:
    page = page_of(desk, ALL_PAID)
    assert "۱۴۰۵/۴ ۱۴۰۵/۰۶/۲۱ – ۱۴۰۵/۰۸/۲۰ ۶۰ ۲۴۵ ۰ ۰ ۱٬۰۴۰٬۰۰۰ ریال (۱۰۴٬۰۰۰ تومان)" in page
    assert page.count("شناسهٔ پرداخت از همین قبض است") == len(BILLS)


def test_money_without_a_payment_id_is_said_to_settle_the_oldest_first(desk: Desk) -> None:
    loose = paid(BILLS[-1])._replace(payment_id=None)
    page = page_of(desk, history(BILLS, [*map(paid, BILLS[:-1]), loose]))
    assert "بدهی کهنه‌تر را اول می‌پوشاند" in page
    assert "بی‌پیوند" in page


def test_a_part_that_is_owed_is_told_beside_the_part_that_was_paid(desk: Desk) -> None:
    part = paid(BILLS[-1], amount=400_000)
    page = page_of(desk, history(BILLS, [*map(paid, BILLS[:-1]), part], 640_000))
    assert "بخشی پرداخت‌شده مانده ۶۴۰٬۰۰۰ ریال (۶۴٬۰۰۰ تومان)" in page
    assert "۴۰۰٬۰۰۰ ریال: شناسهٔ پرداخت از همین قبض است" in page


def test_rejected_bills_and_reversals_are_shown_as_what_they_are(desk: Desk) -> None:
    rejected = BILLS[-1]._replace(rejected=True, serial="1", amount_rial=Rial(7_000_000))
    wrong = paid(BILLS[-1], after_days=2)._replace(tracking="55")
    back = wrong._replace(amount_rial=Rial(-wrong.amount_rial), tracking="55")
    told = history([*BILLS, rejected], [*map(paid, BILLS), wrong, back])
    page = page_of(desk, told)
    assert "باطل شده و به حساب نمی‌آید" in page
    assert "برگشت خورد" in page
    assert "برگشت پرداخت پیشین" in page
    assert "روشن نیست" not in page


def test_rows_that_disagree_with_the_branch_are_told_with_both_figures(desk: Desk) -> None:
    told = replace(ALL_PAID, branch=Branch(debt_rial=Rial(3_120_000)))
    page = page_of(desk, told)
    assert "جمع سطرها ۰ ریال و بدهی انشعاب ۳٬۱۲۰٬۰۰۰ ریال است" in page
    assert "روشن نیست" in page
    assert "پرداخت‌شده در" not in page


def test_records_begin_with_the_wished_year(desk: Desk) -> None:
    page = page_of(desk, ALL_PAID, "1405")
    assert "۱۴۰۵/۱" in page
    assert "۱۴۰۴/۶ " not in page


@pytest.mark.parametrize("year", ["", "x", "14۰5", "99999", "-1"])
def test_a_year_that_is_none_shows_what_an_answer_would(desk: Desk, year: str) -> None:
    page = page_of(desk, ALL_PAID, year)
    assert "۱۴۰۴/۱ " in page
    assert "۱۴۰۳/۶ " not in page


def test_the_chart_says_in_words_what_it_draws_and_has_a_table(desk: Desk) -> None:
    store(desk.parts.service.engine, ALL_PAID, as_of=YESTERDAY)
    html = desk.get(path_of(desk), from_year="1405").get_data(as_text=True)
    assert 'role="img" aria-labelledby="chart-title chart-desc"' in html
    assert html.count('class="chart-bar"') == 4
    assert "style=" not in html
    assert "مصرف هر دوره در برابر همان دوره در سال پیش" in html


def test_the_newest_period_is_compared_with_the_year_before(desk: Desk) -> None:
    bills = [two_month_bill(1404, 4, 400), two_month_bill(1405, 4, 300)]
    page = page_of(desk, history(bills, [paid(bill) for bill in bills]))
    assert "در دورهٔ ۱۴۰۵/۴ مصرف ۲۵٫۰٪ کمتر از همان دوره در سال پیش بود" in page


def test_the_number_to_pay_by_is_the_branch_s_where_it_is_right_and_else_made(desk: Desk) -> None:
    owed = history(BILLS, [paid(bill) for bill in BILLS[:-1]], 1_040_000)
    branch = replace(owed.branch or Branch(), payment_id="1")
    page = page_of(desk, replace(owed, branch=branch))
    assert "از بدهی و دورهٔ تازه‌ترین قبض ساخته شد، چون شناسهٔ انشعاب 1 با این بدهی" in page


def test_the_registered_phone_is_masked_and_leads_to_its_page(desk: Desk) -> None:
    own = Subscriber(desk.parts.service)
    branch = replace(ALL_PAID.branch or Branch(), phone_hash=own.phone_hash)
    store(desk.parts.service.engine, replace(ALL_PAID, branch=branch), as_of=YESTERDAY)
    own.text("راهنما")
    html = desk.get(path_of(desk)).get_data(as_text=True)
    assert "0912…67" in html
    assert "09121234567" not in html
    assert f"/console/phones/{own.handle}" in html


def test_the_data_s_batch_and_their_age_are_told(desk: Desk) -> None:
    page = page_of(desk, ALL_PAID)
    assert "داده‌های واردشده" in page
    assert "داده تا روز ۱۴۰۵/۰۹/۰۱ (۱ روز پیش)" in page
    assert "دسته‌هایی که سطرهای این قبض از آن‌هاست" in page


def test_who_asked_about_the_bill_is_listed_newest_first(desk: Desk) -> None:
    store(desk.parts.service.engine, ALL_PAID, as_of=YESTERDAY)
    codes = Subscriber(desk.parts.service).text(BILL_ID, f"{BILL_ID} 1405")
    page = words_of(desk.get(path_of(desk)))
    assert page.index(codes[1]) < page.index(codes[0])
    assert "سوابق از ۱۴۰۵" in page


def test_a_bill_that_no_source_knows_says_what_to_do(desk: Desk) -> None:
    store(desk.parts.service.engine, ALL_PAID, as_of=YESTERDAY)
    (code,) = Subscriber(desk.parts.service).text(UNKNOWN)
    answer = desk.get(path_of(desk, UNKNOWN))
    assert answer.status_code == 404
    assert "شناسه را رقم به رقم با قبض کاغذی بسنجید" in words_of(answer)
    assert code in words_of(answer)


@pytest.mark.parametrize("handle", [BILL_ID, "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "۱۲"])
def test_a_handle_that_never_was_one_leads_nowhere(desk: Desk, handle: str) -> None:
    assert desk.get(f"/console/bills/{handle}").status_code == 404


def test_a_handle_of_something_else_leads_nowhere(desk: Desk) -> None:
    assert desk.get(path_of(desk, "<script>")).status_code == 404


def test_an_auditor_sees_no_bill(desk: Desk) -> None:
    with desk.seat(Role.AUDITOR):
        assert desk.get(path_of(desk)).status_code == 403


def test_markup_in_the_data_stays_text(desk: Desk) -> None:
    evil = paid(BILLS[-1])._replace(tracking="<b>\u202e1", channel="<i>x", bank_code="<u>")
    store(desk.parts.service.engine, history(BILLS[-1:], [evil]), as_of=YESTERDAY)
    html = desk.get(path_of(desk)).get_data(as_text=True)
    for tag in ("<b>", "<i>", "<u>"):
        assert tag not in html
    assert '<bdi dir="ltr">&lt;b&gt;\u202e1</bdi>' in html


def test_without_any_source_the_page_says_so_and_who_asked(make_desk: MakeDesk) -> None:
    desk = make_desk(BILLING_SOURCES="saapa", **_SAAPA)
    (code,) = Subscriber(make_desk().parts.service).text(BILL_ID)
    _set_bill(desk, code)
    with desk.seat(Role.OPERATOR):
        answer = desk.get(path_of(desk))
    assert answer.status_code == 200
    assert "سوابق این قبض اکنون در دسترس نیست" in words_of(answer)
    assert code in words_of(answer)


def test_what_the_national_interface_said_last_is_told_as_old_while_it_is_away(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(BILLING_SOURCES="saapa,sql", **_SAAPA)
    engine = desk.parts.service.engine
    store(engine, ALL_PAID, as_of=date(2026, 9, 1))
    newer = history(BILLS, [paid(bill) for bill in BILLS[:-1]], 1_040_000)
    kept = {"bill_id": BILL_ID, "content": as_text(newer), "fetched_at": db_now(-3 * 3600)}
    with writing(engine) as connection:
        connection.execute(insert(fetched_histories).values(kept))
    with desk.seat(Role.OPERATOR):
        page = words_of(desk.get(path_of(desk)))
    assert "سامانهٔ کشوری سآپا" in page
    assert "پاسخ پیشین آن نشان داده می‌شود" in page
    assert "بدهی اکنون ۱٬۰۴۰٬۰۰۰ ریال" in page


_SAAPA = {
    "SAAPA_BASE_URL": "http://127.0.0.1:9",
    "SAAPA_TOKEN": "a-token-of-these-tests",
}


def _set_bill(desk: Desk, code: str) -> None:
    with writing(desk.parts.service.engine) as connection:
        connection.execute(update(inbound).where(inbound.c.code == code).values(bill_id=BILL_ID))
