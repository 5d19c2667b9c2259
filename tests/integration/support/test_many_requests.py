"""Lifelike requests are what the service would have written."""

from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

from sms_service.database import reading
from sms_service.ledger.ids import first_id_at
from sms_service.ledger.tables import events, inbound, outbound, outbound_texts
from sms_service.ledger.vault import Sealed
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests

_UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_each_row_stands_where_its_last_event_says(engine: Engine) -> None:
    fill_requests(engine, VAULT, requests=3000, until=_UNTIL)
    first = outbound.c.parent_id.is_(None) & (outbound.c.kind == "answer")
    answers = select(outbound.c.code, outbound.c.state).where(first)
    told = select(events.c.code, events.c.what).order_by(events.c.at, events.c.id)
    with reading(engine) as connection:
        happened: dict[str, list[str]] = {}
        for code, what in connection.execute(told):
            happened.setdefault(code, []).append(what)
        states = {row.code: row.state for row in connection.execute(answers)}
        resent = set(connection.scalars(select(outbound.c.code).where(outbound.c.parent_id > 0)))
        received = connection.execute(select(inbound.c.code, inbound.c.state)).all()
    assert {
        code for code, state in received if state not in happened[code] and state != "answered"
    } == set()
    wrong = {c for c, state in states.items() if c not in resent and state not in happened[c]}
    assert wrong == set()
    assert {"delivered", "undelivered", "at_operator", "blocked"} <= set(states.values())


def test_ids_follow_the_moments_of_arrival_over_twelve_months(engine: Engine) -> None:
    filled = fill_requests(engine, VAULT, requests=1000, until=_UNTIL)
    with reading(engine) as connection:
        rows = connection.execute(select(inbound.c.id, inbound.c.received_at)).all()
    assert len(rows) == filled.requests >= 1000
    assert all(first_id_at(at) <= number < first_id_at(at) + (2 << 22) for number, at in rows)
    assert (filled.first_at.astimezone(UTC).date().isoformat(), filled.last_at) == (
        "2025-12-21",
        _UNTIL,
    )


def test_the_same_seed_and_moment_give_the_same_requests(
    sqlite_engine: Engine, postgresql_engine: Engine
) -> None:
    wanted = select(inbound.c.code, inbound.c.state, inbound.c.received_at).order_by(inbound.c.id)
    found = []
    for engine in (sqlite_engine, postgresql_engine):
        fill_requests(engine, VAULT, requests=500, seed=7, until=_UNTIL)
        with reading(engine) as connection:
            found.append(connection.execute(wanted).all())
    assert found[0] == found[1]


def test_texts_of_the_last_ninety_days_alone_can_be_read(engine: Engine) -> None:
    fill_requests(engine, VAULT, requests=1000, until=_UNTIL)
    with reading(engine) as connection:
        row = connection.execute(select(outbound_texts).limit(1)).one()
        oldest = connection.scalar(
            select(func.min(outbound.c.created_at)).where(outbound.c.phone_cipher.is_not(None))
        )
    assert "بدهی" in VAULT.open(Sealed(row.key_version, row.text_cipher)).decode()
    assert oldest is not None
    assert 89 <= (_UNTIL - oldest).days <= 90
