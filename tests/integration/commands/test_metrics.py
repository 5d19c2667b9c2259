"""``sms-service metrics``: once on a terminal, or for who scrapes a host of workers."""

import sys
from collections.abc import Callable

import pytest
import requests
from click.testing import CliRunner

from sms_service.commands.metrics import metrics
from sms_service.simulator.household import free_port
from tests.support.environment import service_environment
from tests.support.processes import Processes, wait_until
from tests.support.scraping import told_by

_TOKEN = "a token of the metrics, long enough"


@pytest.fixture
def environment(tmp_path: object, closed_url: str) -> dict[str, str]:
    own = {"DATABASE_URL": closed_url, "PROMETHEUS_MULTIPROC_DIR": f"{tmp_path}/m"}
    return service_environment(**own)


def test_everything_is_printed_once(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(metrics, env=environment)
    assert said.exit_code == 0
    told = told_by(said.output)
    assert told["sms_database_up", ()] == 1
    assert sum(v for (name, _), v in told.items() if name == "sms_received_total") > 500


def test_a_host_of_workers_tells_what_it_knows_and_nothing_of_the_ledger(
    environment: dict[str, str], processes: Processes
) -> None:
    port = free_port()
    settings = {**environment, "METRICS_TOKEN": _TOKEN}
    command = [sys.executable, "-m", "sms_service", "metrics", "--port", str(port)]
    processes.start("metrics", command, settings)
    url = f"http://127.0.0.1:{port}/metrics"
    asked = {"Authorization": f"Bearer {_TOKEN}"}
    wait_until(_answers(url))
    told = requests.get(url, headers=asked, timeout=5)
    assert told.status_code == 200
    assert "sms_disk_free_ratio" in told.text
    assert "sms_database_up" not in told.text
    assert requests.get(f"{url}/", headers=asked, timeout=5).status_code == 404
    assert requests.post(url, headers=asked, timeout=5).status_code == 405
    refused = requests.get(url, timeout=5)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def _answers(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return requests.get(url, timeout=1).status_code == 401
        except requests.RequestException:
            return False

    return ask
