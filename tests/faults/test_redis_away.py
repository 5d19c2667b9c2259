"""Redis is only the doorbell: stopped, frozen or full, it delays nobody at the door."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import pytest
import redis

from sms_service.simulator.household import ROLES
from tests.support.service import Service
from tests.support.texting import Taken

_OWED_MS = 300.0
_NOISE_MS = 900.0
"""On a busy machine one request may wait its turn; a web process that waited for Redis
would have waited a second, the time-out of its socket."""
_ROUNDS = 3
_MINUTE = 60.0


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


@contextmanager
def _unable_to_save(service: Service) -> Iterator[None]:
    """As on a full disk: a save that failed makes the server refuse every write."""
    in_the_way = service.valkey.directory / "dump.rdb"
    in_the_way.mkdir()
    with service.redis() as client:
        client.config_set("save", "3600 1")
        try:
            client.bgsave()
            service.wait_until(lambda: _refuses_writes(client))
            yield
        finally:
            in_the_way.rmdir()
            client.config_set("save", "")


def _refuses_writes(client: redis.Redis) -> bool:
    try:
        client.set("probe", 1)
    except redis.ResponseError as error:
        return str(error).startswith("MISCONF")
    return False


_AWAY = {"stopped": _stopped, "frozen": _frozen, "full": _full, "unable to save": _unable_to_save}
_ROWS = {"stopped": "F8", "frozen": "F9", "full": "F11", "unable to save": "F11"}


@pytest.mark.parametrize(
    "away", [pytest.param(away, marks=pytest.mark.fault(row)) for away, row in _ROWS.items()]
)
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


@pytest.mark.parametrize(
    "away",
    [
        pytest.param("stopped", marks=pytest.mark.fault("F8")),
        *(
            pytest.param(away, marks=[pytest.mark.fault(row), pytest.mark.long])
            for away, row in _ROWS.items()
            if away != "stopped"
        ),
    ],
)
def test_workers_tick_themselves_while_redis_is_and_listen_again_afterwards(
    on_sqlite: Service, away: str
) -> None:
    since = on_sqlite.last_sms()
    with _AWAY[away](on_sqlite):
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(5))
        assert on_sqlite.audit(said, since) == {}

    on_sqlite.wait_until(on_sqlite.listens, 60)
    assert set(on_sqlite.running()) == set(ROLES)


@pytest.mark.long
@pytest.mark.fault("F8")
def test_a_minute_without_redis_costs_time_and_nothing_else(service: Service) -> None:
    since, worker = service.last_sms(), service.process("worker").pid
    said: list[Taken] = []
    with _stopped(service):
        ends = time.monotonic() + _MINUTE
        while time.monotonic() < ends:
            said += service.webhook.hand_over(service.new_texts(10))
            time.sleep(0.5)
    said += service.webhook.hand_over(service.new_texts(10))

    assert {one.status for one in said} == {200}
    assert service.audit(said, since) == {}
    assert service.process("worker").pid == worker
    service.wait_until(service.listens, 60)


@pytest.mark.fault("F10")
@pytest.mark.parametrize("emptied", ["flushed", "restarted empty"])
def test_what_redis_forgot_is_found_in_the_rows(service: Service, emptied: str) -> None:
    since, worker = service.last_sms(), service.process("worker").pid
    os.killpg(worker, signal.SIGSTOP)
    try:
        said = service.webhook.hand_over(service.new_texts(20))
        service.wait_until(service.has_messages)
        with service.redis() as client:
            client.set("before", "here")
        if emptied == "flushed":
            with service.redis() as client:
                client.flushall()
        else:
            service.valkey.kill()
            service.valkey.start()
        with service.redis() as client:
            # A tick may have rung again already.
            forgotten = client.get("before") is None
    finally:
        os.killpg(worker, signal.SIGCONT)

    assert forgotten
    assert service.audit(said, since) == {}
    service.wait_until(service.listens, 60)
    assert set(service.running()) == set(ROLES)


@pytest.mark.fault("F11")
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
