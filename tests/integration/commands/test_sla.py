"""``sms-service sla``: the month's figures, closed and worked out again from a terminal."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, update

from sms_service.cli import app
from sms_service.database import writing
from sms_service.domain.agreement import Month
from sms_service.domain.calendar import tehran_day
from sms_service.ledger.tables import outbound
from tests.support.agreement import Asked, store
from tests.support.counter import deeds_of
from tests.support.environment import service_environment

THIS_MONTH = Month.of(tehran_day(datetime.now().astimezone()))
MONTH = str(THIS_MONTH.before)


@pytest.fixture
def codes(sqlite_engine: Engine) -> list[str]:
    came = THIS_MONTH.before.begins_at + timedelta(days=3)
    late = Asked(came + timedelta(hours=1), handed=20.0, begun=19.0)
    return store(sqlite_engine, [Asked(came), late])


def run(url: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["sla", *words], env=service_environment(DATABASE_URL=url))
    return done.exit_code, done.output


def test_a_month_is_told_in_words_as_json_and_as_lines(sqlite_url: str, codes: list[str]) -> None:
    status, said = run(sqlite_url, "report", "--month", MONTH)
    assert status == 0
    assert "50.0 % of 2 in time, 1 late" in said
    assert "late, late_queue: 1" in said
    told = json.loads(run(sqlite_url, "report", "--month", MONTH, "--json")[1])
    assert (told["month"], told["valid"]["counted"]) == (MONTH, 2)
    lines = list(
        csv.DictReader(io.StringIO(run(sqlite_url, "report", "--month", MONTH, "--csv")[1]))
    )
    assert [line["code"] for line in lines] == codes
    assert [line["in_time"] for line in lines] == ["1", "0"]


def test_a_month_is_frozen_checked_and_a_change_found(
    sqlite_url: str, sqlite_engine: Engine, codes: list[str]
) -> None:
    assert run(sqlite_url, "check", MONTH)[0] == 1
    status, said = run(sqlite_url, "freeze", MONTH)
    assert status == 0
    told = json.loads(run(sqlite_url, "report", "--month", MONTH, "--json")[1])
    assert said == f"{MONTH}: {told['evidence']['hash']}\n"
    assert "lost" not in told["evidence"]
    assert run(sqlite_url, "check", MONTH) == (0, f"{MONTH}: the same\n")
    assert run(sqlite_url, "freeze", MONTH)[0] == 1
    with writing(sqlite_engine) as connection:
        changed = update(outbound).where(outbound.c.code == codes[1])
        connection.execute(changed.values(accepted_at=outbound.c.created_at))
    status, said = run(sqlite_url, "check", MONTH)
    assert (status, "valid.in_time" in said) == (1, True)
    (deed,) = deeds_of(sqlite_engine)
    assert (deed.action, deed.actor.startswith("cli:")) == ("month_frozen", True)


def test_today_is_told_with_the_days_left(sqlite_url: str, sqlite_engine: Engine) -> None:
    status, said = run(sqlite_url, "status")
    assert "today: nothing of 0 in time, 0 late" in said
    assert ("days left" in said) == (status == 0)


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--month", "2026-11"),
        ("report", "--json", "--csv"),
        ("freeze", "1405-13"),
        ("freeze", str(THIS_MONTH)),
        ("report", "--month", "1499-12"),
    ],
)
def test_what_can_t_be_told_or_closed_is_refused(
    sqlite_url: str, sqlite_engine: Engine, words: tuple[str, ...]
) -> None:
    assert run(sqlite_url, *words)[0] in (1, 2)
    assert deeds_of(sqlite_engine) == []
