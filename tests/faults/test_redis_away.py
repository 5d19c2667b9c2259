"""Redis is only the doorbell: stopped, frozen or full, it delays nobody at the door."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import pytest

from sms_service.simulator.household import ROLES
from tests.support.service import Service
from tests.support.texting import Taken

_OWED_MS = 300.0
_NOISE_MS = 900.0
"""On a busy machine one request may wait its turn; a web process that waited for Redis
would have waited a second, the time-out of its socket."""
_ROUNDS = 3


@contextmanager
def _stopped(service: Service) -> Iterator[None]:
    service.valkey.kill()
    try:
        yield
    finally:
        service.valkey.start()


@contextmanager
def _frozen(service: Service) -> Iterator[None]:
    service.valkey.freeze()
    try:
        yield
    finally:
        service.valkey.thaw()


@contextmanager
def _full(service: Service) -> Iterator[None]:
    with service.redis() as client:
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


_AWAY = {"stopped": _stopped, "frozen": _frozen, "full": _full}


@pytest.mark.parametrize("away", _AWAY)
def test_texts_are_taken_at_once_and_answered_though_redis_is(
    service: Service, away: str, figure: Callable[[str], None]
) -> None:
    since = service.last_sms()
    rounds: list[list[Taken]] = []
    with _AWAY[away](service):
        for _ in range(_ROUNDS):
            rounds.append(service.webhook.hand_over(service.new_texts(20), connections=1))
            rounds.append(service.webhook.hand_over(service.new_texts(40), connections=8))
    said = [one for texts in rounds for one in texts]
    slowest = [max(one.ms for one in texts) for texts in rounds]
    figure(
        f"webhook, Redis {away}, {service.engine.dialect.name}:"
        f" median {median(one.ms for one in said):.0f} ms, slowest {max(slowest):.0f} ms"
    )

    assert {one.status for one in said} == {200}
    assert min(slowest) < _OWED_MS
    assert max(slowest) < _NOISE_MS
    assert service.audit(said, since) == {}
    assert set(service.running()) == set(ROLES)


@pytest.mark.parametrize("away", _AWAY)
def test_workers_tick_themselves_while_redis_is_and_listen_again_afterwards(
    on_sqlite: Service, away: str
) -> None:
    since = on_sqlite.last_sms()
    with _AWAY[away](on_sqlite):
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(5))
        assert on_sqlite.audit(said, since) == {}

    on_sqlite.wait_until(on_sqlite.listens, 60)
    assert set(on_sqlite.running()) == set(ROLES)


def test_a_worker_with_a_message_in_hand_outlives_a_full_redis(on_sqlite: Service) -> None:
    since = on_sqlite.last_sms()
    group = on_sqlite.process("worker").pid
    os.killpg(group, signal.SIGSTOP)
    try:
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(3))
        on_sqlite.wait_until(on_sqlite.has_messages)
        with _full(on_sqlite):
            os.killpg(group, signal.SIGCONT)
            broken = on_sqlite.audit(said, since)
    finally:
        os.killpg(group, signal.SIGCONT)

    assert broken == {}
    on_sqlite.wait_until(on_sqlite.listens, 60)
    assert set(on_sqlite.running()) == set(ROLES)
