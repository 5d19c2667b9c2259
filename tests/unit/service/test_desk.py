"""The desk: what is looked up, for whom, and what the data make of a reading."""

from dataclasses import replace

import pytest

from sms_service.domain.money import Rial
from sms_service.domain.records import Branch, History
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Note, Problem
from sms_service.service.desk import Desk, Finding, Question
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


MINE, NEIGHBOURS = b"mine", b"neighbour's"


def registered_desk(source: FakeSource) -> Desk:
    return replace(desk(source), registered_only=True)


def two_phones() -> FakeSource:
    neighbours = replace(HISTORY, bill_id=OTHER)
    return FakeSource(HISTORY, neighbours, phones={MINE: [BILL], NEIGHBOURS: [OTHER]})


def test_under_the_registered_policy_the_phone_of_a_bill_is_told_of_it() -> None:
    finding = registered_desk(two_phones()).answer([Question(BILL, MINE)])[0]
    assert (finding.reading.problem, finding.misses) == (None, 0)


@pytest.mark.parametrize("wish", ["{}", "{} 1402", "بدهی {}", "پرداخت {}", "ذخیره خانه {}"])
@pytest.mark.parametrize("phone", [MINE, b"nobody's", None])
def test_under_the_registered_policy_another_phones_bill_and_none_are_told_apart_by_nothing(
    wish: str, phone: bytes | None
) -> None:
    unknown, source = "0000000104426", two_phones()
    another, none = registered_desk(source).answer(
        [Question(wish.format(bill_id), phone) for bill_id in (OTHER, unknown)]
    )
    assert another.reply is not None
    assert another.reply == none.reply
    assert another.reading.problem is none.reading.problem is Problem.NOT_ALLOWED
    assert another.misses == none.misses == 1
    assert source.asked == []


def test_a_bill_that_its_own_phone_asks_for_is_not_told_to_a_stranger_beside_it() -> None:
    mine, strangers = registered_desk(two_phones()).answer(
        [Question(BILL, MINE), Question(BILL, NEIGHBOURS)]
    )
    assert mine.reading.problem is None
    assert strangers.reading.problem is Problem.NOT_ALLOWED


def test_of_several_bills_under_the_registered_policy_only_ones_own_is_told() -> None:
    source = two_phones()
    finding = registered_desk(source).answer([Question(f"{BILL} {OTHER} 0000000104426", MINE)])[0]
    assert finding.reply is not None
    lines = finding.reply.text.split("\n")
    assert sum("برای این تلفن نیست" in line for line in lines) == 2
    assert sum("تومان" in line and line.startswith("قبض") for line in lines) == 1
    assert (finding.misses, source.asked) == (2, [[BILL]])


def test_several_bills_of_others_are_one_problem_and_as_many_misses() -> None:
    finding = registered_desk(two_phones()).answer([Question(f"{BILL} {OTHER}", b"nobody's")])[0]
    assert (finding.reading.problem, finding.misses) == (Problem.NOT_ALLOWED, 2)


def test_a_bill_remembered_or_saved_from_before_is_not_told_to_another_phone() -> None:
    known = Context(last_bill_id=OTHER, saved={"خانه": OTHER})
    told = registered_desk(two_phones()).answer(
        [Question(text, MINE, known) for text in ("1404", "بدهی خانه", "بعدی")]
    )
    assert {finding.reading.problem for finding in told} == {Problem.NOT_ALLOWED}


def test_the_counter_is_told_of_any_bill_and_that_one_is_unknown() -> None:
    at_counter = replace(desk(FakeSource()), registered_only=True)
    known, unknown = at_counter.answer(
        [
            Question(f"{BILL} بدهی", at_counter=True),
            Question("7883745804424 بدهی", at_counter=True),
        ]
    )
    assert known.reading.problem is None
    assert unknown.reading.problem is Problem.UNKNOWN_BILL


def test_a_phone_that_opted_out_is_answered_and_never_asked_for_its_opinion() -> None:
    paid = FakeSource(replace(HISTORY, branch=Branch(Rial(0))))
    heard = []
    for word in ("لغو", "شروع"):
        known = replace(ask(word).context, last_bill_id=BILL)
        reply = ask(f"بدهی {BILL}", paid, context=known).reply
        assert reply is not None
        heard.append("opinion" in reply.fillings)
    assert heard == [False, True]
