"""What can't be stored isn't taken: 503 at once, and nothing lost that the gateway keeps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sms_service.database import writing
from sms_service.simulator.household import ROLES
from tests.support.postgres import Postgres
from tests.support.proxy import Mode
from tests.support.service import Service
from tests.support.shaky import Shaky

_PROMISED_MS = 1000.0
_NOISE_MS = 500.0


@contextmanager
def _stopped(service: Service, server: Postgres) -> Iterator[None]:
    server.crash()
    try:
        yield
    finally:
        server.start_again()
        # The test's own connections died too.
        service.engine.dispose()


@contextmanager
def _frozen(_service: Service, server: Postgres) -> Iterator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


_AWAY = {"stopped": _stopped, "frozen": _frozen}


@pytest.mark.fault("F14")
@pytest.mark.parametrize("away", _AWAY)
def test_texts_get_503_within_a_second_and_are_answered_once_when_handed_over_again(
    on_postgresql: Service,
    postgres_to_break: Postgres,
    away: str,
    figure: Callable[[str], None],
) -> None:
    service = on_postgresql
    since, texts = service.last_sms(), service.new_texts(30)
    early = service.webhook.hand_over(texts[:10])
    with _AWAY[away](service, postgres_to_break):
        refused = service.webhook.hand_over(texts[10:])
    slowest = max(one.ms for one in refused)
    figure(f"webhook, PostgreSQL {away}: 503 after {slowest:.0f} ms at most")
    said = early + refused + service.webhook.hand_over_until_taken(texts, seconds=60)

    assert [one.status for one in refused] == [503] * 20
    assert slowest < _PROMISED_MS + _NOISE_MS
    assert service.audit(said, since) == {}
    assert set(service.running()) == set(ROLES)


@pytest.mark.fault("F14")
@pytest.mark.parametrize(
    "mode",
    [
        Mode.CUT,
        *(pytest.param(one, marks=pytest.mark.long) for one in (Mode.FREEZE, Mode.SWALLOW)),
        pytest.param(Mode.RESET, marks=pytest.mark.long),
    ],
)
def test_a_way_to_the_database_that_fails_is_a_503_within_a_second_too(
    shaky: Shaky, mode: Mode
) -> None:
    since, texts = shaky.last_sms(), shaky.new_texts(30)
    early = shaky.webhook.hand_over(texts[:10])
    shaky.to_database.behave(mode)
    refused = shaky.webhook.hand_over(texts[10:])
    shaky.to_database.behave()
    said = early + refused + shaky.webhook.hand_over_until_taken(texts, seconds=60)

    assert [one.status for one in refused] == [503] * 20
    assert max(one.ms for one in refused) < _PROMISED_MS + _NOISE_MS
    assert shaky.audit(said, since) == {}
    assert set(shaky.running()) == set(ROLES)


@pytest.mark.fault("F14")
def test_a_worker_outlives_a_database_that_stops_while_it_works(
    on_postgresql: Service, postgres_to_break: Postgres
) -> None:
    service = on_postgresql
    since, worker = service.last_sms(), service.process("worker").pid
    service.gateway.fault("slow", ms=50)
    said = service.webhook.hand_over(service.new_texts(200))
    service.wait_until(lambda: len(service.sms_since(since)) > 0)
    with _stopped(service, postgres_to_break):
        gone = len(service.sms_since(since))
        # As long as it takes to see that nothing is claimed from a database that is away.
        time.sleep(1)
    service.gateway.clear_faults()

    assert gone < len(said)
    assert service.audit(said, since) == {}
    assert service.process("worker").pid == worker
    assert set(service.running()) == set(ROLES)


@pytest.mark.fault("F15")
@pytest.mark.parametrize("seconds", [2.0, pytest.param(15.0, marks=pytest.mark.long)])
def test_a_long_writer_on_sqlite_is_a_503_within_a_second_and_leaves_no_half_row(
    on_sqlite: Service, seconds: float
) -> None:
    service = on_sqlite
    since, texts = service.last_sms(), service.new_texts(20)
    with writing(service.engine):
        ends = time.monotonic() + seconds
        refused = service.webhook.hand_over(texts)
        time.sleep(max(0.0, ends - time.monotonic()))
    said = refused + service.webhook.hand_over_until_taken(texts, seconds=60)

    assert [one.status for one in refused] == [503] * 20
    assert max(one.ms for one in refused) < _PROMISED_MS + _NOISE_MS
    assert service.audit(said, since) == {}
    assert set(service.running()) == set(ROLES)
