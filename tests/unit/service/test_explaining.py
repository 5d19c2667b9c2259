"""Each way a request can stand has its sentence, and each sentence its way."""

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from sms_service.domain.states import (
    Fulfilment,
    InboundState,
    LaneState,
    OutboundState,
    ReplyKind,
)
from sms_service.domain.usage import Limit
from sms_service.gateways import kannel_codes, kavenegar_codes
from sms_service.language.reading import Problem
from sms_service.sentences import sentence_of
from sms_service.service.case import Case, Hop, Lane, Sent
from sms_service.service.daily_cap import ALL_LANES
from sms_service.service.explaining import SENTENCES, Advice, explained
from sms_service.service.lanes import EVERY_LANE
from sms_service.service.ports import Blame
from sms_service.templates import templates_dir
from sms_service.words import load_words, read_words

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDS = read_words(templates_dir() / "words" / "console")["request"]
STATES = load_words(templates_dir() / "words" / "states.toml")
AGES = (timedelta(seconds=1), timedelta(minutes=5), timedelta(days=3))
_FACTS = {"why", "gateway", "limit", "problem", "first"}


def sent(state: OutboundState, **values: Any) -> Sent:
    """An answer that has been in this state for a second, unless ``values`` say otherwise."""
    plain = Sent(
        id=1,
        parent_id=None,
        kind=ReplyKind.ANSWER,
        state=state,
        reason=None,
        gateway="kavenegar",
        local_id=1,
        remote_id=None,
        phone=None,
        text="متن",
        encoding="UCS-2",
        units=3,
        parts=1,
        rung="summary",
        left_out=(),
        cost_rial=None,
        attempts=1,
        created_at=NOW - timedelta(seconds=1),
        accepted_at=None,
        ended_at=None,
        valid_until=NOW + timedelta(days=1),
        ordered=None,
        receipts=(),
    )
    return replace(plain, **values)


def case(state: InboundState = InboundState.ANSWERED, *answers: Sent, **values: Any) -> Case:
    """A request that came a second ago."""
    plain = Case(
        id=1,
        code="12345678",
        channel="sms",
        gateway="kavenegar",
        line="30001521",
        phone="+989121234567",
        phone_hash=b"h",
        state=state,
        reason=None,
        received_at=NOW - timedelta(seconds=1),
        sent_at=None,
        promised_at=None,
        attempts=1,
        intent=None,
        bill_id=None,
        from_year=None,
        problem=None,
        notes=(),
        fulfilment=None,
        first_code=None,
        twins=(),
        text="متن",
        is_erased=False,
        raw=None,
        sent=answers,
        hops=(),
        remarks=(),
        lanes={},
        now=NOW,
    )
    return replace(plain, **values)


def requests() -> Iterator[Case]:
    """Requests without an answer, in all their states, for all their reasons, of all ages."""
    reasons: tuple[str | None, ...] = (
        None,
        "source_down",
        "too_slow",
        "error",
        "overtaken",
        "no_mobile",
        "own_line",
    )
    reasons += ("too_old", "unreadable", "same_text", "too_many_attempts", "a_new_reason")
    happened: list[tuple[Hop, ...]] = [(), (Hop(NOW, "shown", "history"),)]
    happened += [(Hop(NOW, "answered", limit),) for limit in Limit]
    for state, reason, age, hops in product(InboundState, reasons, AGES, happened):
        for promised_at in (None, NOW):
            yield case(
                state,
                reason=reason,
                received_at=NOW - age,
                hops=hops,
                promised_at=promised_at,
                first_code="87654321" if state is InboundState.FOLDED else None,
            )


def answers() -> Iterator[Case]:
    """Requests with an answer, in all its states, for all its reasons, of all ages."""
    reasons = [None, "not_at_gateway", "window_over", "a_new_reason", "kannel_bad_text"]
    reasons += [f"kavenegar_{code}" for code in kavenegar_codes.REFUSALS]
    reasons += [f"kannel_{refusal.word}" for refusal in kannel_codes.REFUSALS.values()]
    for state, reason, age in product(OutboundState, reasons, AGES):
        yield case(InboundState.ANSWERED, sent(state, reason=reason, created_at=NOW - age))
    lanes: list[dict[str, Lane]] = [
        {name: Lane(lane, None)}
        for name, lane in product(("kavenegar", "kannel", EVERY_LANE, ALL_LANES), LaneState)
    ]
    for lane in lanes:
        yield case(InboundState.ANSWERED, sent(OutboundState.QUEUED, gateway=None), lanes=lane)
    for problem, fulfilment in product((None, *Problem), (None, *Fulfilment)):
        delivered = sent(OutboundState.DELIVERED)
        yield case(InboundState.ANSWERED, delivered, problem=problem, fulfilment=fulfilment)


@pytest.mark.parametrize("cases", [requests, answers])
def test_every_way_that_a_request_can_stand_is_told_in_one_whole_sentence(cases: Any) -> None:
    for one in (*cases(), *(replace(one, is_erased=True) for one in cases())):
        told = sentence_of(explained(one), WORDS, STATES)
        assert told.endswith(".")
        assert "{" not in told
        assert "()" not in told
        assert "None" not in told


def test_every_sentence_is_told_of_some_request() -> None:
    assert {explained(one).name for one in (*requests(), *answers())} == set(SENTENCES)


def test_every_sentence_has_words_and_no_words_are_spare() -> None:
    assert WORDS["now"].keys() == SENTENCES.keys()


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_filled_with_known_facts_alone(name: str) -> None:
    for part in WORDS["now"][name].values():
        assert {fact for _, fact, _, _ in string.Formatter().parse(part) if fact} <= _FACTS


@pytest.mark.parametrize("name", SENTENCES)
def test_whoever_is_to_do_something_is_told_what(name: str) -> None:
    has_advice = SENTENCES[name].advice is not Advice.NOTHING
    is_done = name == "delivered_shortened"
    assert ("do" in WORDS["now"][name]) == (has_advice or is_done)


@pytest.mark.parametrize("state", OutboundState)
def test_an_answer_in_motion_is_looked_at_again_and_one_at_its_end_is_not(
    state: OutboundState,
) -> None:
    moves = state in {
        *(OutboundState.QUEUED, OutboundState.SENDING, OutboundState.UNKNOWN),
        *(OutboundState.ACCEPTED, OutboundState.AT_OPERATOR),
    }
    assert explained(case(InboundState.ANSWERED, sent(state))).is_settled is not moves


def test_a_receipt_that_doesn_t_come_is_waited_for_ten_minutes() -> None:
    late = sent(OutboundState.ACCEPTED, accepted_at=NOW - timedelta(minutes=11))
    told = explained(case(InboundState.ANSWERED, late))
    assert (told.name, told.is_settled) == ("accepted_late", True)


def test_the_last_attempt_is_the_one_that_is_told_of() -> None:
    first = sent(OutboundState.DELIVERED)
    second = sent(OutboundState.REFUSED, id=2, parent_id=1, reason="kavenegar_411")
    assert explained(case(InboundState.ANSWERED, second, first)).name == "refused_receptor"


def test_a_promise_is_no_answer() -> None:
    promise = sent(OutboundState.DELIVERED, kind=ReplyKind.PROMISE)
    waiting = case(InboundState.RECEIVED, promise, reason="source_down", promised_at=NOW)
    assert explained(waiting).name == "received_promised"
    failed = case(InboundState.FAILED, promise)
    assert explained(failed).advice is Advice.RESEND


def test_nobody_is_told_to_send_again_what_was_erased() -> None:
    erased = case(InboundState.ANSWERED, sent(OutboundState.EXPIRED), is_erased=True)
    assert explained(erased).advice is Advice.COUNTER
    assert WORDS["do_erased"] in sentence_of(explained(erased), WORDS, STATES)


def test_a_lane_that_is_well_is_not_blamed_for_what_waits() -> None:
    queued = sent(OutboundState.QUEUED, gateway=None)
    lanes = {"kavenegar": Lane(LaneState.WORKING, None), "kannel": Lane(LaneState.STOPPED, None)}
    assert explained(case(InboundState.ANSWERED, queued, lanes=lanes)).name == "queued"


def test_every_refusal_of_a_row_is_put_down_to_the_receiver_the_text_or_the_account() -> None:
    of_rows = [
        f"kavenegar_{code}"
        for code, told in kavenegar_codes.REFUSALS.items()
        if told.blame is Blame.ROW
    ]
    names = {
        explained(case(InboundState.ANSWERED, sent(OutboundState.REFUSED, reason=reason))).name
        for reason in of_rows
    }
    assert names == {"refused", "refused_receptor", "refused_text"}
