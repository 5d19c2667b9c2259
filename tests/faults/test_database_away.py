"""What can't be stored isn't taken: 503 at once, and nothing lost that the gateway keeps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sms_service.simulator.household import ROLES
from tests.support.postgres import Postgres
from tests.support.service import Service

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
