"""``sms-service doctor`` with everything there, with one thing wrong, and with everything away."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from sms_service.cli import app
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.migrations.runner import downgrade
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.valkey import Valkey
from tests.support.canary import CANARY_API_KEY, CANARY_WEBHOOK_SECRET
from tests.support.databases import PostgresDatabases
from tests.support.environment import service_environment

SECRETS = (CANARY_API_KEY, CANARY_WEBHOOK_SECRET, "s3cret", "of the tests alone", "AAECAwQFBgcI")
BOUND_SECONDS = 8.0


@pytest.fixture
def given(tmp_path: Path, sqlite_engine: Engine, sqlite_url: str) -> dict[str, str]:
    """Settings of a service that is well, but for what nobody imported and nobody guards."""
    for name in ("worker", "beat"):
        ChoreLedger(sqlite_engine, 30).mark(name)
    return service_environment(
        DATABASE_URL=sqlite_url,
        UPLOADS_DIR=str(tmp_path / "uploads"),
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"),
        TODAY="1405-09-02",
    )


def run(environ: Mapping[str, str], *options: str) -> Result:
    """The verb with these settings and nothing of the caller's own; no secret is ever shown."""
    clean = dict.fromkeys(service_environment())
    done = CliRunner().invoke(app, ["doctor", *options], env={**clean, **environ})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    for secret in SECRETS:
        assert secret not in done.output
    return done


def marks(done: Result) -> dict[str, set[str]]:
    """The marks that each name got."""
    found: dict[str, set[str]] = {}
    for one in json.loads(done.stdout)["findings"]:
        found.setdefault(one["name"], set()).add(one["mark"])
    return found


def said_of(done: Result, name: str) -> str:
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return " / ".join(one["said"] for one in findings if one["name"] == name)


def test_a_service_that_is_well_is_told_so(given: dict[str, str], redis_url: str) -> None:
    done = run({**given, "REDIS_URL": redis_url})
    assert done.exit_code == 0, done.output
    assert "WRONG" not in done.output
    told = marks(run({**given, "REDIS_URL": redis_url}, "--json"))
    for name in ("database", "schema", "worker", "beat", "lanes", "templates", "fonts", "queues"):
        assert told[name] == {"ok"}, name
    assert {"clock", "redis clock", "uploads", "sqlite", "time zone"} <= told.keys()


def test_everything_away_is_told_at_once_and_in_time(tmp_path: Path) -> None:
    a_file = tmp_path / "file"
    a_file.touch()
    began = time.monotonic()
    away = {
        "DATABASE_URL": "postgresql://clerk:s3cret-of-postgres@127.0.0.1:9/ledger",
        "REDIS_URL": "redis://:s3cret-of-redis@127.0.0.1:9/0",
        "UPLOADS_DIR": str(a_file / "uploads"),
        "MAX_PARTS": "99",
        "TODAY": "never",
        "SECRET_KEY_FILE": str(tmp_path / "not-there"),
    }
    done = run(away, "--json", "--gateway")
    assert time.monotonic() - began < BOUND_SECONDS
    assert done.exit_code == 1
    told = marks(done)
    for name in ("database", "redis", "uploads", "settings"):
        assert "wrong" in told[name], name
    said = said_of(done, "settings")
    for name in ("MAX_PARTS", "TODAY", "SECRET_KEY_FILE", "DATA_KEYS", "KAVENEGAR_API_KEY"):
        assert name in said
    assert "work" not in told  # nothing can be told of it while the database is away
    findings = json.loads(done.stdout)["findings"]
    assert all(one.get("remedy") for one in findings if one["mark"] != "ok")


def test_a_database_that_hangs_is_waited_for_no_longer_than_it_should(
    given: dict[str, str],
    postgresql_engine: Engine,
    postgresql_url: str,
    postgres: PostgresDatabases,
    make_redis: Callable[..., Valkey],
) -> None:
    frozen = make_redis()
    frozen.freeze()
    postgres.server.freeze()
    try:
        began = time.monotonic()
        environ = {**given, "DATABASE_URL": postgresql_url, "REDIS_URL": frozen.url}
        done = run(environ, "--json")
        took = time.monotonic() - began
    finally:
        postgres.server.thaw()
        frozen.thaw()
    assert took < BOUND_SECONDS
    assert (marks(done)["database"], marks(done)["redis"]) == ({"wrong"}, {"wrong"})


def test_an_old_schema_is_told_with_what_to_run(
    given: dict[str, str], sqlite_engine: Engine, redis_url: str
) -> None:
    downgrade(sqlite_engine, "0006")
    done = run({**given, "REDIS_URL": redis_url})
    assert done.exit_code == 1
    assert "sms-service db upgrade" in done.output


def test_a_server_that_forgets_what_it_confirmed_is_wrong(
    given: dict[str, str], postgresql_engine: Engine, postgresql_url: str, redis_url: str
) -> None:
    done = run({**given, "DATABASE_URL": postgresql_url, "REDIS_URL": redis_url}, "--json")
    assert marks(done)["durability"] == {"wrong"}  # those of the tests need no data later
    assert "synchronous_commit" in said_of(done, "durability")
    assert "PostgreSQL" in said_of(done, "database")


def test_a_redis_that_drops_messages_is_wrong(
    given: dict[str, str], make_redis: Callable[..., Valkey]
) -> None:
    server = make_redis()
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    done = run({**given, "REDIS_URL": server.url}, "--json")
    assert "wrong" in marks(done)["redis"]
    said = said_of(done, "redis")
    assert "allkeys-lru" in said
    assert "appendonly is off" in said
    assert "password" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY: has 5 characters"),
        ({"WEBHOOK_SECRETS": "abc"}, "WEBHOOK_SECRETS: has 3 characters"),
        ({"DATA_KEYS": "1:" + "A" * 43 + "="}, "DATA_KEYS: key 1 was not drawn"),
        ({"HASH_KEY": ""}, "HASH_KEY is required"),
        ({"GATEWAYS": "kannel", "KANNEL_USERNAME": ""}, "KANNEL_USERNAME is required"),
    ],
)
def test_a_secret_that_is_weak_or_missing_is_named(
    given: dict[str, str], redis_url: str, changed: dict[str, str], said: str
) -> None:
    done = run({**given, "REDIS_URL": redis_url, **changed})
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_a_secret_that_others_may_read_is_told(
    given: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "hash_key"
    file.write_text(given.pop("HASH_KEY"))
    file.chmod(0o644)
    done = run({**given, "REDIS_URL": redis_url, "HASH_KEY_FILE": str(file)})
    assert "HASH_KEY_FILE: everybody on this machine may read it" in done.output


def test_the_gateway_is_asked_where_somebody_wants_it(
    given: dict[str, str], redis_url: str
) -> None:
    with SimulatedKavenegar(CANARY_API_KEY, "http://127.0.0.1:9") as gateway:
        environ = {**given, "REDIS_URL": redis_url, "KAVENEGAR_BASE_URL": gateway.base_url}
        assert "kavenegar:" not in run(environ).output
        assert "kavenegar: the gateway's account has" in run(environ, "--gateway").output
