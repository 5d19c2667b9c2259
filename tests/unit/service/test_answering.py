"""Answering what waits: batches, trouble with one text, trouble with the source."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from sms_service.domain.limits import Limits
from sms_service.domain.records import History
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Problem, Reading
from sms_service.service.answering import Answering
from sms_service.service.desk import Desk
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Waiting
from sms_service.service.ports import SourceDown
from tests.support.desk import FakeSource, desk
from tests.support.fakes import FakeBillAnswers, FakeDoorbell, FakeWaitingTexts
from tests.support.ledger import BILL


def waiting(number: int, text: str = BILL, *, age: timedelta = timedelta(0)) -> Waiting:
    # No worker's clock: the database's alone decides.
    now = datetime(2020, 1, 1, tzinfo=UTC)
    phone, received = "+989121234567", now - age
    return Waiting(number, f"code{number}", "sms", phone, b"h%d" % number, text, received, 1, now)


class HalfAway(FakeSource):
    """Tells of one bill and can't tell of any other."""

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        had = super().histories([one for one in bill_ids if one == BILL])
        raise SourceDown("half away", unanswered={*bill_ids} - {BILL}, had=had)


class NoContexts:
    """Phones nobody knows anything of."""

    def recall(self, _hashes: object) -> dict[bytes, Context]:
        return {}


class Lane:
    """The lookup lane with a real desk and a ledger in memory."""

    def __init__(self, *rows: Waiting, source: FakeSource | None = None, batch: int = 10) -> None:
        self.inbound = FakeWaitingTexts(*rows)
        self.doorbell = FakeDoorbell()
        self.answering = Answering(
            self.inbound,
            NoContexts(),
            LimitedDesk(desk(source or FakeSource()), Limits(), FakeBillAnswers()),
            self.doorbell,
            timedelta(hours=24),
            batch,
        )

    def texts(self) -> list[str]:
        return [answer.reply.text for answer in self.inbound.answers if answer.reply]


def test_an_answer_is_valid_from_the_databases_now_on() -> None:
    lane = Lane(waiting(1))
    lane.answering.run()
    assert [answer.valid_until for answer in lane.inbound.answers] == [
        datetime(2020, 1, 2, tzinfo=UTC)
    ]


def test_each_text_of_a_batch_gets_its_own_answer_and_delivery_is_rung_for_once() -> None:
    lane = Lane(waiting(1), waiting(2, "راهنما"))
    assert lane.answering.run() == 2
    assert [answer.waiting.id for answer in lane.inbound.answers] == [1, 2]
    assert lane.doorbell.rung == ["deliver"]


def test_a_full_batch_rings_for_the_rest() -> None:
    lane = Lane(waiting(1), waiting(2), batch=2)
    lane.answering.run()
    assert set(lane.doorbell.rung) == {"deliver", "lookup"}


def test_an_idle_lane_rings_nobody() -> None:
    lane = Lane()
    assert lane.answering.run() == 0
    assert not lane.doorbell.rung


def test_suspects_are_all_answered_after_the_batch_that_had_room() -> None:
    lane = Lane(waiting(1))
    lane.inbound.suspects = [waiting(number) for number in range(2, 40)]
    assert lane.answering.run() == 39
    assert not lane.inbound.suspects


def test_a_full_batch_leaves_suspects_to_a_later_turn() -> None:
    lane = Lane(waiting(1), waiting(2), batch=2)
    lane.inbound.suspects = [waiting(3)]
    assert lane.answering.run() == 2
    assert "lookup" in lane.doorbell.rung


def test_a_turn_of_suspects_ends_in_time_and_rings_for_the_rest() -> None:
    lane = Lane()
    lane.inbound.suspects = [waiting(number) for number in range(10)]
    seconds = count(0, 0.2)
    hurried = replace(lane.answering, clock=lambda: next(seconds))
    assert hurried.run() == 3
    assert lane.doorbell.rung.count("lookup") == 1


def test_a_year_that_follows_its_bill_in_the_same_batch_is_about_that_bill() -> None:
    first, second = waiting(1), replace(waiting(2, "1405"), phone_hash=b"h1")
    lane = Lane(second, waiting(3, "راهنما"), first)
    assert lane.answering.run() == 3
    by_id = {answer.waiting.id: answer.reading for answer in lane.inbound.answers}
    assert (by_id[2].bill_id, by_id[2].from_year) == (BILL, 1405)


def test_the_bill_is_remembered_only_when_the_answer_was_about_it() -> None:
    lane = Lane(waiting(1), waiting(2, "1234567804424"))
    lane.answering.run()
    assert [answer.after.last_bill_id for answer in lane.inbound.answers] == [BILL, None]


def test_one_text_that_breaks_the_desk_waits_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lane = Lane(waiting(1), waiting(2, "boom 09121234567"), waiting(3))
    real = lane.answering.desk.desk.parse

    def parse(text: str, context: Context, today: date) -> Reading:
        if "boom" in text:
            raise ValueError(text)
        return real(text, context, today)

    broken = Desk(
        lane.answering.desk.desk.source,
        parse,
        lane.answering.desk.desk.composer,
        lane.answering.desk.desk.style,
        lane.answering.desk.desk.today,
    )
    answering = replace(lane.answering, desk=replace(lane.answering.desk, desk=broken))
    assert answering.run() == 2
    assert [answer.waiting.id for answer in lane.inbound.answers] == [1, 3]
    assert {code: delay.is_its_own for code, delay in lane.inbound.put_back_for.items()} == {
        "code2": True
    }
    assert "09121234567" not in caplog.text


def test_while_the_source_is_down_texts_wait_and_none_is_blamed() -> None:
    lane = Lane(waiting(1), waiting(2), source=FakeSource(down=True))
    assert lane.answering.run() == 0
    assert [delay.reason for delay in lane.inbound.put_back_for.values()] == ["source_down"] * 2
    assert not any(delay.is_its_own for delay in lane.inbound.put_back_for.values())


def test_a_text_that_waited_a_whole_day_gets_one_apology_with_its_code() -> None:
    lane = Lane(waiting(1, age=timedelta(hours=25)), waiting(2), source=FakeSource(down=True))
    assert lane.answering.run() == 1
    assert len(lane.texts()) == 1
    assert not lane.inbound.put_back_for.keys() & {"code1"}


def test_a_text_that_waited_some_seconds_is_promised_its_answer_and_goes_on_waiting() -> None:
    lane = Lane(waiting(1, age=timedelta(seconds=7)), source=FakeSource(down=True))
    lane.answering.run()
    assert lane.texts()[0].startswith("سوابق اکنون در دسترس نیست")
    assert lane.inbound.answers[0].again_in == pytest.approx(1.75)
    assert lane.doorbell.rung == ["deliver"]


def test_one_bill_that_no_source_can_tell_holds_up_no_other() -> None:
    lane = Lane(waiting(1), waiting(2, "0012345604420"), source=HalfAway())
    assert lane.answering.run() == 1
    assert [answer.waiting.id for answer in lane.inbound.answers] == [1]
    assert lane.inbound.put_back_for.keys() == {"code2"}


def test_help_is_answered_though_the_source_is_down() -> None:
    lane = Lane(waiting(1, "راهنما"), source=FakeSource(down=True))
    assert lane.answering.run() == 1
    assert lane.inbound.answers[0].reading.intent is Intent.HELP


def test_an_unknown_bill_is_told_so_and_not_remembered() -> None:
    lane = Lane(waiting(1, "0012345604420"))
    lane.answering.run()
    assert lane.inbound.answers[0].reading.problem is Problem.UNKNOWN_BILL
    assert lane.inbound.answers[0].after.last_bill_id is None
