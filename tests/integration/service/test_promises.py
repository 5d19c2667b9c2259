"""What a phone hears while no billing source answers, and after: on real databases."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.limits import Limits
from sms_service.ledger.bill_answers import BillAnswerCounts
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import events, inbound, outbound, phones
from sms_service.service.answering import Answering
from sms_service.service.limiting import LimitedDesk
from tests.support.desk import HISTORY, FakeSource, desk
from tests.support.fakes import FakeDoorbell
from tests.support.ledger import (
    BILL,
    VAULT,
    arrival,
    context_ledger,
    inbound_ledger,
)

SECOND, DAY = 1.0, 24 * 3600.0
AWAY = FakeSource(down=True)
BACK = FakeSource(HISTORY)


class Worker:
    """A worker of the lookup lane, for texts whose age the test decides."""

    def __init__(self, engine: Engine, limits: Limits | None = None) -> None:
        self.engine = engine
        self.limits = limits or Limits()
        Recorder(engine, VAULT).record([arrival("1", BILL)])

    def turns(self, source: FakeSource, *, aged: float = 0) -> None:
        """One turn, when the text came so many seconds ago and is due again."""
        with writing(self.engine) as connection:
            times = {"received_at": db_now(-aged), "due_at": db_now(-0.01)}
            connection.execute(update(inbound).values(times))
        Answering(
            inbound_ledger(self.engine),
            context_ledger(self.engine),
            LimitedDesk(desk(source), self.limits, BillAnswerCounts(self.engine)),
            FakeDoorbell(),
            timedelta(days=1),
        ).run()

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What was queued for the phone: the sentence or rung, and where it stands."""
        wanted = select(outbound.c.rung, outbound.c.state).order_by(outbound.c.id)
        return [(rung, state) for rung, state in self._all(wanted)]

    def state(self) -> tuple[str | None, ...]:
        (row,) = self._all(select(inbound.c.state, inbound.c.problem))
        return row

    @property
    def happened(self) -> list[str]:
        return [what for (what,) in self._all(select(events.c.what).order_by(events.c.id))]

    def leave(self) -> None:
        """Everything that is queued goes to the gateway."""
        with writing(self.engine) as connection:
            connection.execute(update(outbound).values(state="accepted", attempts=1))

    def _all(self, wanted: object) -> Sequence[tuple[Any, ...]]:
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(wanted)]  # type: ignore[call-overload]  # any


@pytest.fixture
def worker(engine: Engine) -> Worker:
    return Worker(engine)


def test_for_some_seconds_nothing_is_told(worker: Worker) -> None:
    worker.turns(AWAY, aged=3 * SECOND)
    assert worker.texts == []
    assert worker.state() == ("received", None)


def test_then_the_answer_is_promised_once_and_comes_once(worker: Worker) -> None:
    worker.turns(AWAY, aged=7 * SECOND)
    assert worker.state() == ("received", "source_down")
    worker.turns(AWAY, aged=60 * SECOND)
    worker.leave()
    assert worker.texts == [("source_down", "accepted")]
    worker.turns(BACK, aged=3600 * SECOND)
    worker.turns(BACK, aged=3700 * SECOND)
    assert worker.texts == [("source_down", "accepted"), ("summary", "queued")]
    assert worker.state() == ("answered", None)
    assert worker.happened.count("promised") == 1


def test_a_promise_that_has_not_left_gives_way_to_its_answer(worker: Worker) -> None:
    worker.turns(AWAY, aged=7 * SECOND)
    worker.turns(BACK, aged=9 * SECOND)
    assert worker.texts == [("source_down", "superseded"), ("summary", "queued")]


def test_a_source_that_comes_back_in_time_saves_the_promise(worker: Worker) -> None:
    worker.turns(AWAY, aged=2 * SECOND)
    worker.turns(BACK, aged=4 * SECOND)
    assert worker.texts == [("summary", "queued")]


def test_after_a_day_one_apology_ends_it(worker: Worker) -> None:
    worker.turns(AWAY, aged=7 * SECOND)
    worker.leave()
    worker.turns(AWAY, aged=DAY + SECOND)
    worker.turns(AWAY, aged=DAY + 60 * SECOND)
    assert worker.texts == [("source_down", "accepted"), ("apology", "queued")]
    assert worker.state() == ("answered", "source_down")


def test_waiting_for_the_source_never_brings_a_text_nearer_to_being_given_up(
    worker: Worker,
) -> None:
    for minute in range(1, 12):
        worker.turns(AWAY, aged=60 * minute * SECOND)
    worker.turns(BACK, aged=3600 * SECOND)
    assert worker.state() == ("answered", None)


def test_a_promise_is_kept_though_its_phone_has_had_all_of_the_day(engine: Engine) -> None:
    worker = Worker(engine, Limits(phone_daily_answers=1))
    worker.turns(AWAY, aged=7 * SECOND)
    worker.leave()
    worker.turns(BACK, aged=60 * SECOND)
    assert worker.texts[-1] == ("summary", "queued")


def test_a_promise_to_a_phone_that_another_worker_answered_meanwhile_waits(
    worker: Worker, engine: Engine
) -> None:
    worker.turns(AWAY, aged=7 * SECOND)
    worker.leave()
    Recorder(engine, VAULT).record([arrival("2", "بدهی " + BILL)])
    ledger, contexts = inbound_ledger(engine), context_ledger(engine)
    due = update(inbound).where(inbound.c.promised_at.is_(None))
    with writing(engine) as connection:
        connection.execute(update(inbound).values(due_at=db_now(60)))
        connection.execute(due.values(received_at=db_now(-7), due_at=db_now(-0.01)))

    class Overtaken:
        """Recalls a phone just before another worker writes of it."""

        def recall(self, hashes: Sequence[bytes]) -> object:
            known = contexts.recall(hashes)
            with writing(engine) as connection:
                connection.execute(update(phones).values(version=phones.c.version + 1))
            return known

    limited = LimitedDesk(desk(AWAY), Limits(), BillAnswerCounts(engine))
    overtaken = Answering(ledger, Overtaken(), limited, FakeDoorbell(), timedelta(days=1))  # type: ignore[arg-type]  # a mapping
    overtaken.run()
    assert worker.texts == [("source_down", "accepted")]
    with reading(engine) as connection:
        promised = connection.execute(select(inbound.c.promised_at).order_by(inbound.c.id))
        assert [moment is None for (moment,) in promised] == [False, True]
