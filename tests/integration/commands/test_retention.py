"""``sms-service retention``: how much is too old, and erasing it from a terminal."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from sms_service.cli import app
from sms_service.commands.days import jalali_text
from sms_service.domain.calendar import tehran_day
from tests.support.ageing import age
from tests.support.counter import deeds_of
from tests.support.environment import service_environment
from tests.support.resending import Office


@pytest.fixture
def url(sqlite_engine: Engine, sqlite_url: str) -> str:
    Office(sqlite_engine).asked()
    age(sqlite_engine, timedelta(days=95))
    return sqlite_url


def run(url: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["retention", *words], env=service_environment(DATABASE_URL=url))
    return done.exit_code, done.output


def test_what_is_overdue_is_told_first_and_erased_then(url: str, sqlite_engine: Engine) -> None:
    status, said = run(url, "status")
    assert status == 1
    assert "older and not erased yet: 1 requests, 1 answers" in said
    told = json.loads(run(url, "run", "--dry-run", "--json")[1])
    assert (told["counts"]["requests"], told["dry_run"]) == (1, True)
    assert deeds_of(sqlite_engine) == []

    status, said = run(url, "run", "--vacuum")
    assert (status, said[:24]) == (0, "erased 1 requests, 1 ans")
    status, said = run(url, "status", "--json")
    told = json.loads(said)
    assert status == 0
    assert (told["overdue"]["requests"], told["erased"]["requests"]) == (0, 1)
    assert [deed.action for deed in deeds_of(sqlite_engine)] == ["retention_run"]


def test_another_day_may_be_named_but_none_of_the_last_three(url: str) -> None:
    day = tehran_day(datetime.now(UTC))
    early, late = jalali_text(day - timedelta(days=120)), jalali_text(day - timedelta(days=1))
    assert "requests" not in run(url, "run", "--before", early)[1]
    status, said = run(url, "run", "--before", late)
    assert status == 1
    assert "the last three days aren't erased" in said
