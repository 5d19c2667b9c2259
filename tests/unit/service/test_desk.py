"""The desk: what is looked up, for whom, and what the data make of a reading."""

from sms_service.domain.records import History
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Note, Problem
from sms_service.service.desk import Finding, Question
from tests.support.desk import HISTORY, FakeSource, desk
from tests.support.ledger import BILL

OTHER = "0012345604420"


def ask(text: str, source: FakeSource | None = None, **who: object) -> Finding:
    question = Question(text, **who)  # type: ignore[arg-type]  # named as the fields are
    return desk(source or FakeSource()).answer([question])[0]


def test_one_look_up_serves_a_whole_batch() -> None:
    source = FakeSource()
    desk(source).answer([Question(BILL), Question(f"{OTHER} 1404"), Question(BILL)])
    assert source.asked == [[OTHER, BILL]]


def test_nothing_is_looked_up_for_a_text_that_names_no_bill() -> None:
    source = FakeSource()
    desk(source).answer([Question("راهنما"), Question("1234567804424"), Question("لغو")])
    assert source.asked == []


def test_a_bill_that_is_not_ours_to_tell_of_is_unknown() -> None:
    finding = ask(OTHER)
    assert finding.reading.problem is Problem.UNKNOWN_BILL
    assert finding.reply is not None


def test_a_year_after_the_last_bill_has_no_data_and_the_last_bill_is_named() -> None:
    history = History(BILL, (HISTORY.bills[0]._replace(sale_year=1403),), (), HISTORY.branch)
    finding = ask(f"{BILL} 1404", FakeSource(history))
    assert finding.reading.problem is Problem.NO_DATA
    assert finding.reply is not None
    assert "۱۴۰۳" in finding.reply.text


def test_a_debt_or_payments_need_no_bill_of_the_year_that_was_typed() -> None:
    history = History(BILL, (HISTORY.bills[0]._replace(sale_year=1403),), (), HISTORY.branch)
    debt = ask(f"بدهی {BILL} 1404", FakeSource(history))
    payments = ask(f"پرداخت {BILL} 1404", FakeSource(history))
    assert (debt.reading.problem, payments.reading.problem) == (None, None)
    assert payments.reply is not None
    assert "از ۱۴۰۴ پرداختی ثبت نشده" in payments.reply.text


def test_a_phone_registered_for_one_bill_may_leave_its_number_out() -> None:
    source = FakeSource(phones={b"phone": [BILL]})
    finding = ask("بدهی", source, phone_hash=b"phone")
    assert finding.reading.bill_id == BILL
    assert Note.REGISTERED_BILL_ID in finding.reading.notes


def test_a_phone_that_nobody_registered_is_asked_for_the_number() -> None:
    finding = ask("بدهی", FakeSource(), phone_hash=b"phone")
    assert finding.reading.problem is Problem.NO_BILL_ID


def test_the_last_bill_of_a_phone_stands_in_for_a_missing_number() -> None:
    finding = ask("بدهی", context=Context(last_bill_id=BILL))
    assert finding.reading.bill_id == BILL
    assert Note.CONTEXT_BILL_ID in finding.reading.notes


def test_two_bills_in_one_text_are_answered_in_one_message() -> None:
    other = History(OTHER, HISTORY.bills, (), HISTORY.branch, HISTORY.as_of)
    finding = ask(f"{BILL} {OTHER}", FakeSource(HISTORY, other))
    assert finding.reading.more_bill_ids == (OTHER,)
    assert finding.reply is not None
    assert finding.reply.parts <= 2


def test_words_that_are_no_wish_get_a_way_to_ask() -> None:
    finding = ask("سلام خوبی")
    assert finding.reading.intent is None
    assert finding.reply is not None


def test_an_opinion_or_a_list_alone_never_breaks_the_desk() -> None:
    for text in ("نظر ۴", "لیست"):
        assert ask(text).reply is not None


def test_stop_and_start_are_confirmed() -> None:
    assert ask("لغو").reading.intent is Intent.STOP
    assert ask("12").reading.intent is Intent.START
