"""A worker may end at any moment: by a power cut in mid-run, or because it was told to."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.tables import events, inbound, outbound
from tests.support.service import Service

_MANY = 1000
_GONE_AT_THE_KILLS = (200, 600)
_SLOW_MS = 30
"""For each call at the gateway, so that the kills come in mid-run."""
_BOTH = pytest.mark.parametrize(
    "database", ["on_postgresql", pytest.param("on_sqlite", marks=pytest.mark.long)]
)


@pytest.mark.fault("F7")
@pytest.mark.timeout(300)
@pytest.mark.long
def test_1000_texts_are_answered_once_each_though_the_worker_is_killed_twice_in_mid_run(
    service: Service, figure: Callable[[str], None]
) -> None:
    since, started = service.last_sms(), time.monotonic()
    gone: list[int] = []

    def kill_twice() -> None:
        gone.extend(_kill_after(service, number, since) for number in _GONE_AT_THE_KILLS)

    # A quick machine would be done before the second kill.
    service.gateway.fault("slow", ms=_SLOW_MS)
    killer = threading.Thread(target=kill_twice)
    killer.start()
    said = service.webhook.hand_over(service.new_texts(_MANY))
    killer.join()
    service.gateway.clear_faults()
    broken = service.audit(said, since, seconds=200)
    figure(
        f"{_MANY} texts, worker killed after {gone}, {service.engine.dialect.name}:"
        f" {time.monotonic() - started:.0f} s"
    )

    assert all(number < _MANY for number in gone)
    assert [one.status for one in said] == [200] * _MANY
    assert broken == {}
    assert len(service.sms_since(since)) == _MANY


@pytest.mark.fault("F25")
@_BOTH
def test_a_worker_told_to_end_under_load_finishes_what_it_holds(
    request: pytest.FixtureRequest, database: str
) -> None:
    service: Service = request.getfixturevalue(database)
    since = service.last_sms()
    lost_before = _lost(service)
    service.gateway.fault("slow", ms=300)
    texts = service.new_texts(400)
    driver = threading.Thread(target=service.webhook.hand_over, args=(texts,))
    driver.start()
    service.wait_until(lambda: len(service.sms_since(since)) >= 20)
    worker = service.process("worker")
    worker.terminate()
    gone = len(service.sms_since(since))
    ended = worker.wait(60)
    driver.join()

    assert gone < len(texts)
    assert ended == 0
    assert _held(service) == 0
    service.gateway.clear_faults()
    service.launch("worker")
    said = service.webhook.hand_over_until_taken(texts, seconds=60)
    assert service.audit(said, since) == {}
    assert _lost(service) == lost_before


def _kill_after(service: Service, number: int, since: int) -> int:
    """Kill the worker and its children once so many SMS have gone; how many really had."""
    service.wait_until(lambda: len(service.sms_since(since)) >= number, 100)
    service.kill("worker")
    gone = len(service.sms_since(since))
    service.launch("worker")
    return gone


def _held(service: Service) -> int:
    """Rows under somebody's lease."""
    answering = select(inbound.c.id).where(inbound.c.state == InboundState.ANSWERING)
    sending = select(outbound.c.id).where(outbound.c.state == OutboundState.SENDING)
    with reading(service.engine) as connection:
        return sum(len(connection.execute(rows).all()) for rows in (answering, sending))


def _lost(service: Service) -> int:
    """How often a lease ran out because nobody finished."""
    lost = select(events.c.id).where(events.c.reason == "worker_lost")
    with reading(service.engine) as connection:
        return len(connection.execute(lost).all())
