"""Answers written anew: what is told again, what instead, and what never."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sms_service.domain.money import Rial
from sms_service.domain.records import Branch, Payment
from sms_service.domain.states import InboundState, OutboundState
from sms_service.language.context import Context
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Intent, Note, Problem, Reading, Reply
from sms_service.service.desk import Desk, Question
from sms_service.service.recomposing import Recomposed, Recomposing
from sms_service.service.resend_terms import Attempt, Refusal, Standing
from tests.support.desk import HISTORY, TODAY, FakeSource, desk
from tests.support.ledger import BILL

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OTHER_BILL = "7777777704423"
MINE, OTHERS = b"mine", b"others"


_PAYMENT = Payment(TODAY - timedelta(days=3), Rial(1_000_000), tracking="778899", channel="59")
_BRANCH = HISTORY.branch or Branch()
PAID = replace(HISTORY, payments=(_PAYMENT,), branch=replace(_BRANCH, phone_hash=MINE))


class Known:
    """Phones that something is known of."""

    def __init__(self, contexts: Mapping[bytes, Context]) -> None:
        self._contexts = contexts

    def recall(self, phone_hashes: object) -> Mapping[bytes, Context]:
        return self._contexts


def asked(text: str | None, **values: Any) -> Standing:
    """A request as its first answer left it, by the desk itself."""
    reading = desk(FakeSource()).read(Question(text or ""))
    plain = Standing(
        inbound_id=1,
        code="12345678",
        channel="sms",
        state=InboundState.ANSWERED,
        received_at=NOW - timedelta(hours=2),
        phone="+989121234567",
        phone_hash=MINE,
        text=text,
        intent=reading.intent,
        bill_id=reading.bill_id,
        from_year=reading.from_year,
        problem=reading.problem,
        notes=tuple(reading.notes),
        first_code=None,
        attempts=(),
        lately=0,
        now=NOW,
    )
    return replace(plain, **values)


def recomposing(on: Desk | None = None, **contexts: Context) -> Recomposing:
    known = {name.encode(): context for name, context in contexts.items()}
    return Recomposing(on or desk(FakeSource()), Known(known))


def fresh(one: Standing, to: bytes = MINE, using: Recomposing | None = None) -> Recomposed:
    made = (using or recomposing()).fresh(one, to)
    assert isinstance(made, Recomposed), made
    return made


def text_of(made: Recomposed) -> str:
    assert made.finding.reply is not None
    return made.finding.reply.text


def first_answer(text: str) -> Reply:
    reply = desk(FakeSource()).answer([Question(text, MINE)])[0].reply
    assert reply is not None
    return reply


def attempt(reply: Reply, *, days_ago: int = 0) -> Attempt:
    at = NOW - timedelta(days=days_ago)
    return Attempt(1, None, OutboundState.REFUSED, None, at, None, at, reply)


@pytest.mark.parametrize("text", [BILL, f"سوابق {BILL} 1404", f"بدهی {BILL}", f"پرداخت {BILL}"])
def test_the_same_data_give_the_same_answer(text: str) -> None:
    assert text_of(fresh(asked(text))) == first_answer(text).text


@pytest.mark.parametrize("text", [BILL, f"سوابق {BILL} 1405", f"بدهی {BILL}", f"پرداخت {BILL}"])
def test_so_does_the_record_of_the_reading_alone(text: str) -> None:
    one = asked(text)
    first = attempt(first_answer(text))
    assert text_of(fresh(replace(one, text=None, attempts=[first]))) == first_answer(text).text


def test_where_the_phone_stands_now_changes_nothing() -> None:
    elsewhere = Context(
        last_bill_id=OTHER_BILL,
        cursor=Cursor(Series.HISTORY, 1400, (1403, 2)),
        offered=(OTHER_BILL, BILL),
    )
    made = fresh(asked(f"بدهی {BILL}"), using=recomposing(mine=elsewhere))
    assert made.finding.reading.bill_id == BILL
    assert text_of(made) == first_answer(f"بدهی {BILL}").text


def test_a_year_alone_is_told_of_the_bill_that_it_was_about_then() -> None:
    one = asked(
        "1405",
        intent=Intent.HISTORY,
        bill_id=BILL,
        from_year=1405,
        problem=None,
        notes=(Note.CONTEXT_BILL_ID,),
    )
    made = fresh(one, using=recomposing(mine=Context(last_bill_id=OTHER_BILL)))
    assert (made.finding.reading.bill_id, made.finding.reading.from_year) == (BILL, 1405)
    assert not made.instead


def test_a_number_picked_from_a_list_is_the_bill_that_it_was_then() -> None:
    one = asked("2", intent=Intent.DEBT, bill_id=BILL, problem=None, from_year=None)
    made = fresh(one, using=recomposing(mine=Context(offered=(BILL, OTHER_BILL))))
    assert (made.finding.reading.intent, made.finding.reading.bill_id) == (Intent.DEBT, BILL)


def test_what_went_on_with_an_answer_is_told_as_the_history_instead() -> None:
    one = asked("بعدی", intent=Intent.NEXT, bill_id=BILL, problem=None, from_year=None)
    made = fresh(one)
    assert made.instead
    assert made.finding.reading.intent is Intent.HISTORY


def test_one_bill_of_a_year_is_told_again_by_its_text_and_without_it_as_the_history() -> None:
    one = asked(f"{BILL} 1405/4")
    assert one.intent is Intent.BILL
    assert not fresh(one).instead
    assert fresh(replace(one, text=None)).instead


@pytest.mark.parametrize("intent", [Intent.SAVE, Intent.FORGET])
def test_what_acts_on_the_phone_is_never_done_twice(intent: Intent) -> None:
    one = asked(f"ذخیره خانه {BILL}", intent=intent, bill_id=BILL)
    assert recomposing().fresh(one, MINE) is Refusal.ONLY_OLD_TEXT


def test_a_phone_is_not_asked_for_its_opinion_again() -> None:
    comes_back = Context(last_bill_id=BILL)
    made = fresh(asked(BILL), using=recomposing(mine=comes_back))
    assert made.finding.reply is not None
    assert "opinion" not in made.finding.reply.fillings


def test_a_problem_that_the_data_had_is_gone_with_it() -> None:
    one = asked(BILL, problem=Problem.UNKNOWN_BILL)
    assert fresh(one).finding.reading.problem is None


def test_nothing_is_written_while_the_bills_cannot_be_read() -> None:
    away = recomposing(desk(FakeSource(down=True)))
    assert away.fresh(asked(BILL), MINE) is Refusal.SOURCE_DOWN


def test_neither_text_nor_record_is_no_question() -> None:
    nothing = asked(None, intent=None, bill_id=None)
    assert recomposing().fresh(nothing, MINE) is Refusal.NO_QUESTION


def test_another_phone_is_told_as_one_that_is_not_registered() -> None:
    assert HISTORY.branch is not None
    mine = replace(HISTORY, branch=replace(HISTORY.branch, phone_hash=MINE))
    closed = replace(desk(FakeSource(mine, phones={MINE: [BILL]})), registered_only=True)
    using = recomposing(closed)
    assert fresh(asked(BILL), using=using).finding.reading.problem is None
    to_other = fresh(asked(BILL), OTHERS, using)
    assert to_other.finding.reading.problem is Problem.NOT_ALLOWED
    assert "۱٬۵۳۵" not in text_of(to_other)


def test_what_is_told_to_the_registered_phone_alone_is_not_told_to_another() -> None:
    using = recomposing(desk(FakeSource(PAID)))
    one = asked(f"پرداخت {BILL}")
    assert "۷۷۸۸۹۹" in text_of(fresh(one, using=using))
    assert "۷۷۸۸۹۹" not in text_of(fresh(one, OTHERS, using))


def test_another_phone_that_is_linked_to_the_bill_is_told() -> None:
    linked = replace(desk(FakeSource(phones={OTHERS: [BILL]})), registered_only=True)
    assert fresh(asked(BILL), OTHERS, recomposing(linked)).finding.reading.problem is None


def test_another_phone_does_not_learn_what_the_first_calls_its_bill() -> None:
    named = Context(saved={"ویلای شمال": BILL})
    one = asked("بدهی ویلای شمال", intent=Intent.DEBT, bill_id=BILL, problem=None)
    using = recomposing(mine=named)
    assert fresh(one, using=using).finding.reading.name == "ویلای شمال"
    assert fresh(one, OTHERS, using).finding.reading.name is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [("لیست", Intent.LIST), ("راهنما", Intent.HELP), ("لغو", Intent.STOP), ("بدهی", Intent.DEBT)],
)
def test_what_is_about_the_phone_goes_to_no_other(text: str, intent: Intent) -> None:
    one = asked(text)
    assert one.intent is intent
    assert recomposing().fresh(one, OTHERS) is Refusal.NOT_FOR_ANOTHER


def test_the_letters_are_those_of_whoever_gets_it() -> None:
    made = fresh(asked(BILL), OTHERS, recomposing(others=Context(latin=True)))
    assert text_of(made).isascii()


@pytest.mark.parametrize("days", [0, 1, 40])
def test_old_words_hold_while_the_same_data_give_them_on_their_own_day(days: int) -> None:
    then = replace(desk(FakeSource()), today=lambda: TODAY - timedelta(days=days))
    reply = then.answer([Question(BILL, MINE)])[0].reply
    assert reply is not None
    old = attempt(reply, days_ago=days)
    assert not isinstance(recomposing().unchanged(asked(BILL), old), Refusal)


def test_old_words_hold_no_longer_when_what_they_tell_has_changed() -> None:
    old = attempt(first_answer(BILL))
    assert HISTORY.branch is not None
    paid = replace(HISTORY, branch=replace(HISTORY.branch, debt_rial=Rial(0)))
    changed = recomposing(desk(FakeSource(paid)))
    assert changed.unchanged(asked(BILL), old) is Refusal.DATA_CHANGED
    away = recomposing(desk(FakeSource(down=True)))
    assert away.unchanged(asked(BILL), old) is Refusal.SOURCE_DOWN


def test_old_words_hold_with_the_question_for_an_opinion_in_them() -> None:
    text = f"پرداخت {BILL}"
    paying = desk(FakeSource(PAID))
    reply = paying.answer([Question(text, MINE, Context(last_bill_id=BILL))])[0].reply
    assert reply is not None
    assert "opinion" in reply.fillings
    known = recomposing(paying, mine=Context(last_bill_id=BILL, opinion_asked=True))
    assert not isinstance(known.unchanged(asked(text), attempt(reply)), Refusal)


def test_words_that_tell_no_data_always_hold() -> None:
    old = attempt(first_answer("راهنما"))
    away = recomposing(desk(FakeSource(down=True)))
    assert not isinstance(away.unchanged(asked("راهنما"), old), Refusal)


def test_a_text_that_breaks_the_program_is_told_so_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(text: str, context: Context, today: object) -> Reading:
        raise ValueError(text)

    broken = recomposing(replace(desk(FakeSource()), parse=breaks))
    assert broken.fresh(asked(BILL), MINE) is Refusal.ERROR
    assert broken.unchanged(asked(BILL), attempt(first_answer(BILL))) is Refusal.ERROR
    assert "ValueError" in caplog.text
    assert BILL not in caplog.text
