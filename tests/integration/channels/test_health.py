"""/readyz and /version of the application, on real servers that are there, away or frozen."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from sms_service import __version__, create_app
from sms_service.database import db_now, writing
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.migrations.runner import downgrade, head, upgrade
from sms_service.ledger.upkeep_tables import lanes
from sms_service.settings import Settings
from sms_service.simulator.household import ROLES, free_port
from sms_service.simulator.valkey import Valkey
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.databases import PostgresDatabases
from tests.support.environment import service_environment
from tests.support.postgres import Postgres
from tests.support.processes import Processes, wait_until

AWAY_REDIS = "redis://:s3cret-of-redis@127.0.0.1:9/0"
TOKEN = "a token of the metrics, long enough"
LONGEST_SECONDS = 2.0


def client(settings: Callable[..., Settings], database_url: str, **given: str) -> FlaskClient:
    given = {"REDIS_URL": AWAY_REDIS, **given}
    return create_app(settings(DATABASE_URL=database_url, **given)).test_client()


def verbose(asked: FlaskClient) -> tuple[str, dict[str, Any]]:
    body = asked.get("/readyz?verbose").get_json()
    return body["status"], {check["name"]: check for check in body["checks"]}


def test_with_everything_there_it_is_ready_and_says_how_all_is(
    settings: Callable[..., Settings], engine: Engine, database_url: str, redis_url: str
) -> None:
    for name in ("worker", "beat"):
        ChoreLedger(engine, 30).mark(name)
    asked = client(settings, database_url, REDIS_URL=redis_url)
    answer = asked.get("/readyz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok", "text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    status, checks = verbose(asked)
    marks = {name: check["mark"] for name, check in checks.items()}
    assert marks.pop("data") == "warning"  # nothing was imported
    assert set(marks) == {"database", "schema", "worker", "beat", "lanes", "redis"}
    assert set(marks.values()) == {"ok"}
    assert status == "degraded"


def test_without_redis_workers_and_gateways_texts_are_still_taken(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> None:
    with writing(engine) as connection:
        connection.execute(
            lanes.insert().values(
                gateway="kavenegar",
                state="resting",
                failures=3,
                rests_until=db_now(60),
                free_at=db_now(),
            )
        )
    asked = client(settings, database_url)
    assert asked.get("/readyz").status_code == 200
    status, checks = verbose(asked)
    assert status == "degraded"
    wrong = {name for name, check in checks.items() if check["mark"] == "wrong"}
    assert wrong == {"redis", "worker", "lanes"}
    assert all(check.get("remedy") for check in checks.values() if check["mark"] != "ok")


def test_a_database_without_schema_or_with_an_old_one_is_not_ready(
    settings: Callable[..., Settings], database_url: str
) -> None:
    answer = client(settings, database_url).get("/readyz")
    assert (answer.status_code, answer.text) == (503, "schema")


def test_texts_stay_with_the_gateway_until_the_schema_is_upgraded(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> None:
    downgrade(engine, "0004")
    asked = client(settings, database_url)
    text_of_somebody = {"messageid": "1", "from": "09121234567", "to": "30001521", "message": "1"}
    received = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}/received"
    assert asked.get("/readyz").status_code == 503
    assert asked.post(received, data=text_of_somebody).status_code == 503
    upgrade(engine)
    assert asked.post(received, data=text_of_somebody).status_code == 200
    time.sleep(1.1)  # what was found before is no longer fresh
    assert asked.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("revision", "status"), [("0003", 503), ("9999", 200), ("c0ffee", 503), (None, 200)]
)
def test_an_older_schema_is_refused_and_a_newer_one_is_lived_with(
    settings: Callable[..., Settings],
    sqlite_engine: Engine,
    sqlite_url: str,
    revision: str | None,
    status: int,
) -> None:
    with writing(sqlite_engine) as connection:
        found = revision or head()
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": found})
    assert client(settings, sqlite_url).get("/readyz").status_code == status


def test_a_database_that_is_away_is_named_and_nothing_of_its_address(
    settings: Callable[..., Settings],
) -> None:
    away = "postgresql://clerk:s3cret-of-postgres@127.0.0.1:9/ledger"
    asked = client(settings, away)
    answer = asked.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database")
    told = asked.get("/readyz?verbose")
    assert told.status_code == 503
    assert told.get_json()["status"] == "failing"
    for piece in ("s3cret", "clerk", "127.0.0.1", ":9"):
        assert piece not in told.text


def test_only_who_may_look_inside_is_told_more(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> None:
    asked = client(settings, sqlite_url, METRICS_TOKEN=TOKEN)
    assert asked.get("/readyz?verbose").status_code == 401
    assert asked.get("/readyz").status_code == 200
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert asked.get("/readyz?verbose", headers=bearer).status_code == 200
    forwarded = {"X-Forwarded-For": "10.0.0.7"}
    local = client(settings, sqlite_url, TRUSTED_PROXIES="1")
    assert local.get("/readyz?verbose", headers=forwarded).status_code == 401


def test_the_version_tells_what_runs(settings: Callable[..., Settings], sqlite_url: str) -> None:
    told = client(settings, sqlite_url).get("/version").get_json()
    assert (told["version"], told["schema"]) == (__version__, head())
    assert told.keys() == {"version", "commit", "built_at", "python", "schema"}


def test_frozen_servers_are_told_within_two_seconds_while_every_thread_waits_for_them(
    postgresql_engine: Engine,
    postgresql_url: str,
    postgres: PostgresDatabases,
    make_redis: Callable[..., Valkey],
    processes: Processes,
) -> None:
    redis = make_redis()
    port = free_port()
    given = service_environment(
        DATABASE_URL=postgresql_url, REDIS_URL=redis.url, PORT=str(port), LOG_LEVEL="ERROR"
    )
    processes.start("web", [sys.executable, *ROLES["web"]], given)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _status(f"{url}/readyz") == 200)
    redis.freeze()
    time.sleep(1.1)  # what was found before is no longer fresh
    assert _timed(f"{url}/readyz?verbose")["redis"] == "wrong"
    _freeze_and_look(postgres.server, url)
    redis.thaw()
    wait_until(lambda: _status(f"{url}/readyz") == 200)


def _freeze_and_look(server: Postgres, url: str) -> None:
    crowd = [threading.Thread(target=_status, args=(f"{url}/console/",)) for _ in range(20)]
    server.freeze()
    try:
        for thread in crowd:
            thread.start()
        time.sleep(1.1)
        for _ in range(2):
            assert _timed(f"{url}/readyz?verbose")["database"] == "wrong"
        began = time.monotonic()
        assert _status(f"{url}/livez") == 200
        assert time.monotonic() - began < 0.5
    finally:
        server.thaw()
    for thread in crowd:
        thread.join()


def _status(url: str) -> int | None:
    """What it is answered with; the cookie makes a page of the desk ask the database."""
    try:
        return requests.get(url, timeout=10, cookies={"desk": "nobody's"}).status_code
    except requests.RequestException:
        return None


def _timed(url: str) -> dict[str, str]:
    began = time.monotonic()
    body = requests.get(url, timeout=10).json()
    assert time.monotonic() - began < LONGEST_SECONDS
    return {check["name"]: check["mark"] for check in body["checks"]}
