"""The web process at its end: what it has begun to store, it stores, and says so."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests
from sqlalchemy import Engine, func, select, text

from sms_service.database import reading, writing
from sms_service.ledger.tables import inbound
from sms_service.simulator.household import free_port
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.environment import process_environment, service_environment
from tests.support.texting import Webhook, new_text

_TEXTS = 12
_HELD_SECONDS = 0.5


@pytest.mark.parametrize("processes", ["1", "2"])
def test_texts_in_hand_are_stored_and_answered_when_the_process_is_told_to_end(
    postgresql_engine: Engine, postgresql_url: str, processes: str
) -> None:
    port = free_port()
    web = _serve(postgresql_url, port, processes)
    try:
        answers: list[int | None] = []
        with writing(postgresql_engine) as holder:
            holder.execute(text("LOCK TABLE inbound_keys IN ACCESS EXCLUSIVE MODE"))
            threads = [
                threading.Thread(target=_post, args=(port, i, answers)) for i in range(_TEXTS)
            ]
            for thread in threads:
                thread.start()
            time.sleep(_HELD_SECONDS / 2)
            web.send_signal(signal.SIGTERM)
            time.sleep(_HELD_SECONDS / 2)
        for thread in threads:
            thread.join()
        assert web.wait(15) == 0
    finally:
        web.kill()
    assert answers == [200] * _TEXTS
    with reading(postgresql_engine) as connection:
        assert connection.scalar(select(func.count()).select_from(inbound)) == _TEXTS


def _serve(database_url: str, port: int, processes: str) -> "subprocess.Popen[bytes]":
    given = service_environment(
        DATABASE_URL=database_url,
        REDIS_URL="redis://127.0.0.1:9",
        PORT=str(port),
        WEB_CONCURRENCY=processes,
    )
    web = subprocess.Popen(
        [sys.executable, "-m", "sms_service", "serve"],
        env=process_environment(given),
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/livez", timeout=1)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return web
    raise TimeoutError(f"the web process of {os.getpid()} doesn't answer")


def _post(port: int, number: int, answers: list[int | None]) -> None:
    path = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}"
    webhook = Webhook(f"http://127.0.0.1:{port}", f"{path}/received", f"{path}/status")
    said = webhook.hand_over([new_text(f"بدهی {number}", "")], connections=1)
    answers.append(said[0].status)
