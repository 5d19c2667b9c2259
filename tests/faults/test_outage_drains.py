"""A minute without the gateway at 50 texts a second: soon after, each text has its one SMS."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.proxy import Mode
from tests.support.shaky import Shaky
from tests.support.texting import Taken

pytestmark = [pytest.mark.fault("F17"), pytest.mark.long, pytest.mark.timeout(300)]

_OUTAGE_SECONDS, _A_SECOND = 60, 50
_DRAINED_WITHIN = 30.0


@contextmanager
def _silent(service: Shaky) -> Iterator[None]:
    service.to_gateway.behave(Mode.SWALLOW)
    yield
    service.to_gateway.behave()


@contextmanager
def _resetting(service: Shaky) -> Iterator[None]:
    service.to_gateway.behave(Mode.RESET)
    yield
    service.to_gateway.behave()


@contextmanager
def _too_busy(service: Shaky) -> Iterator[None]:
    service.gateway.fault("refuse", "*", code=409)
    yield
    service.gateway.clear_faults()


_OUTAGES = {"silent": _silent, "resetting": _resetting, "too busy": _too_busy}


@pytest.mark.parametrize("outage", _OUTAGES)
def test_what_waited_for_a_minute_is_sent_once_within_half_a_minute(
    shaky: Shaky, outage: str, figure: Callable[[str], None]
) -> None:
    since = shaky.last_sms()
    said: list[Taken] = []
    with _OUTAGES[outage](shaky):
        posting = [threading.Thread(target=_post, args=(shaky, said)) for _ in range(2)]
        for thread in posting:
            thread.start()
        for thread in posting:
            thread.join()
    ended = time.monotonic()
    taken = list({one.text for one in said})
    shaky.wait_until(lambda: shaky.is_settled(taken), 120)
    drained = time.monotonic() - ended
    figure(
        f"{len(said)} texts of a minute, gateway {outage}: drained {drained:.0f} s after its end"
    )

    assert {one.status for one in said} == {200}
    assert shaky.audit(said, since) == {}
    assert drained < _DRAINED_WITHIN


def _post(service: Shaky, said: list[Taken]) -> None:
    """Half of the texts, a second's worth at a time."""
    started = time.monotonic()
    for second in range(_OUTAGE_SECONDS):
        said += service.webhook.hand_over(service.new_texts(_A_SECOND // 2), connections=2)
        time.sleep(max(0.0, started + second + 1 - time.monotonic()))
