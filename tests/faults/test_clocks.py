"""Clocks that differ, jump or stand in another zone: the database's alone decides."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.states import OutboundState
from sms_service.ledger.tables import events, inbound_keys
from sms_service.simulator.household import ROLES
from tests.support import faulty
from tests.support.clocks import Jumping, false_clock, stopped_clock
from tests.support.environment import process_environment
from tests.support.postgres import Postgres
from tests.support.service import Service
from tests.support.shaky import QUICK, Shaky
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Taken

# On PostgreSQL: SQLite's clock is that of whichever process asks, and all are on one machine.
pytestmark = pytest.mark.fault("F23")

_ZONES = ("UTC", "Asia/Tehran", "America/New_York")
_NOWRUZ = datetime(2027, 3, 20, 20, 30, tzinfo=UTC)
"""Midnight in Tehran before the first day of 1406."""
_SECOND = timedelta(seconds=1)


class _OnJumpyDatabase(Service):
    """A service whose database server has a clock that can jump."""

    def __init__(self, folder: Path, url: str, clock: Jumping) -> None:
        super().__init__(folder, url, **QUICK)
        self.clock = clock

    def __enter__(self) -> Self:
        super().__enter__()
        return self


def _env(variables: Mapping[str, str]) -> list[str]:
    return [f"env:{name}={value}" for name, value in variables.items()]


@pytest.mark.parametrize(
    "skew", ["+2h", *(pytest.param(one, marks=pytest.mark.long) for one in ("-2h", "+1h", "-1h"))]
)
def test_a_worker_whose_clock_is_wrong_takes_nothing_from_the_others(
    shaky: Shaky, skew: str
) -> None:
    since = shaky.last_sms()
    shaky.gateway.fault("slow", ms=100)
    shaky.spawn("skewed worker", *_skewed("worker", skew))
    try:
        shaky.wait_until(lambda: shaky.log("skewed worker").exists())
        said = shaky.webhook.hand_over(shaky.new_texts(200))
        broken = shaky.audit(said, since)
    finally:
        shaky.kill("skewed worker")

    assert broken == {}
    assert _times(shaky, said, "sending") == [1] * len(said)
    assert _times(shaky, said, "answering") == [1] * len(said)


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("skew", ["+2h", "-2h"])
def test_any_process_may_run_by_a_wrong_clock(shaky: Shaky, role: str, skew: str) -> None:
    since = shaky.last_sms()
    with shaky.broken(role, *_env(false_clock(skew))):
        shaky.wait_for_web()
        said = shaky.webhook.hand_over_until_taken(shaky.new_texts(50), seconds=30)
        assert shaky.audit(said, since) == {}
    assert OutboundState.EXPIRED not in _states(shaky, said)


@pytest.mark.parametrize("zone", _ZONES)
def test_the_jalali_year_begins_at_midnight_in_tehran_wherever_the_process_stands(
    on_sqlite: Service, zone: str
) -> None:
    before = _reply(on_sqlite, zone, _NOWRUZ - _SECOND)
    after = _reply(on_sqlite, zone, _NOWRUZ + _SECOND)

    assert before["understood"]["problem"] == "future_year"
    assert after["understood"]["problem"] != "future_year"


@pytest.mark.long
@pytest.mark.timeout(240)
def test_when_the_databases_clock_jumps_an_hour_nothing_runs_twice(jumpy: _OnJumpyDatabase) -> None:
    service, clock = jumpy, jumpy.clock
    since = service.last_sms()
    service.gateway.fault("slow", ms=100)
    said = service.webhook.hand_over(service.new_texts(100))
    clock.jump_to("+1h")
    said += service.webhook.hand_over(service.new_texts(100))
    clock.jump_to("+0")
    # What waits is dated an hour ahead now; what comes anew isn't held up by it.
    new = service.webhook.hand_over(service.new_texts(20))
    broken_for_new = service.audit([*new, *_silenced(said)], since)
    clock.jump_to("+1h")

    assert {one.status for one in said + new} == {200}
    assert broken_for_new == {}
    assert service.audit(said + new, since) == {}


@pytest.mark.long
@pytest.mark.timeout(240)
def test_an_answer_is_too_old_when_the_databases_clock_says_so(jumpy: _OnJumpyDatabase) -> None:
    service, clock = jumpy, jumpy.clock
    since = service.last_sms()
    service.gateway.set_credit(0)
    said = service.webhook.hand_over(service.new_texts(10))
    service.wait_until(lambda: len(service.kept([one.text for one in said]).went) == len(said))
    clock.jump_to("+23h")
    fresh = service.webhook.hand_over(service.new_texts(10))
    service.wait_until(lambda: len(service.kept([one.text for one in fresh]).went) == len(fresh))
    still = _states(service, said)
    clock.jump_to("+25h")
    service.wait_until(lambda: set(_states(service, said)) == {OutboundState.EXPIRED}, 30)
    service.gateway.set_credit(10**9)
    service.end_rest()

    assert OutboundState.EXPIRED not in still
    assert not {sms.receptor for sms in service.sms_since(since)} & {one.text.phone for one in said}
    assert service.audit(fresh, since, seconds=90) == {}


@pytest.fixture(scope="module")
def _running_jumpy(process_logs: Path) -> Iterator[_OnJumpyDatabase]:
    folder = Path(tempfile.mkdtemp(prefix="service-with-a-jumpy-clock-", dir=process_logs))
    with (
        Jumping() as clock,
        Postgres(durable=True, environ=clock.environ) as server,
        _OnJumpyDatabase(folder, server.url(server.create_database()), clock) as service,
    ):
        yield service


@pytest.fixture
def jumpy(_running_jumpy: _OnJumpyDatabase) -> _OnJumpyDatabase:
    """That service, in good order, its clock right."""
    _running_jumpy.clock.jump_to("+0")
    _running_jumpy.revive()
    return _running_jumpy


def _skewed(role: str, skew: str) -> Sequence[str]:
    return faulty.command(_env(false_clock(skew)), ROLES[role])


def _reply(service: Service, zone: str, moment: datetime) -> dict[str, dict[str, str]]:
    """What ``sms-service reply`` says of the year 1406 at this moment in this zone."""
    given = {"DATABASE_URL": service.environment["DATABASE_URL"], "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-m", "sms_service", "reply", "--json", f"{BILL_IDS[0]} 1406"],
        env=process_environment({**given, **stopped_clock(moment)}),
        capture_output=True,
        check=True,
    )
    answer: dict[str, dict[str, str]] = json.loads(done.stdout)
    return answer


def _silenced(said: Sequence[Taken]) -> list[Taken]:
    """As texts that are owed nothing yet, whose phones may hear from us all the same."""
    return [Taken(one.text, None, one.ms) for one in said]


def _states(service: Service, said: Sequence[Taken]) -> list[OutboundState]:
    went = service.kept([one.text for one in said]).went
    return [row.state for rows in went.values() for row in rows]


def _times(service: Service, said: Sequence[Taken], what: str) -> list[int]:
    """How often something happened to each text."""
    happened = (
        select(inbound_keys.c.remote_id)
        .join(events, events.c.code == inbound_keys.c.code)
        .where(events.c.what == what)
    )
    with reading(service.engine) as connection:
        ids = list(connection.execute(happened).scalars())
    return [ids.count(one.text.messageid) for one in said]
