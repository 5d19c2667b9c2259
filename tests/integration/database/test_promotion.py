"""DATABASE_URL with several hosts: after a promotion the service writes to the new primary."""

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from sms_service.database import make_engine, reading, writing
from tests.support.postgres import Postgres
from tests.support.standby import Standby

OWED_SECONDS = 15.0


@pytest.mark.long
def test_after_a_promotion_the_pool_goes_to_the_new_primary_by_itself(
    figure: Callable[[str], None],
) -> None:
    with ExitStack() as stack:
        primary = Postgres(durable=True)
        stack.callback(primary.stop)
        primary.start()
        standby = Standby(primary)
        stack.callback(standby.stop)
        standby.start()
        engine = make_engine(both(primary, standby))
        stack.callback(engine.dispose)
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE kept (moment integer)"))
        assert written(engine, 1)
        _wait_until_copied(standby)

        primary.crash()
        standby.promote()
        began = time.monotonic()
        while not written(engine, 2):
            assert time.monotonic() - began < OWED_SECONDS
        figure(f"PostgreSQL: writes went on {time.monotonic() - began:.2f} s after a promotion")

        with reading(engine) as connection:
            rows = connection.execute(text("SELECT moment FROM kept ORDER BY moment")).scalars()
            assert list(rows) == [1, 2]


def both(first: Postgres, second: Postgres) -> str:
    """The address of either, whichever takes writes."""
    login, _, rest = first.url().rpartition("@")
    host, _, database = rest.partition("/")
    other = second.url().rpartition("@")[2].partition("/")[0]
    return f"{login}@{host},{other}/{database}?target_session_attrs=read-write"


def written(engine: Engine, number: int) -> bool:
    with suppress(DBAPIError), writing(engine) as connection:
        connection.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})
        return True
    return False


def _wait_until_copied(standby: Standby) -> None:
    engine = make_engine(standby.url())
    deadline = time.monotonic() + OWED_SECONDS
    try:
        while time.monotonic() < deadline:
            with suppress(DBAPIError), reading(engine) as connection:
                if connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 1:
                    return
            time.sleep(0.05)
        raise TimeoutError("the standby doesn't follow")
    finally:
        engine.dispose()
