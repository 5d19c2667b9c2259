"""The first page: four numbers, the last day in a chart and a table, and what wants a look."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert

from sms_service.billing.tables import billing_batches
from sms_service.database import db_now, writing
from sms_service.domain.calendar import TEHRAN, tehran_day
from sms_service.domain.roles import Role
from sms_service.domain.states import LaneState
from sms_service.ledger.upkeep_tables import chores, lanes
from sms_service.service.auditing import Actor
from tests.support.agreement import Asked, never_answered, store
from tests.support.console import Desk, words_of

NOW = datetime(2026, 11, 23, 12, 10, tzinfo=TEHRAN)
"""Noon: what came a moment ago came today."""


@pytest.fixture
def desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An operator looks at it; workers and beat have just ticked, and data are fresh."""
    monkeypatch.setattr(desk.parts.agreement.figures, "now", lambda: NOW)
    with writing(desk.parts.service.engine) as connection:
        for name in ("worker", "beat"):
            row = {"name": name, "due_at": db_now(), "finished_at": NOW}
            connection.execute(insert(chores).values(**row))
        connection.execute(insert(billing_batches).values(**batch(0)))
    with desk.seat(Role.OPERATOR):
        yield desk


def batch(days_old: int) -> dict[str, object]:
    return {
        "state": "in_force",
        "source": "files",
        "files": ["a.csv"],
        "content_hash": "x",
        "data_as_of": tehran_day(datetime.now(UTC)) - timedelta(days=days_old),
        "started_at": db_now(),
        "finished_at": db_now(),
    }


def ago(**passed: float) -> datetime:
    return NOW - timedelta(**passed)


def alerts(desk: Desk) -> list[str]:
    page = desk.get("/console/overview").get_data(as_text=True)
    return [words.strip() for words in re.findall(r'<p class="alert [^>]*>([^<]+)', page)]


def figures(desk: Desk) -> list[str]:
    page = desk.get("/console/overview").get_data(as_text=True)
    return re.findall(r"<strong>([^<]+)</strong>", page)


def test_a_quiet_service_has_nothing_to_look_at(desk: Desk) -> None:
    page = desk.get("/console/overview")
    assert page.status_code == 200
    assert alerts(desk) == []
    assert figures(desk) == ["۰", "—", "۰", "۰"]


def test_four_numbers_are_those_of_today(desk: Desk) -> None:
    store(
        desk.parts.service.engine,
        [
            Asked(ago(seconds=30)),
            Asked(ago(seconds=40), handed=25.0),
            Asked(ago(seconds=50), answer_state="undelivered"),
            never_answered(ago(minutes=5)),
        ],
    )
    received, met, failing, waiting = figures(desk)
    assert (received, met, failing, waiting) == ("۴", "۵۰٫۰٪", "۱", "۱")
    assert "کهنه‌ترین ۵ دقیقه" in words_of(desk.get("/console/overview"))


def test_the_chart_has_its_table_with_the_same_numbers(desk: Desk) -> None:
    store(desk.parts.service.engine, [Asked(ago(hours=3)), Asked(ago(hours=3), handed=60.0)])
    page = desk.get("/console/overview").get_data(as_text=True)
    assert page.count("<g><title>") == 24
    rows = re.findall(r'<tr><th scope="row" class="tabular">.*?</tr>', page)
    assert len(rows) == 24
    told = [re.findall(r'<td class="tabular">([^<]+)', row) for row in rows]
    assert told[3] == ["۲", "۲", "۱", "۱"]
    assert [row for row in told if row != ["۰"] * 4] == [told[3]]


def test_what_is_older_than_a_day_counts_no_more(desk: Desk) -> None:
    store(desk.parts.service.engine, [Asked(ago(hours=30), answer_state="undelivered")])
    assert figures(desk) == ["۰", "—", "۰", "۰"]


def test_a_stopped_lane_is_told_with_its_page(desk: Desk) -> None:
    ill = {"gateway": "kavenegar", "state": LaneState.STOPPED, "reason": "no_credit", "failures": 1}
    with writing(desk.parts.service.engine) as connection:
        connection.execute(insert(lanes).values(**ill, rests_until=db_now(60), free_at=db_now()))
    page = desk.get("/console/overview").get_data(as_text=True)
    assert "حال درگاه کاوه‌نگار" in page
    assert 'href="/console/ops/lanes/kavenegar"' in page


def test_a_held_lane_and_low_credit_are_told(desk: Desk) -> None:
    desk.parts.holding.hold("kavenegar", Actor("omid"), "نگهداری درگاه")
    desk.parts.lane_view.note_credit("kavenegar", 10)
    told = alerts(desk)
    assert told[0] == "فرستادن از کاوه‌نگار را کسی نگه داشته است."
    assert "اعتبار کاوه‌نگار رو به پایان است: ۱۰ ریال مانده است." in told


def test_silent_workers_are_told_before_all_else(desk: Desk) -> None:
    with writing(desk.parts.service.engine) as connection:
        connection.execute(delete(chores))
    assert alerts(desk)[0].startswith("کارگرهای سامانه خاموش‌اند")


def test_old_data_and_none_are_told(desk: Desk) -> None:
    engine = desk.parts.service.engine
    with writing(engine) as connection:
        connection.execute(delete(billing_batches))
        connection.execute(insert(billing_batches).values(**batch(100)))
    assert "دادهٔ قبض ۱۰۰ روزه است. دادهٔ تازه وارد کنید." in alerts(desk)


def test_no_data_at_all_is_told(desk: Desk) -> None:
    with writing(desk.parts.service.engine) as connection:
        connection.execute(delete(billing_batches))
    assert alerts(desk)[0].startswith("هنوز هیچ دادهٔ قبضی برقرار نیست")


def test_the_piece_is_no_page_and_the_table_comes_by_itself(desk: Desk) -> None:
    piece = desk.piece("/console/overview").get_data(as_text=True)
    assert "<html" not in piece
    assert 'id="now"' in piece
    table = desk.piece("/console/overview", piece="table").get_data(as_text=True)
    assert 'id="hours-table"' in table
    assert 'id="now"' not in table


def test_an_auditor_sees_it_without_links_to_what_isn_t_theirs(desk: Desk) -> None:
    with writing(desk.parts.service.engine) as connection:
        connection.execute(delete(billing_batches))
    with desk.seat(Role.AUDITOR):
        page = desk.get("/console/overview").get_data(as_text=True)
    assert 'href="/console/requests' not in page
    assert 'href="/console/sla"' in page
    assert 'href="/console/imports"' not in page
