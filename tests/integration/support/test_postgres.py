from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, inspect, text

from sms_service.database import metadata, reading
from tests.support.databases import PostgresDatabases
from tests.support.postgres import Postgres


def test_a_server_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Postgres(durable=True)
    server.start()
    url = server.url()
    with psycopg.connect(url) as connection:
        data, version, fsync = connection.execute(
            "SELECT current_setting('data_directory'), current_setting('server_version_num')::int,"
            " current_setting('fsync')"
        ).fetchone() or ("", 0, "")
    server.stop()
    assert version >= 180000
    assert fsync == "on"
    assert not Path(data).parent.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_stranger_is_not_let_in(postgres: PostgresDatabases) -> None:
    url = postgres.server.url()
    stranger = url.replace(url.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stranger)


def test_a_database_is_empty_until_an_engine_is_asked_for(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        tables = connection.execute(
            "SELECT * FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert tables == []


def test_an_engine_finds_the_whole_schema(engine: Engine) -> None:
    made = set(inspect(engine).get_table_names()) - {"alembic_version"}
    assert made == set(metadata.tables)


@pytest.mark.parametrize("_turn", [1, 2])
def test_tests_do_not_see_each_other(engine: Engine, _turn: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id integer)"))
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM mine")) == 0
