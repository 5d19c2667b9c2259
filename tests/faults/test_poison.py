"""A text that kills whoever reads it meets its end alone, and soon."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from sqlalchemy import Select, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import InboundState
from sms_service.ledger.tables import inbound, inbound_keys
from sms_service.simulator.household import ROLES
from tests.support.service import Service
from tests.support.shaky import Shaky
from tests.support.texting import Text

pytestmark = pytest.mark.fault("F22")

_WORD = "poisoned"
_MOST_ATTEMPTS = 6
_ADDRESS_SPACE = 3 * 2**30


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_text_that_kills_its_worker_is_given_up_and_holds_up_no_other(
    shaky: Shaky, figure: Callable[[str], None]
) -> None:
    since = shaky.last_sms()
    poisoned = [shaky.new_text(f"{_WORD} {number}") for number in range(2)]
    with shaky.broken("worker", f"poison:{_WORD}"):
        shaky.webhook.hand_over(poisoned)
        started = time.monotonic()
        said = shaky.webhook.hand_over(shaky.new_texts(100))
        broken = shaky.audit(said, since)
        figure(f"100 texts beside two that kill workers: {time.monotonic() - started:.0f} s")
        shaky.wait_until(lambda: _states(shaky, poisoned) == [InboundState.FAILED] * 2, 120)
        assert set(shaky.running()) == set(ROLES)

    assert broken == {}
    assert max(_attempts(shaky, poisoned)) <= _MOST_ATTEMPTS
    assert [
        sms.receptor for sms in shaky.sms_since(since) if sms.receptor in _phones(poisoned)
    ] == []


@pytest.mark.long
def test_a_text_that_asks_for_too_much_memory_waits_alone(shaky: Shaky) -> None:
    since = shaky.last_sms()
    hungry = [shaky.new_text(f"{_WORD} 1")]
    with shaky.broken("worker", f"balloon:{_WORD}") as worker:
        _wait_for_children(shaky, worker.pid)
        with _little_memory(worker.pid):
            shaky.webhook.hand_over(hungry)
            shaky.wait_until(lambda: max(_attempts(shaky, hungry)) >= 1)
            said = shaky.webhook.hand_over(shaky.new_texts(50))
            broken = shaky.audit(said, since)
            assert worker.poll() is None
            for _ in range(_MOST_ATTEMPTS):
                shaky.wait_until(lambda: InboundState.ANSWERING not in _states(shaky, hungry))
                _let_its_time_come(shaky, hungry)
                time.sleep(1)
            shaky.wait_until(lambda: _states(shaky, hungry) == [InboundState.FAILED])

    assert broken == {}
    assert max(_attempts(shaky, hungry)) <= _MOST_ATTEMPTS


@contextmanager
def _little_memory(leader: int) -> Iterator[None]:
    """What ``prlimit --as`` does to a worker and its children."""
    for one in _family(leader):
        one.rlimit(psutil.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    yield


def _wait_for_children(service: Service, leader: int) -> None:
    service.wait_until(lambda: len(_family(leader)) > 2)


def _family(leader: int) -> Sequence[psutil.Process]:
    process = psutil.Process(leader)
    return [process, *process.children(recursive=True)]


def _rows(texts: Sequence[Text]) -> Select[tuple[int]]:
    ids = [text.messageid for text in texts]
    return select(inbound_keys.c.inbound_id).where(inbound_keys.c.remote_id.in_(ids))


def _states(service: Service, texts: Sequence[Text]) -> list[str]:
    return _column(service, texts, "state")


def _attempts(service: Service, texts: Sequence[Text]) -> list[int]:
    return _column(service, texts, "attempts")


def _column(service: Service, texts: Sequence[Text], name: str) -> list[Any]:
    with reading(service.engine) as connection:
        wanted = select(inbound.c[name]).where(inbound.c.id.in_(_rows(texts)))
        return list(connection.execute(wanted).scalars())


def _let_its_time_come(service: Service, texts: Sequence[Text]) -> None:
    """As if its back-off were over."""
    waits = inbound.c.id.in_(_rows(texts)) & (inbound.c.state == InboundState.RECEIVED)
    with writing(service.engine) as connection:
        connection.execute(update(inbound).where(waits).values(due_at=db_now()))


def _phones(texts: Sequence[Text]) -> set[str]:
    return {text.phone for text in texts}
