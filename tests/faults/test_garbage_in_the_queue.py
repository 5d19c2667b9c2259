"""Whoever can write to Redis can write anything; none of it is run, none of it ends a worker."""

import json
import os
import pickle  # nosec B403  # to see that nobody else opens one
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest

from sms_service.queueing import KEY_PREFIX, LANES
from tests.support.service import Service

pytestmark = pytest.mark.fault("F13")

_QUEUE = KEY_PREFIX + LANES["lookup"].queue
_JSON, _PICKLE = "application/json", "application/x-python-serialize"
_NO_ARGUMENTS = json.dumps([[], {}, {}]).encode()


def _message(body: bytes, kind: str = _JSON, task: str = LANES["lookup"].task) -> bytes:
    """A message as Celery would send it, but for what is wrong with it."""
    headers = {"lang": "py", "task": task, "id": "x", "root_id": "x", "retries": 0}
    delivery = {"exchange": "", "routing_key": LANES["lookup"].queue}
    properties = {
        "correlation_id": "x",
        "delivery_info": delivery,
        "delivery_tag": "x",
        "body_encoding": "base64",
    }
    return json.dumps(
        {
            "body": b64encode(body).decode(),
            "content-encoding": "utf-8" if kind == _JSON else "binary",
            "content-type": kind,
            "headers": headers,
            "properties": properties,
        }
    ).encode()


_GARBAGE: Mapping[str, bytes] = {
    "no JSON": b"%%%",
    "no text": b"\xff\xfe\x00",
    "no object": b"[1, 2]",
    "null": b"null",
    "no envelope": b"{}",
    "five megabytes": b"%" * 5_000_000,
    "an unknown task": _message(_NO_ARGUMENTS, task="os.system"),
    "a body that isn't JSON": _message(b"%%%"),
    "a body that is a number": _message(b"5"),
    "arguments nobody takes": _message(json.dumps([[1], {"a": 1}, {}]).encode()),
}


class _WritesAFile:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self._path), os.O_CREAT)


@pytest.mark.parametrize("garbage", _GARBAGE.values(), ids=_GARBAGE)
def test_garbage_leaves_the_queue_and_the_worker_goes_on(
    on_sqlite: Service, garbage: bytes
) -> None:
    _outlives(on_sqlite, garbage)


@pytest.mark.long
def test_fifty_megabytes_leave_the_queue_too(on_sqlite: Service) -> None:
    _outlives(on_sqlite, b"%" * 50_000_000)


def test_a_pickle_is_not_opened(on_sqlite: Service, tmp_path: Path) -> None:
    trace = tmp_path / "opened"
    task = pickle.dumps([[_WritesAFile(trace)], {}, {}])

    _outlives(on_sqlite, _message(task, _PICKLE))

    assert not trace.exists()
    pickle.loads(task)  # noqa: S301  # nosec B301  # made a few lines above
    assert trace.exists(), "the test's pickle does nothing: it would prove nothing"


def _outlives(service: Service, garbage: bytes) -> None:
    worker, since = service.process("worker").pid, service.last_sms()
    with service.redis() as client:
        client.lpush(_QUEUE, garbage)
        service.wait_until(lambda: client.llen(_QUEUE) == 0)
    service.wait_until(service.listens)

    said = service.webhook.hand_over(service.new_texts(5))

    assert service.audit(said, since) == {}
    assert service.running().count("worker") == 1
    assert service.process("worker").pid == worker
