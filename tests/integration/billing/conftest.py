"""The simulated billing interface, ready to be steered."""

from collections.abc import Iterator

import pytest

from sms_service.simulator.saapa.harness import SimulatedSaapa
from tests.support.saapa import simulated


@pytest.fixture(scope="module")
def _one_interface() -> Iterator[SimulatedSaapa]:
    with simulated() as interface:
        yield interface


@pytest.fixture
def interface(_one_interface: SimulatedSaapa) -> SimulatedSaapa:
    """With the demo's records, without traps, and nothing asked yet."""
    _one_interface.start()
    _one_interface.trap()
    simulator = _one_interface.simulator
    simulator.delay, simulator.slow, simulator.retry_after = 0.0, 1.0, "2"
    simulator.trapped = frozenset(("sales", "payments", "branch"))
    simulator.calls.clear()
    simulator.busiest = 0
    return _one_interface
