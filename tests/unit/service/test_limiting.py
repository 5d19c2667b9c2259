"""The limited desk: what a phone hears when a limit is reached, and what is still obeyed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sms_service.domain.bill_id import check_digit
from sms_service.domain.limits import Limits
from sms_service.domain.usage import Limit
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Problem
from sms_service.service.limiting import LimitedDesk
from sms_service.service.questions import Finding, IfDown, Question
from tests.support.desk import FakeSource, desk
from tests.support.fakes import FakeBillAnswers
from tests.support.ledger import BILL

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def unknown_ids(count: int) -> list[str]:
    """Right in every digit, and in nobody's files."""
    heads = [f"{number:08}0442" for number in range(1, count + 1)]
    return [f"{head}{check_digit(head)}" for head in heads]


@dataclass(slots=True)
class Phone:
    """A phone that texts the limited desk, one text after another."""

    counts: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    source: FakeSource = field(default_factory=FakeSource)
    context: Context = field(default_factory=Context)

    def asks(self, text: str, after: float = 0, **more: Any) -> Finding:
        bills = FakeBillAnswers()
        bills.counts = dict(self.counts)
        limited = LimitedDesk(desk(self.source), self.limits, bills)
        asked_at = NOON + timedelta(seconds=after)
        question = Question(text, b"phone", self.context, asked_at=asked_at, **more)
        finding = limited.batch().answer([question])[0]
        self.context = finding.context
        return finding


@dataclass(slots=True)
class Late:
    """A phone that asks for its bill while the source is down, and may have one answer."""

    if_down: IfDown
    phone: Phone = field(
        default_factory=lambda: Phone(
            limits=Limits(phone_daily_answers=1), source=FakeSource(down=True)
        )
    )

    def asks(self, *, promised: bool = False) -> str | None:
        return rung(self.phone.asks(BILL, if_down=self.if_down, promised=promised))

    def source_is_back(self) -> None:
        self.phone.source = FakeSource()


def rung(finding: Finding) -> str | None:
    return finding.reply.rung if finding.reply else None


def used_up(**more: int) -> Phone:
    """A phone whose only answer of the day has been given."""
    phone = Phone(limits=Limits(phone_daily_answers=1, **more))
    phone.asks("راهنما")
    return phone


def test_a_reached_limit_is_told_once_and_then_there_is_silence() -> None:
    phone = used_up()
    heard = [phone.asks(BILL) for _ in range(3)]
    assert [rung(finding) for finding in heard] == ["limited", None, None]
    assert {finding.reading.problem for finding in heard} == {Problem.LIMITED}
    assert {finding.limit for finding in heard} == {Limit.PHONE_ANSWERS}


def test_silence_changes_nothing_that_is_known_of_the_phone() -> None:
    phone = used_up()
    phone.asks(BILL)
    before = phone.context
    phone.asks(BILL, after=60)
    assert phone.context == before


def test_nothing_is_looked_up_for_a_phone_that_gets_nothing() -> None:
    phone = used_up()
    phone.asks(BILL)
    assert phone.source.asked == []


def test_a_question_that_was_stopped_is_not_what_the_phone_goes_on_from() -> None:
    phone = Phone(counts={BILL: 30})
    assert rung(phone.asks(BILL)) == "limited_bill"
    assert phone.context.last_bill_id is None


def test_a_lock_tells_the_hour_at_which_it_ends() -> None:
    phone = Phone()
    misses = [phone.asks(bill_id) for bill_id in unknown_ids(5)]
    assert {finding.reading.problem for finding in misses} == {Problem.UNKNOWN_BILL}
    told = phone.asks(BILL, after=90)
    assert told.reply is not None
    assert told.reply.text == "چند شناسه که فرستادید پیدا نشد\nاز ساعت ۱۳:۰۰ دوباره بفرستید"
    assert phone.asks(BILL, after=3599).reply is None
    assert phone.asks(BILL, after=3600).reading.problem is None


def test_a_phone_that_wants_latin_letters_is_told_in_them() -> None:
    phone = used_up()
    phone.context = Context(latin=True, usage=phone.context.usage)
    told = phone.asks(BILL)
    assert told.reply is not None
    assert told.reply.text.isascii()


@pytest.mark.parametrize(("text", "is_out"), [("لغو", True), ("شروع", False)])
def test_stop_and_start_are_obeyed_in_silence_though_a_limit_is_reached(
    text: str, is_out: bool
) -> None:
    phone = used_up()
    finding = phone.asks(text)
    assert (finding.reply, finding.context.opted_out) == (None, is_out)
    assert finding.reading.intent in (Intent.STOP, Intent.START)
    assert rung(phone.asks(BILL)) == "limited"


def test_a_loop_is_never_told() -> None:
    phone = Phone()
    heard = [phone.asks("من در جلسه هستم") for _ in range(8)]
    assert [rung(finding) for finding in heard] == ["no_bill_id"] * 5 + [None] * 3
    assert {finding.limit for finding in heard[5:]} == {Limit.EQUAL_ANSWERS}


def test_a_bill_is_counted_within_a_batch_too() -> None:
    counts = FakeBillAnswers()
    counts.counts = {BILL: 28}
    batch = LimitedDesk(desk(FakeSource()), Limits(), counts).batch()
    questions = [Question(BILL, b"%d" % n, asked_at=NOON) for n in range(3)]
    heard = [*batch.answer(questions[:2]), *batch.answer(questions[2:])]
    assert [rung(finding) for finding in heard] == ["summary", "summary", "limited_bill"]
    assert counts.asked == [[BILL]]


def test_an_unknown_bill_is_not_counted_for_anybody() -> None:
    phone = Phone(counts=dict.fromkeys(unknown_ids(1), 30))
    assert phone.asks(unknown_ids(1)[0]).reading.problem is Problem.UNKNOWN_BILL


def test_each_unknown_id_of_one_text_is_a_miss() -> None:
    phone = Phone()
    three = " ".join(unknown_ids(3))
    assert phone.asks(three).misses == 3
    assert rung(phone.asks(" ".join(unknown_ids(6)[3:]))) == "locked"


@pytest.mark.parametrize(
    ("text", "misses"),
    [
        ("1234567804424", 1),
        ("1234567804419", 1),
        ("1234567807223", 1),
        ("0012345604420", 1),
        (f"{BILL} 0012345604420", 1),
        (BILL, 0),
        ("12345678044", 0),
        ("سلام", 0),
        (f"{BILL} 1407", 0),
    ],
)
def test_what_counts_as_a_miss(text: str, misses: int) -> None:
    assert Phone().asks(text).misses == misses


def test_an_apology_counts_and_ends_in_silence_too() -> None:
    phone = Late(IfDown.APOLOGISE)
    assert [phone.asks(), phone.asks(), phone.asks()] == ["apology", "limited", None]


def test_a_promise_counts_like_an_answer() -> None:
    phone = Late(IfDown.PROMISE)
    assert [phone.asks(), phone.asks(), phone.asks()] == ["source_down", "limited", None]


def test_what_was_promised_is_kept_though_a_limit_was_reached_since() -> None:
    phone = Late(IfDown.PROMISE)
    phone.asks()
    phone.source_is_back()
    assert [phone.asks(promised=True), phone.asks()] == ["summary", "limited"]


def test_silence_while_the_source_is_down_costs_the_phone_nothing() -> None:
    phone = Late(IfDown.WAIT)
    assert [phone.asks(), phone.asks()] == [None, None]
    phone.source_is_back()
    assert phone.asks() == "summary"


def test_two_machines_that_answer_each_other_stop() -> None:
    phone, words, rounds = Phone(), "پیام شما رسید", 0
    while (finding := phone.asks(words, after=rounds)).reply is not None:
        rounds += 1
        words = f"پاسخ خودکار: {finding.reply.text}" if rounds % 2 else "پیام شما رسید"
        assert rounds <= 21
    assert finding.limit is not None
