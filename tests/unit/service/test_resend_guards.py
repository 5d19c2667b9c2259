"""When an answer may be sent again: the table of the guards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.language.reading import Intent, Reply
from sms_service.service.auditing import Actor
from sms_service.service.resend_guards import WITHIN_THE_FORM, judged
from sms_service.service.resend_terms import Attempt, Refusal, ResendOrder, Standing
from sms_service.templates import templates_dir
from sms_service.words import read_words

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPERATOR = Actor("sara", frozenset({Role.OPERATOR}))
SUPERVISOR = Actor("omid", frozenset({Role.SUPERVISOR}))
PHONE, OTHER = "+989121234567", "+989351112233"


def attempt(state: OutboundState, *, age: float = 3600, **values: Any) -> Attempt:
    at = NOW - timedelta(seconds=age)
    plain = Attempt(1, None, state, None, at, at, None, Reply("متن", 3, 1))
    return replace(plain, **values)


def standing(*attempts: Attempt, **values: Any) -> Standing:
    plain = Standing(
        inbound_id=1,
        code="12345678",
        channel="sms",
        state=InboundState.ANSWERED,
        received_at=NOW - timedelta(hours=2),
        phone=PHONE,
        phone_hash=b"h",
        text="متن",
        intent=Intent.HISTORY,
        bill_id="1234567804423",
        from_year=None,
        problem=None,
        notes=(),
        first_code=None,
        attempts=attempts,
        lately=0,
        now=NOW,
    )
    return replace(plain, **values)


def order(one: Standing, actor: Actor = OPERATOR, **values: Any) -> ResendOrder:
    return replace(ResendOrder(one.code, actor, one.latest_id), **values)


def why(one: Standing, given: ResendOrder) -> Refusal | None:
    refused = judged(one, given)
    return None if refused is None else refused.why


BY_STATE: dict[OutboundState, Refusal | None] = {
    OutboundState.QUEUED: Refusal.IN_FLIGHT,
    OutboundState.SENDING: Refusal.IN_FLIGHT,
    OutboundState.UNKNOWN: Refusal.UNKNOWN,
    OutboundState.UNRESOLVED: Refusal.ASK_FIRST,
    OutboundState.EXPIRED: None,
    OutboundState.SUPERSEDED: None,
    OutboundState.REFUSED: None,
    OutboundState.ACCEPTED: None,
    OutboundState.AT_OPERATOR: None,
    OutboundState.UNDELIVERED: None,
    OutboundState.CANCELLED: None,
    OutboundState.BLOCKED: None,
    OutboundState.FAILED: None,
    OutboundState.DELIVERED: None,
}


@pytest.mark.parametrize("state", OutboundState)
def test_an_hour_after_the_last_attempt(state: OutboundState) -> None:
    one = standing(attempt(state))
    assert why(one, order(one)) is BY_STATE[state]


@pytest.mark.parametrize(
    ("state", "age", "refusal"),
    [
        (OutboundState.ACCEPTED, 119, Refusal.JUST_SENT),
        (OutboundState.ACCEPTED, 120, None),
        (OutboundState.AT_OPERATOR, 119, Refusal.JUST_SENT),
        (OutboundState.AT_OPERATOR, 120, None),
        (OutboundState.DELIVERED, 1799, Refusal.DELIVERED_LATELY),
        (OutboundState.DELIVERED, 1800, None),
        (OutboundState.REFUSED, 0, None),
    ],
)
def test_soon_after_the_last_attempt(
    state: OutboundState, age: float, refusal: Refusal | None
) -> None:
    one = standing(attempt(state, age=age))
    assert why(one, order(one)) is refusal
    assert why(one, order(one, SUPERVISOR)) is refusal


@pytest.mark.parametrize("state", InboundState)
def test_by_the_state_of_the_request(state: InboundState) -> None:
    one = standing(state=state)
    assert why(one, order(one)) is {
        InboundState.RECEIVED: Refusal.WAITING,
        InboundState.ANSWERING: Refusal.WAITING,
        InboundState.IGNORED: Refusal.IGNORED,
        InboundState.FOLDED: Refusal.FOLDED,
    }.get(state)


def test_what_was_looked_at_is_not_the_latest_any_longer() -> None:
    first = attempt(OutboundState.REFUSED)
    second = attempt(OutboundState.REFUSED, id=2, parent_id=1, by="omid", age=5)
    one = standing(first, second)
    refused = judged(one, order(one, after=1))
    assert refused is not None
    assert (refused.why, refused.by, refused.at) == (
        Refusal.OVERTAKEN,
        "omid",
        NOW - timedelta(seconds=5),
    )
    assert why(one, order(one)) is None


def test_the_latest_is_found_whatever_order_the_clocks_gave_the_numbers() -> None:
    first = attempt(OutboundState.REFUSED, id=9)
    second = attempt(OutboundState.DELIVERED, id=3, parent_id=9)
    assert standing(second, first).latest_id == 3


def test_an_attempt_that_was_seen_and_is_gone_stops_the_order() -> None:
    one = standing()
    assert why(one, order(one, after=5)) is Refusal.OVERTAKEN


def test_the_fourth_within_an_hour_is_a_supervisors() -> None:
    one = standing(attempt(OutboundState.REFUSED), lately=3)
    assert why(one, order(one)) is Refusal.TOO_OFTEN
    assert why(one, order(one, SUPERVISOR)) is None


def test_another_phone_is_a_supervisors_with_a_reason() -> None:
    one = standing(attempt(OutboundState.REFUSED))
    assert why(one, order(one, to=OTHER, reason="x")) is Refusal.NOT_ALLOWED
    assert why(one, order(one, SUPERVISOR, to=OTHER)) is Refusal.NEEDS_REASON
    assert why(one, order(one, SUPERVISOR, to=OTHER, reason="x")) is None
    assert why(one, order(one, SUPERVISOR, to="1521", reason="x")) is Refusal.BAD_PHONE
    same = order(one, SUPERVISOR, to=OTHER, reason="x", same_text=True)
    assert why(one, same) is Refusal.SAME_TO_OTHER


def test_the_phone_that_asked_may_be_named() -> None:
    one = standing(attempt(OutboundState.REFUSED))
    assert why(one, order(one, SUPERVISOR, to="0912 123 4567")) is None


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.AUDITOR})])
def test_whoever_may_not_send_is_told_nothing_else(roles: frozenset[Role]) -> None:
    one = standing(state=InboundState.FOLDED)
    assert why(one, order(one, Actor("x", roles))) is Refusal.NOT_ALLOWED


def test_what_the_form_can_put_right_comes_after_all_that_it_cannot() -> None:
    delivered = attempt(OutboundState.DELIVERED, age=5)
    one = standing(delivered, lately=3)
    assert why(one, order(one)) is Refusal.TOO_OFTEN
    assert {Refusal.DELIVERED_LATELY, Refusal.ASK_FIRST, Refusal.NEEDS_REASON} == WITHIN_THE_FORM


def test_every_refusal_has_persian_words_and_no_words_are_spare() -> None:
    words = read_words(templates_dir() / "words" / "console")["resend"]
    assert words["refused"].keys() == set(Refusal)
