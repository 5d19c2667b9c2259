"""``sms-service keys``: a new key, what each version sealed, everything moved to the newest."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from sms_service.cli import app
from sms_service.ledger.vault import Vault
from sms_service.settings.keys import parse_keys
from tests.support.counter import deeds_of
from tests.support.environment import service_environment
from tests.support.resending import Office

OLD = service_environment()["DATA_KEYS"]
HASH_KEY = service_environment()["HASH_KEY"].encode()


def run(url: str, keys: str, *words: str) -> tuple[int, str]:
    environment = service_environment(DATABASE_URL=url, DATA_KEYS=keys)
    done = CliRunner().invoke(app, ["keys", *words], env=environment)
    return done.exit_code, done.output


def test_a_new_key_is_one_version_above_those_there_are() -> None:
    status, made = run("sqlite://", OLD, "make")
    assert status == 0
    assert [*parse_keys([made.strip()])] == [2]
    assert [*parse_keys([run("sqlite://", "", "make")[1].strip()])] == [1]


@pytest.fixture
def filled(sqlite_engine: Engine) -> Office:
    office = Office(sqlite_engine, vault=Vault(parse_keys([OLD]), HASH_KEY))
    office.asked()
    return office


def test_rows_are_counted_moved_and_the_old_key_taken_out(sqlite_url: str, filled: Office) -> None:
    new = run(sqlite_url, OLD, "make")[1].strip()
    both = f"{new},{OLD}"
    assert "inbound: version 1: 1" in run(sqlite_url, both, "status")[1]
    status, said = run(sqlite_url, both, "rotate")
    assert status == 0
    assert "everything is sealed with version 2" in said
    told = json.loads(run(sqlite_url, new, "status", "--json")[1])
    assert (told["rows"]["inbound"], told["missing"]) == ({"2": 1}, [])
    assert [deed.action for deed in deeds_of(filled.engine)] == ["keys_rotated"]
    assert new.partition(":")[2] not in said


def test_a_key_that_is_missing_is_told_and_nothing_is_touched(
    sqlite_url: str, filled: Office
) -> None:
    new = run(sqlite_url, OLD, "make")[1].strip()
    status, said = run(sqlite_url, new, "status")
    assert status == 1
    assert "rows are sealed with what DATA_KEYS lacks: 1" in said
    status, said = run(sqlite_url, new, "rotate")
    assert status == 1
    assert "can't be opened with what DATA_KEYS holds" in said
    assert "version 1: 1" in run(sqlite_url, OLD, "status")[1]
