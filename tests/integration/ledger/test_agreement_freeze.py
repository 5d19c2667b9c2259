"""A month that was frozen gives the same hash again, whatever comes in and is erased later."""

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, LargeBinary, delete, insert, literal, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.agreement import Agreement, Month
from sms_service.domain.calendar import gregorian_of, tehran_day
from sms_service.domain.roles import Role
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.ledger.agreements import AgreementLedger, OutageLedger
from sms_service.ledger.desk_tables import agreements, audit
from sms_service.ledger.frozen_months import FrozenLedger
from sms_service.ledger.retention import RetentionLedger
from sms_service.ledger.tables import events, inbound, inbound_texts, outbound, outbound_texts
from sms_service.service.agreement_months import AgreementMonths, AlreadyFrozen, NotOver, Unsure
from sms_service.service.auditing import Actor
from sms_service.service.retention import Retention
from tests.support.agreement import TERMS, Asked, invented, never_answered, store
from tests.support.erasing import erase_people

AUDITOR = Actor("sara", frozenset({Role.AUDITOR}))
LAST_MONTH = Month.of(tehran_day(datetime.now().astimezone())).before


def months(engine: Engine) -> AgreementMonths:
    return AgreementMonths(
        AgreementFigures(engine),
        AgreementLedger(engine, TERMS),
        OutageLedger(engine),
        FrozenLedger(engine),
    )


def changed(engine: Engine, *statements: object) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def test_a_month_is_the_same_after_people_were_erased(engine: Engine) -> None:
    store(engine, invented(random.Random(1), 300, LAST_MONTH))
    frozen = months(engine).freeze(LAST_MONTH, AUDITOR)
    erase_people(engine)
    assert months(engine).differences(LAST_MONTH) == []
    assert frozen.report == months(engine).report(LAST_MONTH)
    assert frozen.hash.hex() == frozen.report["evidence"]["hash"]


def test_a_month_is_the_same_after_retention_was_over_it(engine: Engine) -> None:
    """Half of the month is old enough."""
    store(engine, invented(random.Random(2), 200, LAST_MONTH))
    with writing(engine) as connection:
        for key, table in ((inbound.c.id, inbound_texts), (outbound.c.id, outbound_texts)):
            sealed = select(key, literal(1), literal(b"sealed", LargeBinary()))
            columns = [*table.columns.keys()][:3]
            connection.execute(insert(table).from_select(columns, sealed))
    frozen = months(engine).freeze(LAST_MONTH, AUDITOR)
    before = LAST_MONTH.begins_at + timedelta(days=15)
    counts = Retention(RetentionLedger(engine, timedelta(days=30)), 90).run(AUDITOR, before).counts
    assert 0 < counts["requests"] < 200
    assert months(engine).differences(LAST_MONTH) == []
    assert frozen.report == months(engine).report(LAST_MONTH)


def test_what_comes_in_after_the_freeze_moves_nothing(engine: Engine) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=3)
    stored = [
        Asked(came, answer_state="failed", ended=4.0),
        Asked(came + timedelta(hours=1), answer_state="accepted", ended=None),
        never_answered(came + timedelta(hours=2)),
        Asked(came + timedelta(hours=3), fulfilment="shortened"),
        Asked(came + timedelta(hours=4), answer_state="unresolved", handed=None, ended=90.0),
    ]
    codes = store(engine, stored)
    frozen = months(engine).freeze(LAST_MONTH, AUDITOR)
    assert frozen.report["causes"] == {"lost": 1, "unresolved": 1, "waiting": 1}
    for code, state in zip(codes[:2], ("delivered", "failed"), strict=True):
        end = update(outbound).where(outbound.c.code == code)
        changed(engine, end.values(state=state, ended_at=db_now()))
    late = {"state": "answered", "answered_at": db_now(), "intent": "help"}
    read_on = {"code": codes[3], "what": "complete", "at": db_now()}
    came_late = {"state": "delivered", "accepted_at": db_now(), "ended_at": db_now()}
    changed(
        engine,
        update(inbound).where(inbound.c.code == codes[2]).values(**late),
        update(inbound).where(inbound.c.code == codes[3]).values(fulfilment="complete"),
        insert(events).values(read_on),
        update(outbound).where(outbound.c.code == codes[4]).values(**came_late),
    )
    assert months(engine).differences(LAST_MONTH) == []


def test_a_request_that_was_changed_is_told_by_its_day_and_figure(engine: Engine) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=3, hours=12)
    codes = store(engine, [Asked(came), Asked(came + timedelta(days=2), handed=90.0)])
    months(engine).freeze(LAST_MONTH, AUDITOR)
    mended = update(outbound).where(outbound.c.code == codes[1])
    changed(engine, mended.values(accepted_at=came + timedelta(days=2, seconds=1)))
    day = (LAST_MONTH.first_day + timedelta(days=5)).isoformat()
    assert months(engine).differences(LAST_MONTH) == ["valid.in_time", day]


def test_a_request_that_is_gone_is_missed(engine: Engine) -> None:
    came = LAST_MONTH.begins_at + timedelta(days=3)
    codes = store(engine, [Asked(came), Asked(came + timedelta(days=2))])
    months(engine).freeze(LAST_MONTH, AUDITOR)
    changed(engine, delete(inbound).where(inbound.c.code == codes[0]))
    found = months(engine).differences(LAST_MONTH)
    assert found is not None
    assert "requests" in found


def test_a_lost_answer_that_was_whitewashed_is_noticed(engine: Engine) -> None:
    codes = store(engine, [Asked(LAST_MONTH.begins_at, answer_state="failed", ended=4.0)])
    months(engine).freeze(LAST_MONTH, AUDITOR)
    white = update(outbound).where(outbound.c.code == codes[0])
    changed(engine, white.values(state="accepted", ended_at=None))
    found = months(engine).differences(LAST_MONTH)
    assert found is not None
    assert "valid.in_time" in found


def test_agreements_and_outages_that_change_later_leave_a_frozen_month_alone(
    engine: Engine,
) -> None:
    stored = invented(random.Random(2), 200, LAST_MONTH)
    store(engine, stored)
    middle = LAST_MONTH.first_day + timedelta(days=14)
    ledger, outages = AgreementLedger(engine, TERMS), OutageLedger(engine)
    admin = Actor("root", frozenset({Role.ADMIN}))
    first = Agreement("نخست", gregorian_of(1404, 1, 1), middle - timedelta(days=1), 5, 0.9)
    second = Agreement("دوم", middle, middle + timedelta(days=5), 30, 0.99)
    numbers = [ledger.make(admin, one) for one in (first, second)]
    begin = LAST_MONTH.begins_at + timedelta(days=2)
    outage = outages.mark(admin, begin, begin + timedelta(days=4), "سیل")
    frozen = months(engine).freeze(LAST_MONTH, AUDITOR)
    assert [one["agreement"] for one in frozen.report["pieces"]] == ["نخست", "دوم", None]
    assert frozen.report["outside"]["counted"] > 0
    assert frozen.report["valid"]["spared"] > 0
    for number in numbers:
        ledger.end(admin, number, "نادرست بود")
    outages.withdraw(admin, outage, "نبود")
    assert months(engine).differences(LAST_MONTH) == []


def test_a_month_is_frozen_once_and_only_when_it_is_over(engine: Engine) -> None:
    store(engine, [Asked(LAST_MONTH.begins_at)])
    mine = months(engine)
    with pytest.raises(NotOver):
        mine.freeze(mine.this_month(), AUDITOR)
    frozen = mine.freeze(LAST_MONTH, AUDITOR)
    with pytest.raises(AlreadyFrozen):
        mine.freeze(LAST_MONTH, AUDITOR)
    with pytest.raises(AlreadyFrozen):
        FrozenLedger(engine).freeze(AUDITOR, LAST_MONTH, frozen.report, frozen.hash)
    with reading(engine) as connection:
        (deed,) = connection.execute(select(audit)).all()
    assert (deed.action, deed.subject, deed.actor) == ("month_frozen", str(LAST_MONTH), "sara")
    assert json.loads(deed.details) == {"hash": frozen.hash.hex()}


def test_a_month_whose_two_counts_differ_isn_t_frozen(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, [Asked(LAST_MONTH.begins_at)])
    figures = AgreementFigures(engine)
    doubled = [
        replace(one, requests=2) for one in figures.tallies(months(engine).wanted(LAST_MONTH))
    ]
    monkeypatch.setattr(AgreementFigures, "tallies", lambda *_: doubled)
    with pytest.raises(Unsure, match=r"valid\.counted"):
        months(engine).freeze(LAST_MONTH, AUDITOR)
    assert FrozenLedger(engine).months() == []


def test_a_month_without_a_request_can_be_frozen_and_worked_out_again(engine: Engine) -> None:
    frozen = months(engine).freeze(LAST_MONTH, AUDITOR)
    assert frozen.report["valid"]["counted"] == 0
    assert months(engine).differences(LAST_MONTH) == []


def test_a_report_that_was_changed_beside_its_hash_is_noticed(engine: Engine) -> None:
    store(engine, [Asked(LAST_MONTH.begins_at)])
    months(engine).freeze(LAST_MONTH, AUDITOR)
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "UPDATE frozen_months SET report = replace(report, '\"in_time\":1', '\"in_time\":0')"
        )
    assert months(engine).differences(LAST_MONTH) == ["valid.in_time"]


def test_agreements_that_overlap_are_refused_and_ended_ones_make_room(engine: Engine) -> None:
    from sms_service.ledger.agreements import Overlap

    ledger = AgreementLedger(engine, TERMS)
    admin = Actor("root", frozenset({Role.ADMIN}))
    first = Agreement("نخست", gregorian_of(1405, 1, 1), gregorian_of(1405, 6, 31), 10, 0.95)
    number = ledger.make(admin, first)
    following = replace(first, title="دوم", valid_from=gregorian_of(1405, 6, 31))
    with pytest.raises(Overlap):
        ledger.make(admin, following)
    assert [one.title for one in ledger.holding()] == ["نخست"]
    assert ledger.end(admin, number, "نادرست")
    assert not ledger.end(admin, number, "نادرست")
    assert ledger.holding() == [TERMS]
    ledger.make(admin, following)
    assert [one.agreement.title for one in ledger.rows()] == ["دوم", "نخست"]
    with reading(engine) as connection:
        assert len(connection.execute(select(agreements)).all()) == 2
        deeds = [row.action for row in connection.execute(select(audit).order_by(audit.c.number))]
    assert deeds == ["agreement_made", "agreement_ended", "agreement_made"]
