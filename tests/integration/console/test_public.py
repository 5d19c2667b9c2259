"""What everybody may see: what to text, what it costs, how the service does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from sms_service.console.public import EXAMPLE_YEAR, example_bill_id
from sms_service.domain.agreement import Month
from sms_service.domain.bill_id import is_valid
from sms_service.domain.calendar import JalaliDay, tehran_day
from sms_service.domain.roles import Role
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.settings import Settings
from sms_service.templates import templates_dir
from sms_service.wiring import Parts
from tests.support.agreement import Asked, store
from tests.support.console import Desk, words_of

LAST_MONTH = Month.of(tehran_day(datetime.now().astimezone())).before


def answered(engine: Engine, many: int) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=2)
    late = [Asked(came, handed=30.0)]
    store(engine, [*late, *(Asked(came + timedelta(minutes=m)) for m in range(1, many))])


def test_each_example_is_understood_as_the_page_says(desk_on_sqlite: Desk) -> None:
    examples = desk_on_sqlite.site.words["public"]["examples"]
    bill_id = example_bill_id("044")
    vocabulary = load_vocabulary((templates_dir() / "sms" / "vocabulary.toml").read_text("utf-8"))
    rules = Rules(JalaliDay(1405, 9, 2), "044", 1, vocabulary)
    page = desk_on_sqlite.get("/service").get_data(as_text=True)
    for one in examples:
        text = one["text"].format(bill_id=bill_id, year=EXAMPLE_YEAR)
        known = Context(last_bill_id=bill_id) if one["wish"] == "next" else Context()
        reading = parse(text, known, rules)
        assert (reading.intent, reading.problem) == (one["wish"], None), text
        assert f"<code>{text}</code>" in page
    first = parse(f"{bill_id} {EXAMPLE_YEAR}", Context(), rules)
    assert (first.bill_id, first.from_year) == (bill_id, int(EXAMPLE_YEAR))


@pytest.mark.parametrize("company", ["044", "007", "143"])
def test_the_example_s_bill_id_is_one_of_the_company(company: str) -> None:
    bill_id = example_bill_id(company)
    assert is_valid(bill_id)
    assert (len(bill_id), bill_id[8:11]) == (13, company)


def test_the_card_tells_numbers_fee_and_last_month_s_time(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> None:
    answered(sqlite_engine, 30)
    parts = Parts(
        settings(
            DATABASE_URL=sqlite_url,
            REDIS_URL="redis://127.0.0.1:9/0",
            USSD_CODE="*1521#",
            KAVENEGAR_SENDER="10001521",
            SERVICE_FEE_TEXT="هر پیامک ۸۹ ریال",
        )
    )
    page = Desk(parts).get("/service")
    said = words_of(page)
    parts.close()
    assert page.status_code == 200
    for told in ("10001521", "*1521#", "هر پیامک ۸۹ ریال", "1521", "تنها شناسهٔ ۱۳ رقمی"):
        assert told in said
    assert "متوسط زمان پاسخ در ماه گذشته ۲٫۰ ثانیه" in said
    assert f"*1521*{example_bill_id('044')}*1402#" in said


def test_last_month_is_told_in_plain_words_and_as_json(desk: Desk, engine: Engine) -> None:
    answered(engine, 40)
    said = words_of(desk.get("/service/status"))
    assert "۴۰ درخواست با شناسهٔ درست رسید و ۹۷٫۵٪" in said
    answer = desk.get("/service/status.json")
    assert answer.json is not None
    current, last = answer.json["months"]
    assert (current["state"], current["requests"]) == ("current", None)
    assert last == {
        "month": str(LAST_MONTH),
        "state": "over",
        "within_agreement": True,
        "within_seconds": 10.0,
        "target": 0.95,
        "requests": 40,
        "in_time": 0.975,
        "mean_seconds": 1.7,
        "usual_seconds": 1.0,
        "slow_seconds": 1.0,
    }


def test_few_requests_are_not_told_of(desk: Desk, engine: Engine) -> None:
    answered(engine, 19)
    assert "کمتر از ۲۰ درخواست" in words_of(desk.get("/service/status"))
    answer = desk.get("/service/status.json")
    assert answer.json is not None
    assert {month["in_time"] for month in answer.json["months"]} == {None}


@pytest.mark.parametrize("path", ["/service", "/service/status", "/service/status.json"])
def test_pages_for_everybody_may_be_kept_a_minute_and_set_no_cookie(
    desk_on_sqlite: Desk, path: str
) -> None:
    answer = desk_on_sqlite.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.get_data(as_text=True)


def test_figures_are_worked_out_once_a_minute(desk: Desk, engine: Engine) -> None:
    answered(engine, 40)
    before = words_of(desk.get("/service/status"))
    store(engine, [Asked(LAST_MONTH.begins_at + timedelta(days=9))], first=999)
    assert words_of(desk.get("/service/status")) == before


def test_a_database_that_is_away_leaves_the_card_standing(
    settings: Callable[..., Settings],
) -> None:
    url = "postgresql://nobody@127.0.0.1:9/none"
    parts = Parts(settings(DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:9/0"))
    desk = Desk(parts)
    assert desk.get("/service").status_code == 200
    assert desk.get("/service/status").status_code == 503
    assert desk.get("/service/status.json").status_code == 503
    parts.close()


def test_a_frozen_month_is_told_as_it_was_frozen(desk: Desk, engine: Engine) -> None:
    answered(engine, 40)
    with desk.seat(Role.AUDITOR):
        desk.post(f"/console/sla/{LAST_MONTH}/freeze")
    desk.sitting = None
    assert "بسته شده است" in words_of(desk.get("/service/status"))
