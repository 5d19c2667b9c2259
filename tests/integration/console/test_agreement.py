"""The agreement's pages: figures that people can read, a month closed and worked out again."""

import csv
import io
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.agreement import Month
from sms_service.domain.calendar import tehran_day
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import audit
from sms_service.ledger.tables import inbound, inbound_texts, opinions, outbound
from tests.support.agreement import Asked, invented, never_answered, store
from tests.support.console import Desk, words_of

THIS_MONTH = Month.of(tehran_day(datetime.now().astimezone()))
LAST_MONTH = THIS_MONTH.before
SCRIPT = "<script>alert(1)</script>"


def a_month(engine: Engine) -> list[str]:
    """Three in time, one late, in last month."""
    came = LAST_MONTH.begins_at + timedelta(days=4, hours=9)
    stored = [Asked(came + timedelta(hours=hour)) for hour in range(3)]
    return store(engine, [*stored, Asked(came + timedelta(hours=4), handed=25.0)])


def deeds(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(audit.c.action).order_by(audit.c.number)))


def test_the_first_page_tells_clauses_the_end_and_the_months(desk: Desk, engine: Engine) -> None:
    a_month(engine)
    with desk.seat(Role.OPERATOR):
        page = desk.get("/console/sla")
        said = words_of(page)
    assert page.status_code == 200
    assert "بند به بند" in said
    assert "تا پایان توافق‌نامه" in said or "بیرون از توافق‌نامه" in said
    assert f"/console/sla/{LAST_MONTH}" in page.get_data(as_text=True)


def test_a_month_is_told_in_figures_by_day_channel_and_cause(desk: Desk, engine: Engine) -> None:
    a_month(engine)
    with desk.seat(Role.AUDITOR):
        said = words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
    assert "۷۵٫۰٪" in said
    assert "دیر رفت" in said
    assert "رقم‌ها زنده است" in said


def test_a_month_is_frozen_erased_and_worked_out_again(desk: Desk, engine: Engine) -> None:
    a_month(engine)
    with desk.seat(Role.AUDITOR, name="sara"):
        assert "ماه را ببند" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        assert desk.post(f"/console/sla/{LAST_MONTH}/freeze").status_code == 303
        said = words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        assert "به دست sara بسته شد" in said
        assert "چکیدهٔ شواهد" in said
        with writing(engine) as connection:
            connection.execute(update(inbound).values(phone_cipher=None, bill_id=None))
        desk.post(f"/console/sla/{LAST_MONTH}/check")
        assert "همان است" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        with writing(engine) as connection:
            connection.execute(update(outbound).values(accepted_at=outbound.c.created_at))
        desk.post(f"/console/sla/{LAST_MONTH}/check")
        assert "همان نیست" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        desk.post(f"/console/sla/{LAST_MONTH}/freeze")
        assert "پیش از این بسته شده" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
    assert deeds(engine) == ["month_frozen", "month_checked", "month_checked"]


def test_a_month_that_isn_t_over_isn_t_frozen(desk: Desk) -> None:
    with desk.seat(Role.AUDITOR):
        assert "ماه را ببند" not in words_of(desk.get(f"/console/sla/{THIS_MONTH}"))
        desk.post(f"/console/sla/{THIS_MONTH}/freeze")
        assert "به پایان نرسیده" in words_of(desk.get(f"/console/sla/{THIS_MONTH}"))


@pytest.mark.parametrize("month", ["1405-13", "1499-12", "nothing", "1405-9", "١٤٠٥-٠٩", "0000-01"])
def test_a_month_that_is_none_has_no_page(desk: Desk, month: str) -> None:
    with desk.seat(Role.AUDITOR):
        for page in ("", "/breaches", "/opinions"):
            assert desk.get(f"/console/sla/{month}{page}").status_code == 404
        for form in ("freeze", "check", "events.csv"):
            assert desk.post(f"/console/sla/{month}/{form}").status_code == 404


def test_breaches_are_listed_with_their_codes(desk: Desk, engine: Engine) -> None:
    codes = a_month(engine)
    with desk.seat(Role.OPERATOR):
        said = words_of(desk.get(f"/console/sla/{LAST_MONTH}/breaches"))
        other = words_of(desk.get(f"/console/sla/{LAST_MONTH}/breaches", cause="lost"))
        odd = desk.get(f"/console/sla/{LAST_MONTH}/breaches", cause="x", after="9" * 30)
    assert codes[-1] in said
    assert codes[0] not in said
    assert codes[-1] not in other
    assert odd.status_code == 200


def test_events_are_one_line_each_safe_for_sheets_and_a_deed(desk: Desk, engine: Engine) -> None:
    stored = invented(random.Random(5), 60, LAST_MONTH)
    store(engine, [*stored, Asked(stored[-1].received_at, channel="=1+1")], first=0)
    with desk.seat(Role.AUDITOR):
        answer = desk.post(f"/console/sla/{LAST_MONTH}/events.csv")
        text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(text)))
    inside = [one for one in stored if LAST_MONTH.begins_at <= one.received_at < LAST_MONTH.ends_at]
    assert len(lines) == len(inside)
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line.values()
    )
    assert deeds(engine) == ["agreement_exported"]


def test_a_formula_in_a_cell_is_taken_for_text(desk: Desk, engine: Engine) -> None:
    store(engine, [Asked(LAST_MONTH.begins_at, channel="=1+1")])
    with desk.seat(Role.AUDITOR):
        text = desk.post(f"/console/sla/{LAST_MONTH}/events.csv").get_data(as_text=True)
    assert ",'=1+1," in text


def test_a_supervisor_marks_force_majeure_and_takes_it_back(desk: Desk, engine: Engine) -> None:
    a_month(engine)
    told = LAST_MONTH
    form = {
        "from_day": f"{told.year}/{told.month}/1",
        "from_time": "۰۰:۰۰",
        "until_day": f"{told.year}/{told.month:02}/۲۰",
        "until_time": "23:59",
        "reason": SCRIPT,
    }
    with desk.seat(Role.SUPERVISOR):
        assert desk.post("/console/sla/outages", form).status_code == 303
        page = desk.get(f"/console/sla/{LAST_MONTH}").get_data(as_text=True)
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
        desk.post("/console/sla/outages/1/withdraw", {"reason": ""})
        assert "علت را بنویسید" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        desk.post("/console/sla/outages/1/withdraw", {"reason": "نبود"})
        assert "پس گرفته" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        desk.post("/console/sla/outages/1/withdraw", {"reason": "نبود"})
        assert "پیش از شما" in words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
        assert desk.post("/console/sla/outages/99/withdraw", {"reason": "x"}).status_code == 404
    assert deeds(engine) == ["outage_marked", "outage_withdrawn"]


def test_a_wrong_time_comes_back_with_what_is_wrong(desk: Desk) -> None:
    form = {"from_day": "1405/13/1", "from_time": "25:00", "until_day": "", "reason": "x"}
    with desk.seat(Role.SUPERVISOR):
        answer = desk.post("/console/sla/outages", form)
    assert answer.status_code == 400
    assert "1405/13/1" in answer.get_data(as_text=True)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_figures_are_shown_with_force_majeure_and_without(desk: Desk, engine: Engine) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=4)
    store(engine, [Asked(came), never_answered(came + timedelta(hours=2))])
    outages = desk.parts.agreement.outages
    with desk.seat(Role.SUPERVISOR) as seated:
        assert seated.sitting is not None
        begin = came + timedelta(hours=1)
        outages.mark(seated.sitting, begin, begin + timedelta(hours=3), "سیل")
        said = words_of(desk.get(f"/console/sla/{LAST_MONTH}"))
    assert "۵۰٫۰٪" in said
    assert "۱۰۰٫۰٪" in said


def test_an_admin_makes_an_agreement_and_ends_it(desk: Desk, engine: Engine) -> None:
    form = {
        "title": f"توافق {SCRIPT}",
        "valid_from": "۱۴۰۵/۰۱/۰۱",
        "valid_until": "1405/12/29",
        "within_seconds": "۸",
        "target": "۹۷٫۵",
    }
    with desk.seat(Role.ADMIN):
        assert desk.post("/console/sla/terms", form).status_code == 303
        page = desk.get("/console/sla/terms").get_data(as_text=True)
        assert SCRIPT not in page
        assert "۹۷٫۵٪" in page
        again = desk.post("/console/sla/terms", form)
        assert (again.status_code, "توافق‌نامهٔ دیگری هست" in words_of(again)) == (400, True)
        desk.post("/console/sla/terms/1/end", {"reason": ""})
        desk.post("/console/sla/terms/1/end", {"reason": "نادرست"})
        desk.post("/console/sla/terms/1/end", {"reason": "نادرست"})
        assert "پیش از شما" in words_of(desk.get("/console/sla/terms"))
        assert desk.post("/console/sla/terms/9/end", {"reason": "x"}).status_code == 404
    assert deeds(engine) == ["agreement_made", "agreement_ended"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""),
        ("valid_from", "2026-01-01"),
        ("valid_until", "1404/01/01"),
        ("within_seconds", "nan"),
        ("within_seconds", "0"),
        ("target", "101"),
        ("target", "صد"),
    ],
)
def test_terms_that_make_no_sense_are_refused(desk: Desk, name: str, value: str) -> None:
    form = {
        "title": "توافق",
        "valid_from": "1405/01/01",
        "valid_until": "1405/12/29",
        "within_seconds": "10",
        "target": "95",
    }
    with desk.seat(Role.ADMIN):
        answer = desk.post("/console/sla/terms", form | {name: value})
    assert answer.status_code == 400
    assert desk.parts.agreement.terms.rows() == []


def test_the_badge_tells_today_and_the_days_left_and_is_kept_a_minute(
    desk: Desk, engine: Engine
) -> None:
    with reading(engine) as connection:
        now: datetime = connection.execute(select(db_now())).scalar_one()
    with desk.seat(Role.OPERATOR):
        store(engine, [Asked(now - timedelta(seconds=30)), never_answered(now)])
        first = words_of(desk.piece("/console/sla/badge"))
        store(engine, [never_answered(now - timedelta(seconds=40))], first=9)
        assert words_of(desk.piece("/console/sla/badge")) == first
    assert "امروز ۱۰۰٫۰٪" in first
    assert "تا پایان توافق‌نامه" in first or "بیرون از توافق‌نامه" in first


def test_opinions_are_told_with_long_numbers_hidden(desk: Desk, engine: Engine) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=1)
    store(engine, [Asked(came, intent="opinion")])
    with reading(engine) as connection:
        row = connection.execute(select(inbound)).one()
    sealed = desk.parts.service.vault.seal(f"نظر ۴ {SCRIPT}\u202e تلفن 09121234567".encode())
    text = {"inbound_id": row.id, "key_version": sealed.key_version, "text_cipher": sealed.cipher}
    with writing(engine) as connection:
        opinion = {"inbound_id": row.id, "code": row.code, "score": 4, "at": came}
        connection.execute(insert(opinions).values(opinion))
        connection.execute(insert(inbound_texts).values(text))
    with desk.seat(Role.OPERATOR):
        page = desk.get(f"/console/sla/{LAST_MONTH}/opinions").get_data(as_text=True)
    assert "09121234567" not in page
    assert SCRIPT not in page
    assert '<bdi class="said"' in page


def test_the_report_has_a_sheet_for_printing() -> None:
    sheet = Path("sms_service/console/static/agreement.css").read_text("utf-8")
    assert "size: A4" in sheet
