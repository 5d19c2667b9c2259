"""Which requests are sent again, and which aren't, and why."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sms_service.domain.states import OutboundState
from sms_service.service.bulk_choosing import Answered, Around, Choosing
from sms_service.service.bulk_terms import (
    FAILED_REQUEST,
    NO_GATEWAY,
    Candidate,
    Chosen,
    Last,
    LeftOut,
    Wanted,
    wanted_from,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY = Around((), (), {})
WISH = Wanted(NOW, NOW, frozenset({"expired", FAILED_REQUEST}))


def request(number: int = 1, state: str | None = "expired", **other: Any) -> Candidate:
    last = Last(number * 10, OutboundState(state), "kavenegar", 2) if state else None
    phone = bytes([number]) * 32
    one = Candidate(
        number, f"code{number}", "sms", phone,
        is_erased=False, is_open=False, is_failed=state is None,
        bill_id="1234567804423", intent="debt", last=last,
    )  # fmt: skip
    return replace(one, **other)


def chosen(*candidates: Candidate, around: Around = NOBODY, wish: Wanted = WISH) -> Chosen:
    choosing = Choosing(wish)
    choosing.add(candidates, around)
    return choosing.chosen()


def test_the_oldest_goes_first() -> None:
    assert [one.inbound_id for one in chosen(request(3), request(2), request(1)).items] == [1, 2, 3]


def test_parts_are_those_of_the_last_answers_and_one_where_there_was_none() -> None:
    assert chosen(request(1), request(2, None)).parts == 3


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("delivered", LeftOut.DELIVERED),
        ("queued", LeftOut.IN_FLIGHT),
        ("unknown", LeftOut.IN_FLIGHT),
        ("accepted", LeftOut.IN_FLIGHT),
        ("at_operator", LeftOut.IN_FLIGHT),
    ],
)
def test_what_moved_on_since_it_ended_badly_is_left_out(state: str, why: LeftOut) -> None:
    assert chosen(request(state=state)) == Chosen([], {why: 1})


def test_another_end_than_the_wished_one_is_no_match_at_all() -> None:
    assert chosen(request(state="refused"), request(2, "blocked")) == Chosen([], {})


@pytest.mark.parametrize(
    ("one", "around", "why"),
    [
        (request(is_erased=True), NOBODY, LeftOut.ERASED),
        (request(is_open=True), NOBODY, LeftOut.IN_FLIGHT),
        (request(), replace(NOBODY, opted_out={b"\1" * 32}), LeftOut.OPTED_OUT),
        (request(), replace(NOBODY, in_other_runs={1}), LeftOut.OTHER_RUN),
    ],
)
def test_each_reason_to_leave_one_out(one: Candidate, around: Around, why: LeftOut) -> None:
    assert chosen(one, around=around) == Chosen([], {why: 1})


@pytest.mark.parametrize(
    ("later", "is_left_out"),
    [
        (Answered(2, b"\1" * 32, "1234567804423", "debt"), True),
        (Answered(2, b"\1" * 32, "1234567804423", "history"), False),
        (Answered(2, b"\1" * 32, "9876543210987", "debt"), False),
        (Answered(0, b"\1" * 32, "1234567804423", "debt"), False),
        (Answered(2, b"\2" * 32, "1234567804423", "debt"), False),
    ],
)
def test_only_the_same_question_asked_later_and_answered_counts(
    later: Answered, is_left_out: bool
) -> None:
    around = replace(NOBODY, answered={later.phone_hash: [later]})
    assert (LeftOut.ASKED_AGAIN in chosen(request(), around=around).left_out) is is_left_out


def test_of_equal_questions_of_one_phone_the_newest_goes() -> None:
    newest, older = request(2), request(1, phone_hash=request(2).phone_hash)
    found = chosen(newest, older)
    assert [one.inbound_id for one in found.items] == [2]
    assert found.left_out == {LeftOut.ASKED_AGAIN: 1}


def test_questions_that_nobody_understood_are_not_taken_for_equal() -> None:
    phone = request(2).phone_hash
    found = chosen(request(2, bill_id=None), request(1, bill_id=None, phone_hash=phone))
    assert len(found.items) == 2


def test_the_way_of_the_last_attempt_and_the_channel_can_be_asked_for() -> None:
    by_kannel = replace(WISH, gateway="kannel")
    by_none = replace(WISH, gateway=NO_GATEWAY)
    never_left = request(2, last=Last(20, OutboundState.EXPIRED, None, 1))
    assert chosen(request(1), never_left, wish=by_kannel).items == []
    assert [one.inbound_id for one in chosen(request(1), never_left, wish=by_none).items] == [2]
    assert chosen(request(1), wish=replace(WISH, channel="ussd")).items == []


def test_a_wish_is_kept_and_read_back() -> None:
    wish = replace(WISH, gateway="kannel", channel="sms")
    assert wanted_from(wish.as_json()) == wish
