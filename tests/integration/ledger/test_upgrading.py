"""The schema changes while texts come: nobody waits long for it, and two hosts don't collide."""

import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import Connection, Engine, func, insert, inspect, select, text

from sms_service.database import db_now, reading, writing
from sms_service.ledger.migrations.runner import (
    configuration,
    downgrade,
    head,
    is_at_head,
    schema,
    upgrade,
)
from sms_service.ledger.migrations.turns import LOCK_SECONDS, SchemaBusy
from sms_service.ledger.tables import contexts
from sms_service.service.health import Standing
from tests.support.environment import process_environment
from tests.support.migrating import NEXT_RELEASE

INDEX = "ix_inbound_next_note"


class Report:
    """A long report that reads a table, as a backup would."""

    def __init__(self, engine: Engine, table: str = "inbound") -> None:
        self._engine = engine
        self._table = table

    def __enter__(self) -> "Report":
        self._connection: Connection = self._engine.connect()
        self._connection.execute(text(f"SELECT count(*) FROM {self._table}"))
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def upgrade_to_the_next(engine: Engine, patience: float = 30) -> None:
    upgrade(engine, patience, config=configuration(NEXT_RELEASE))


def test_writers_hardly_wait_while_an_upgrade_waits_for_a_long_report(
    postgresql_engine: Engine,
) -> None:
    longest = 0.0
    with Report(postgresql_engine):
        upgrading = threading.Thread(target=upgrade_to_the_next, args=(postgresql_engine,))
        upgrading.start()
        until = time.monotonic() + LOCK_SECONDS + 1.5
        while time.monotonic() < until:
            began = time.monotonic()
            with reading(postgresql_engine) as connection:
                connection.execute(text("UPDATE inbound SET attempts = attempts WHERE id = 0"))
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
        assert schema(postgresql_engine).standing is Standing.AT_HEAD  # of this release still
    upgrading.join(30)
    assert longest < LOCK_SECONDS + 1
    assert schema(postgresql_engine).found == "9002"


def test_what_never_gets_its_table_says_so_and_changes_nothing(postgresql_engine: Engine) -> None:
    with Report(postgresql_engine), pytest.raises(SchemaBusy, match="in use"):
        upgrade_to_the_next(postgresql_engine, patience=0.1)
    assert schema(postgresql_engine).found == head()
    assert "next_marks" not in inspect(postgresql_engine).get_table_names()


def test_an_index_is_built_while_somebody_writes_and_a_half_built_one_anew(
    postgresql_engine: Engine,
) -> None:
    upgrade(postgresql_engine, to="9001", config=configuration(NEXT_RELEASE))
    with reading(postgresql_engine) as connection:
        connection.execute(text(f"CREATE INDEX {INDEX} ON inbound (id)"))
        connection.execute(
            text(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEX}'::regclass")
        )
    with writing(postgresql_engine) as writer:
        writer.execute(text("LOCK TABLE inbound IN ROW EXCLUSIVE MODE"))  # as any INSERT does
        building = threading.Thread(target=upgrade_to_the_next, args=(postgresql_engine,))
        building.start()
        time.sleep(0.3)
        with writing(postgresql_engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            other.execute(text("UPDATE inbound SET attempts = attempts WHERE id = 0"))
    building.join(30)
    (index,) = (
        one for one in inspect(postgresql_engine).get_indexes("inbound") if one["name"] == INDEX
    )
    assert index["column_names"] == ["next_note", "id"]
    assert schema(postgresql_engine).found == "9002"


def test_two_hosts_upgrade_at_once_and_both_find_it_done(postgresql_url: str) -> None:
    upgrade_twice_at_once(postgresql_url)


@pytest.mark.long
def test_two_processes_on_sqlite_do_so_too(sqlite_url: str) -> None:
    upgrade_twice_at_once(sqlite_url)


def upgrade_twice_at_once(database_url: str) -> None:
    command = [sys.executable, "-m", "sms_service", "db", "upgrade"]
    environment = process_environment({"DATABASE_URL": database_url})
    both = [
        subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted(out for out, _ in told) == [
        f"schema {head()}\n",
        f"schema {head()} (already there)\n",
    ]


def test_a_host_waits_for_another_no_longer_than_it_is_told(postgresql_engine: Engine) -> None:
    with Report(postgresql_engine):
        first = threading.Thread(target=upgrade_to_the_next, args=(postgresql_engine,))
        first.start()
        time.sleep(0.5)
        with pytest.raises(SchemaBusy, match="another host"):
            upgrade_to_the_next(postgresql_engine, patience=0.1)
    first.join(30)
    assert schema(postgresql_engine).found == "9002"


def test_what_the_next_release_added_is_taken_away_again_and_the_rest_stays(
    engine: Engine,
) -> None:
    upgrade_to_the_next(engine)
    row = {"phone_hash": b"h" * 32, "bill_id": "1234567804423", "intent": "debt"}
    with writing(engine) as connection:
        connection.execute(insert(contexts).values(**row, expires_at=db_now(60)))
    downgrade(engine, head(), config=configuration(NEXT_RELEASE))
    assert is_at_head(engine)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(contexts)) == 1
