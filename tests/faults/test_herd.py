"""The day on which bills are due: fifty times as many texts as usual, for a minute."""

import time
from collections.abc import Callable, Mapping
from statistics import quantiles

import psutil
import pytest

from sms_service.simulator.household import ROLES
from tests.support.service import Service
from tests.support.texting import Taken

_USUAL_A_SECOND = 2
"""606,000 subscribers, each texting some ten times a year, in the hours when people text."""
_HERD_A_SECOND = 50 * _USUAL_A_SECOND
_SECONDS = 60
_TURN_SECONDS = 0.5
_P95_MS = 1000.0
_MEBIBYTE = 2**20
_MOST_GROWTH = 128 * _MEBIBYTE
_SETTLED_WITHIN = 60.0


@pytest.mark.fault("F29")
@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_herd_is_answered_with_bounded_memory_and_in_bounded_time(
    service: Service, figure: Callable[[str], None]
) -> None:
    since = service.last_sms()
    said = service.webhook.hand_over(service.new_texts(200))
    memory, started = _memory(service), time.monotonic()
    said += _herd(service)
    driven = time.monotonic() - started
    broken = service.audit(said, since, seconds=_SETTLED_WITHIN)
    settled = time.monotonic() - started
    p95 = quantiles([one.ms for one in said], n=20)[-1]
    growth = max(after - memory[role] for role, after in _memory(service).items())
    figure(
        f"{len(said)} texts in {driven:.0f} s, {service.engine.dialect.name}: p95 {p95:.0f} ms,"
        f" all answered after {settled:.0f} s, {growth // _MEBIBYTE} MiB more"
    )

    assert {one.status for one in said} == {200}
    assert broken == {}
    assert p95 < _P95_MS
    assert growth < _MOST_GROWTH
    assert set(service.running()) == set(ROLES)


def _herd(service: Service) -> list[Taken]:
    """Texts at a steady pace, whatever the service makes of them."""
    said: list[Taken] = []
    started = time.monotonic()
    for turn in range(int(_SECONDS / _TURN_SECONDS)):
        said += service.webhook.hand_over(service.new_texts(int(_HERD_A_SECOND * _TURN_SECONDS)))
        time.sleep(max(0.0, started + (turn + 1) * _TURN_SECONDS - time.monotonic()))
    return said


def _memory(service: Service) -> Mapping[str, int]:
    """Bytes that the processes of each role hold."""
    leaders = {role: psutil.Process(service.process(role).pid) for role in ROLES}
    return {
        role: sum(one.memory_info().rss for one in (leader, *leader.children(recursive=True)))
        for role, leader in leaders.items()
    }
