"""Two web hosts and three of workers over a broker whose master falls: lost 0, doubled 0."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.hosts.network import why_not
from tests.support.rabbitmq import rabbitmq_server


@pytest.mark.long
@pytest.mark.timeout(420)
@pytest.mark.parametrize("scene", ["sentinel", "rabbitmq"])
def test_no_text_is_lost_and_none_answered_twice_while_brokers_and_workers_fall(
    scene: str, figure: Callable[[str], None]
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    if scene == "rabbitmq" and rabbitmq_server() is None:
        pytest.skip("rabbitmq-server isn't installed")
    command = [sys.executable, "-m", "tests.hosts", scene]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    told = json.loads(run.stdout)
    figure(
        f"{scene}: {told['texts']} texts at {told['a_second']:.0f} a second, {told['refused']}"
        f" refused and handed over again; half answered within {told['p50']:.2f} s"
        f" ({told['calm_p50']:.2f} s before the first fault), slowest {told['slowest']:.1f} s"
    )
    for what, seconds in told["fail_over"].items():
        figure(f"{scene}: {what} after {seconds:.1f} s")

    assert told["broken"] == {}
    assert (told["lost"], told["doubled"], run.returncode) == (0, 0, 0)
