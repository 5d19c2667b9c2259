"""Statements that take long are watched: they can be told of, stopped and waited for."""

import time

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from sms_service.billing.long_work import Watched, changing, long_work
from sms_service.database import make_engine, writing

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


class Enough(Exception):
    pass


def test_a_statement_under_way_is_told_again_and_stopped_when_nobody_wants_it(
    engine: Engine,
) -> None:
    heard: list[str] = []

    def tell(step: str) -> None:
        heard.append(step)
        if len(heard) == 3:
            raise Enough

    with long_work(engine) as connection:
        watched = Watched[str](connection, tell)

        def work() -> None:
            watched.step("endless")
            connection.execute(text(ENDLESS[engine.dialect.name]))

        began = time.monotonic()
        with pytest.raises(Enough):
            watched.run(work)
    assert heard == ["endless"] * 3
    assert time.monotonic() - began < 20


def test_what_the_work_raises_and_returns_comes_out(engine: Engine) -> None:
    with long_work(engine) as connection:
        watched = Watched[str](connection, lambda _: None)
        assert watched.run(lambda: connection.scalar(text("SELECT 7"))) == 7
        with pytest.raises(DBAPIError):
            watched.run(lambda: connection.execute(text("SELECT nothing FROM nowhere")))


def test_the_wait_for_sqlites_lock_is_told_and_can_be_given_up(sqlite_engine: Engine) -> None:
    heard = 0

    def waiting() -> None:
        nonlocal heard
        heard += 1
        if heard == 2:
            raise Enough

    with writing(sqlite_engine), long_work(sqlite_engine) as connection:
        with pytest.raises(Enough), changing(connection, 600, waiting):
            pass
        with pytest.raises(OperationalError, match="locked"), changing(connection, 0):
            pass
    with long_work(sqlite_engine) as connection, changing(connection, 0):
        connection.execute(text("DELETE FROM bills"))


def test_statements_may_take_longer_than_the_services_own(postgresql_url: str) -> None:
    hurried = make_engine(postgresql_url, statement_seconds=0.2)
    try:
        with long_work(hurried) as connection:
            assert connection.scalar(text("SELECT 1 FROM pg_sleep(2)")) == 1
    finally:
        hurried.dispose()
