"""The schema of the next release is put below this one's processes while texts come."""

import threading
import time

import pytest
import requests

from sms_service.ledger.migrations.runner import configuration, downgrade, head, schema, upgrade
from tests.support.migrating import NEXT_RELEASE
from tests.support.service import Service
from tests.support.texting import Taken

_TEXTS_A_TURN = 60
_NEXT = configuration(NEXT_RELEASE)


class Crowd:
    """People who text one after another, turn by turn, until they are told to end."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ends = threading.Event()
        self.said: list[Taken] = []
        self._thread = threading.Thread(target=self._text)

    def __enter__(self) -> "Crowd":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _text(self) -> None:
        while not self._ends.is_set():
            texts = self._service.new_texts(_TEXTS_A_TURN)
            self.said += self._service.webhook.hand_over(texts, connections=4)

    def wait_for_more(self, texts: int) -> None:
        """Return once so many more were taken."""
        wanted = len(self.said) + texts
        self._service.wait_until(lambda: len(self.said) >= wanted)


def test_an_expand_step_below_running_processes_loses_and_doubles_nothing(
    on_postgresql: Service,
) -> None:
    upgrade_under_a_crowd(on_postgresql)


@pytest.mark.long
def test_nor_does_it_on_sqlite(on_sqlite: Service) -> None:
    upgrade_under_a_crowd(on_sqlite)


@pytest.mark.long
def test_processes_on_a_schema_that_is_too_old_refuse_and_go_on_once_it_is_upgraded(
    service: Service,
) -> None:
    since, running = service.last_sms(), set(service.running())
    try:
        downgrade(service.engine, "0004")
        refused = service.webhook.hand_over(service.new_texts(20))
        service.wait_until(
            lambda: requests.get(f"{service.url}/readyz", timeout=5).text == "schema"
        )
        time.sleep(3)  # ticks and rings find tables that aren't as they should be
    finally:
        upgrade(service.engine)
    service.wait_until(lambda: ready(service).ok)
    said = service.webhook.hand_over(service.new_texts(20))
    assert {one.status for one in refused} == {503}
    assert {one.status for one in said} == {200}
    assert service.audit([*refused, *said], since) == {}
    assert set(service.running()) == running


def ready(service: Service) -> requests.Response:
    return requests.get(f"{service.url}/readyz", timeout=5)


def upgrade_under_a_crowd(service: Service) -> None:
    since = service.last_sms()
    with Crowd(service) as crowd:
        crowd.wait_for_more(_TEXTS_A_TURN)
        try:
            upgrade(service.engine, config=_NEXT)
            assert schema(service.engine).found == "9002"
            crowd.wait_for_more(_TEXTS_A_TURN)
            assert readiness(service) == (200, "degraded", "warning")
            service.kill("worker")  # one that starts on the newer schema goes on, too
            service.launch("worker")
            crowd.wait_for_more(_TEXTS_A_TURN)
        finally:
            downgrade(service.engine, head(), config=_NEXT)
        crowd.wait_for_more(_TEXTS_A_TURN)
    assert {one.status for one in crowd.said} == {200}
    assert service.audit(crowd.said, since) == {}


def readiness(service: Service) -> tuple[int, str, str]:
    """What the web process says of itself, of all, and of the schema."""
    answer = requests.get(f"{service.url}/readyz?verbose", timeout=5)
    body = answer.json()
    (mark,) = [one["mark"] for one in body["checks"] if one["name"] == "schema"]
    return answer.status_code, body["status"], mark
