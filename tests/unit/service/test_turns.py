"""A worker's turn: what it hands over itself, and what it rings for."""

from datetime import UTC, datetime, timedelta

import pytest

from sms_service.domain.limits import Limits
from sms_service.language.context import Context
from sms_service.service.answering import Answering
from sms_service.service.delivering import Delivering
from sms_service.service.lanes import Lanes
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Departing, Waiting
from sms_service.service.ports import Accepted, Blame, NotSent, Outcome
from sms_service.service.turns import answer_and_deliver
from tests.support.desk import FakeSource, desk
from tests.support.fakes import (
    FakeBillAnswers,
    FakeDepartingTexts,
    FakeDoorbell,
    FakeGateway,
    FakeLaneBook,
    FakeReceipts,
    FakeWaitingTexts,
)


class NoContexts:
    """Phones nobody knows anything of."""

    def recall(self, _hashes: object) -> dict[bytes, Context]:
        return {}


class Worker:
    """Both lanes in memory; each text's answer lies queued already."""

    def __init__(self, texts: int, *script: Outcome, batch: int = 50) -> None:
        self.doorbell = FakeDoorbell()
        self.outbound = FakeDepartingTexts([_departing(number) for number in range(texts)])
        self.gateway = FakeGateway(*script, size=100)
        self.receipts = FakeReceipts(parked=1)
        self.answering = Answering(
            FakeWaitingTexts(*map(_waiting, range(texts))),
            NoContexts(),
            LimitedDesk(desk(FakeSource()), Limits(), FakeBillAnswers()),
            self.doorbell,
            timedelta(hours=24),
            batch,
        )
        ways = {self.gateway.name: self.gateway}
        lanes = Lanes(FakeLaneBook(), list(ways), lambda: 0.0)
        self.delivering = Delivering(
            self.outbound, self.receipts, ways, lanes, self.doorbell, clock=lambda: 0.0
        )

    def take_a_turn(self) -> None:
        answer_and_deliver(self.answering, self.delivering)


def _waiting(number: int) -> Waiting:
    now, phone = datetime.now(UTC), b"h%d" % number
    return Waiting(number, f"code{number}", "sms", "+989121234567", phone, "راهنما", now, 1, now)


def _departing(number: int) -> Departing:
    phone, code = "+989121234567", f"code{number}"
    return Departing(number, 1000 + number, code, phone, "متن", 1, 0, 1, 3600)


def test_a_text_alone_goes_all_the_way_without_a_ring() -> None:
    worker = Worker(1, Accepted("77", 1, 116))
    worker.take_a_turn()
    assert [verdict.state for verdict in worker.outbound.verdicts] == ["accepted"]
    assert worker.receipts.parked == 0
    assert not worker.doorbell.rung


def test_many_answers_are_rung_for_so_that_others_help() -> None:
    worker = Worker(20)
    worker.take_a_turn()
    assert not worker.outbound.verdicts
    assert worker.doorbell.rung == ["deliver"]


def test_a_full_batch_rings_for_the_rest_and_for_its_answers() -> None:
    worker = Worker(4, batch=2)
    worker.take_a_turn()
    assert not worker.outbound.verdicts
    assert set(worker.doorbell.rung) == {"lookup", "deliver"}


def test_nothing_to_do_is_nothing_to_ring_for() -> None:
    worker = Worker(0)
    worker.take_a_turn()
    assert not worker.doorbell.rung


def test_an_answer_that_was_not_sent_leaves_nothing_to_join() -> None:
    worker = Worker(1, NotSent(Blame.ROW, "kavenegar_411"))
    worker.take_a_turn()
    assert worker.receipts.parked == 1
    assert not worker.doorbell.rung


def test_a_gateway_that_raises_leaves_the_answers_to_the_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(1)

    def fail(_batch: object) -> None:
        raise RuntimeError("no gateway")

    monkeypatch.setattr(worker.gateway, "send_many", fail)
    with pytest.raises(RuntimeError, match="no gateway"):
        worker.take_a_turn()
    assert len(worker.answering.inbound.answers) == 1  # type: ignore[attr-defined]
