"""A new version comes while texts do: the proxy in front sees no failure."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode, urlsplit

import psutil
import pytest

from sms_service.database import writing
from tests.support.service import Service
from tests.support.texting import Taken, Text

pytestmark = pytest.mark.fault("F25")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CONNECT_TRIES = 100
_THREADS = 8
_ROUNDS = 4
_UNDER_WAY_SECONDS = 0.2


def test_a_web_process_told_to_end_answers_what_it_has_taken(on_sqlite: Service) -> None:
    service = on_sqlite
    since, web, texts = service.last_sms(), service.process("web"), service.new_texts(4)
    said: list[Taken] = []
    driver = threading.Thread(target=lambda: said.extend(service.webhook.hand_over(texts)))
    with writing(service.engine):
        driver.start()
        time.sleep(_UNDER_WAY_SECONDS)
        web.terminate()
        time.sleep(_UNDER_WAY_SECONDS)
    driver.join()
    ended = web.wait(20)
    service.launch("web")
    service.wait_for_web()

    assert [one.status for one in said] == [200] * 4
    assert ended == 0
    assert service.audit(said, since) == {}


@pytest.mark.long
def test_web_children_ended_one_by_one_under_load_fail_no_request(
    quick: Service, figure: Callable[[str], None]
) -> None:
    since = quick.last_sms()
    with quick.broken("web", "env:WEB_CONCURRENCY=2") as web:
        quick.wait_for_web()
        with _texting(quick) as said:
            for _ in range(_ROUNDS):
                _end_each_child(quick, web.pid)
        figure(f"{_ROUNDS * 2} web processes ended under {len(said)} requests")
        statuses = {one.status for one in said}

    assert statuses == {200}
    assert quick.audit(said, since) == {}


@pytest.mark.long
def test_workers_replaced_under_load_finish_what_they_hold(quick: Service) -> None:
    since = quick.last_sms()
    quick.gateway.fault("slow", ms=50)
    with _texting(quick) as said:
        for _ in range(_ROUNDS):
            old = quick.process("worker")
            quick.launch("worker")
            old.terminate()
            assert old.wait(60) == 0

    # SQLite has one writer at a time: a text may be sent away, and comes again.
    owed = {200, 503} if quick.engine.dialect.name == "sqlite" else {200}
    assert {one.status for one in said} <= owed
    assert quick.audit(said, since) == {}


@contextmanager
def _texting(service: Service) -> Iterator[list[Taken]]:
    """Texts without end, each over a connection of its own, as a proxy without keep-alive."""
    said: list[Taken] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            said.extend(_post(service, text) for text in service.new_texts(1))

    threads = [threading.Thread(target=ask) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield said
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _post(service: Service, text: Text) -> Taken:
    """What a proxy does: a connection that can't be made is tried again, a request isn't."""
    started = time.monotonic()
    connection = _connect(urlsplit(service.url).netloc)
    try:
        connection.request("POST", service.received_path, urlencode(text.fields), _FORM)
        status: int | None = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = None
    finally:
        connection.close()
    return Taken(text, status, (time.monotonic() - started) * 1000)


def _connect(address: str) -> http.client.HTTPConnection:
    for _ in range(_CONNECT_TRIES):
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.02)
        else:
            return connection
    raise TimeoutError("nobody listens")


def _end_each_child(service: Service, leader: int) -> None:
    """Tell the children to end one after another, each replaced before the next."""
    for child in _children(leader):
        os.kill(child, signal.SIGTERM)
        service.wait_until(partial(_is_replaced, leader, child))
        time.sleep(0.5)


def _is_replaced(leader: int, child: int) -> bool:
    now = _children(leader)
    return child not in now and len(now) == 2


def _children(leader: int) -> set[int]:
    return {child.pid for child in psutil.Process(leader).children()}
