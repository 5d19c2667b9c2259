"""The schema of the next release is put below this one's processes while texts come."""

import threading

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
    service: Service,
) -> None:
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
