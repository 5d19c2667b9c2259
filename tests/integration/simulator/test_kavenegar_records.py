"""The simulated gateway's records are its own: they outlive its process and our database."""

import subprocess
import sys
from pathlib import Path

from sms_service.service.ports import Accepted
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.canary import CANARY_API_KEY
from tests.support.kavenegar import gateway_at, one_text


def test_records_in_a_file_outlive_a_kill_and_keep_the_localid_rule(tmp_path: Path) -> None:
    store, text = str(tmp_path / "gateway.db"), one_text()
    with SimulatedKavenegar(CANARY_API_KEY, store=store) as first:
        with gateway_at(first.base_url) as gateway:
            accepted = gateway.send(text)
        before = first.outbox()
        first.kill()
    with SimulatedKavenegar(CANARY_API_KEY, store=store) as second:
        with gateway_at(second.base_url) as gateway:
            assert gateway.send(text) == accepted
            assert isinstance(gateway.send(one_text()), Accepted)
        assert len(before) == 1
        assert [sent.messageid for sent in second.outbox()][:1] == [before[0].messageid]
        assert len(second.outbox()) == 2


def test_ids_are_never_given_twice_even_without_a_file() -> None:
    ids = []
    for _ in range(2):
        with (
            SimulatedKavenegar(CANARY_API_KEY) as simulator,
            gateway_at(simulator.base_url) as gateway,
        ):
            gateway.send(one_text())
            simulator_ids = [sent.messageid for sent in simulator.outbox()]
            simulator.reset()
            gateway.send(one_text())
            ids += simulator_ids + [sent.messageid for sent in simulator.outbox()]
    assert len(set(ids)) == 4
    assert ids == sorted(ids)


def test_the_key_is_not_in_the_list_of_processes() -> None:
    with SimulatedKavenegar(CANARY_API_KEY) as simulator:
        assert CANARY_API_KEY.encode() not in Path(f"/proc/{simulator.pid}/cmdline").read_bytes()


def test_without_a_key_it_says_so_and_ends_as_wrong_usage() -> None:
    command = [sys.executable, "-m", "sms_service.simulator.kavenegar"]
    ended = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "API key" in ended.stderr


def test_it_ends_with_the_process_that_started_it() -> None:
    script = (
        "from sms_service.simulator.kavenegar.harness import SimulatedKavenegar\n"
        "import os\n"
        "simulator = SimulatedKavenegar()\n"
        "print(simulator.pid, flush=True)\n"
        "os._exit(9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    process = Path(f"/proc/{int(ended.stdout)}/stat")
    for _ in range(200):
        if not process.exists() or ") Z" in process.read_text():
            return
        subprocess.run(["sleep", "0.02"], check=True)
    raise AssertionError("the simulator still runs")
