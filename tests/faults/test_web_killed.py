"""The web process may die between a commit and its answer; the gateway then asks again."""

import threading

import pytest

from sms_service.simulator.household import ROLES
from tests.support.service import Service

_TEXTS = 400
_KEPT_AT_THE_KILL = 100


@pytest.mark.fault("F1", "F2")
def test_texts_handed_over_again_after_the_web_process_was_killed_are_answered_once(
    service: Service,
) -> None:
    since = service.last_sms()
    texts = service.new_texts(_TEXTS)

    def kill_in_mid_run() -> None:
        service.wait_until(lambda: len(service.kept(texts).came) >= _KEPT_AT_THE_KILL)
        service.kill("web")
        service.launch("web")

    killer = threading.Thread(target=kill_in_mid_run)
    killer.start()
    said = service.webhook.hand_over_until_taken(texts, seconds=60)
    killer.join()

    assert any(one.status is None for one in said), "the kill came too late to cut anything"
    assert service.audit(said, since) == {}
    assert set(service.running()) == set(ROLES)


@pytest.mark.fault("F21")
def test_receipts_that_the_killed_web_process_could_not_take_leave_answers_accepted(
    on_sqlite: Service,
) -> None:
    since = on_sqlite.last_sms()
    said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(20))
    on_sqlite.kill("web")

    assert on_sqlite.audit(said, since) == {}
