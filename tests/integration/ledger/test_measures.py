"""What is counted of the ledger is what stands in it, and never falls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select, update

from sms_service.database import db_now, reading, reading_at_once, writing
from sms_service.ledger.events import write_events
from sms_service.ledger.ids import first_id_of, moment_of
from sms_service.ledger.measures.counts import Stretch, counted, day_at
from sms_service.ledger.measures.days import ClosingDays, closed
from sms_service.ledger.measures.tables import counted_days, counted_values
from sms_service.ledger.tables import events, inbound, outbound
from sms_service.settings import Settings
from sms_service.wiring import Parts
from sms_service.wiring.metrics import MetricsParts
from tests.support.closed_ledger import close_all
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.plain_counts import plain_counts
from tests.support.plans import watch_plans
from tests.support.scraping import counted_by_the_ledger, differences, samples_of

days = counted_days.c
_BIG = {"inbound", "outbound", "events", "opinions", "receipts"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    fill_requests(engine, VAULT, requests=800)
    return engine


@pytest.fixture
def figures(settings: Callable[..., Settings], database_url: str) -> Callable[[], MetricsParts]:
    """Each call looks anew."""

    def make() -> MetricsParts:
        return MetricsParts(Parts(settings(DATABASE_URL=database_url)))

    return make


def test_closed_days_and_open_ones_are_together_what_a_plain_count_finds(
    filled: Engine, figures: Callable[[], MetricsParts]
) -> None:
    close_all(filled)
    told = counted_by_the_ledger(samples_of(figures().of_all()))
    assert differences(told, plain_counts(filled)) == {}
    assert len({name for name, _ in told}) >= 15
    with reading(filled) as connection:
        first, last, rows = connection.execute(
            select(func.min(days.first_day), func.max(days.day), func.count(days.day))
        ).one()
    assert last - first > 300
    assert rows < 70


def test_a_year_that_nobody_has_closed_yet_isn_t_read_at_a_look(
    filled: Engine, figures: Callable[[], MetricsParts]
) -> None:
    assert counted_by_the_ledger(samples_of(figures().of_all())) == {}
    ClosingDays(filled).sweep()
    some = counted_by_the_ledger(samples_of(figures().of_all()))
    assert 0 < sum(v for (name, _), v in some.items() if name == "sms_received_total") < 800


def test_what_moves_after_its_day_was_closed_is_counted_when_the_day_is_twice_as_old(
    closed_engine: Engine,
) -> None:
    o, now = outbound.c, datetime.now(UTC)
    mine = (
        o.id >= first_id_of(now - timedelta(days=50)),
        o.id < first_id_of(now - timedelta(days=5)),
    )
    late = select(o.id).where(o.state != "delivered", o.accepted_at.is_not(None), *mine)
    with writing(closed_engine) as connection:
        row = connection.scalars(late.limit(1)).one()
        arrived = update(outbound).where(o.id == row)
        connection.execute(arrived.values(state="delivered", ended_at=db_now()))
    before = _total(closed_engine, "sms_texts_delivered_total")
    _count_again(closed_engine, day_at(now) - day_at(moment_of(row)))
    assert _total(closed_engine, "sms_texts_delivered_total") == before + 1


def test_no_count_of_a_closed_day_is_ever_made_smaller(closed_engine: Engine) -> None:
    with reading(closed_engine) as connection:
        before = closed(connection)
    with writing(closed_engine) as connection:
        connection.execute(delete(events))
        connection.execute(update(inbound).values(intent=None))
    for days_ago in (4, 5, 6):
        _count_again(closed_engine, days_ago)
    with reading(closed_engine) as connection:
        after = closed(connection)
    lost = {k: v for k, v in before.counts.items() if v - after.counts.get(k, 0.0) > 1e-6}
    assert lost == {}
    assert after.until_day == before.until_day


def test_an_end_that_a_later_receipt_takes_back_stays_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        write_events(connection, [("12345678", "failed", "kavenegar_status_6")])
        write_events(connection, [("12345678", "delivered", "kavenegar_status_10")])
    today = day_at(datetime.now(UTC) - timedelta(days=1))
    with reading_at_once(engine) as connection:
        found = counted(connection, Stretch(today), datetime.now(UTC))
    assert found == {("sms_bad_ends_total", ("failed", "kavenegar_status_6")): 1}


@pytest.mark.long
def test_no_look_reads_a_big_table_whole(
    postgresql_engine: Engine,
    settings: Callable[..., Settings],
    postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_requests(postgresql_engine, VAULT, requests=15_000)
    close_all(postgresql_engine)
    parts = MetricsParts(Parts(settings(DATABASE_URL=postgresql_url)))
    plans = watch_plans(monkeypatch)
    assert len(parts.of_all()) > 30
    assert len(plans) > 15
    assert set().union(*plans) & _BIG == set()


def _count_again(engine: Engine, days_ago: int) -> None:
    """Let the day be counted as if that had been when it was half as old, and look again."""
    day = day_at(datetime.now(UTC)) - days_ago
    with writing(engine) as connection:
        old = update(counted_days).where(days.day == day)
        half = db_now(-86_400.0 * (days_ago + 1) / 2)
        assert connection.execute(old.values(counted_at=half)).rowcount == 1
    ClosingDays(engine).sweep()


def _total(engine: Engine, name: str) -> float:
    with reading(engine) as connection:
        v = counted_values.c
        return float(connection.scalar(select(func.sum(v.value)).where(v.name == name)) or 0)
