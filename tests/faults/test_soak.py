"""Longer runs, by ``make faults``: what a minute doesn't show, several may."""

import random
import threading
import time
from collections.abc import Callable

import pytest

from sms_service.simulator.household import ROLES
from tests.support.service import Service
from tests.support.texting import Taken

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

_KILLING_SECONDS = 120.0
_BATCH, _PAUSE_SECONDS = 20, 0.2
_LONGEST_BACKOFF_SECONDS = 400
_LONGEST_REST_SECONDS = 90


def test_two_minutes_of_random_kills_and_a_bad_gateway_lose_and_double_nothing(
    service: Service, figure: Callable[[str], None]
) -> None:
    chance, since = random.Random(1), service.last_sms()
    service.gateway.fault("hang", "sms/send", after=True, probability=0.05)
    service.gateway.fault("error", "*", after=True, probability=0.05)
    service.gateway.fault("refuse", "*", code=409, probability=0.05)
    said: list[Taken] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(_PAUSE_SECONDS):
            said.extend(
                service.webhook.hand_over_until_taken(service.new_texts(_BATCH), seconds=60)
            )

    asking = threading.Thread(target=ask)
    asking.start()
    kills, ends = 0, time.monotonic() + _KILLING_SECONDS
    while time.monotonic() < ends:
        role = chance.choice(list(ROLES))
        service.kill(role)
        service.launch(role)
        kills += 1
        over.wait(chance.uniform(1, 4))
    over.set()
    asking.join()
    service.gateway.clear_faults()
    broken = service.audit(said, since, seconds=_LONGEST_BACKOFF_SECONDS)
    figure(f"{len(said)} texts over {kills} kills and a bad gateway, {service.engine.dialect.name}")

    assert broken == {}


def test_an_empty_account_is_tried_again_by_itself(on_sqlite: Service) -> None:
    since = on_sqlite.last_sms()
    on_sqlite.gateway.set_credit(0)
    try:
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(30))
        on_sqlite.wait_until(lambda: on_sqlite.gateway.counters().get("refused 418", 0) > 0)
        assert on_sqlite.sms_since(since) == []
    finally:
        on_sqlite.gateway.set_credit(10**9)

    assert on_sqlite.audit(said, since, seconds=_LONGEST_REST_SECONDS * 3) == {}
