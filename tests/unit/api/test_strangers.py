"""Who comes with made-up tokens waits, and is forgiven."""

from sms_service.api import strangers as module
from sms_service.api.strangers import FAILURES, WINDOW_SECONDS, Strangers


class Clock:
    """Stands where it was put."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_network_waits_until_its_failures_are_a_minute_old() -> None:
    clock = Clock()
    strangers = Strangers(clock)
    for _ in range(FAILURES):
        assert strangers.wait_of("192.0.2.1") is None
        strangers.failed("192.0.2.1")
        clock.now += 1
    wait = strangers.wait_of("192.0.2.1")
    assert wait == WINDOW_SECONDS - FAILURES
    assert strangers.wait_of("192.0.2.2") is None
    clock.now += wait
    assert strangers.wait_of("192.0.2.1") is None
    strangers.failed("192.0.2.1")
    assert strangers.wait_of("192.0.2.1") == 1


def test_however_many_networks_come_few_are_remembered() -> None:
    strangers = Strangers(Clock())
    for number in range(module._NETWORKS + 500):
        strangers.failed(str(number))
    assert len(strangers._failures) == module._NETWORKS
