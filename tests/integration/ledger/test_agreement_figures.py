"""The report's figures in SQL are those that anybody gets who counts the rows by hand."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

import pytest
from sqlalchemy import Engine

from sms_service.domain.agreement import Agreement, Piece
from sms_service.domain.calendar import gregorian_of, tehran_day
from sms_service.ledger.agreement_breaches import AgreementBreaches
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.service.agreement_counts import Wanted
from tests.support.agreement import (
    MONTH,
    TERMS,
    Asked,
    at,
    invented,
    never_answered,
    piece_of,
    shown,
    store,
    wanted,
)

STRICT = Agreement("نخست", None, gregorian_of(1405, 9, 12), 5, 0.9, 1)
MILD = Agreement("دوم", gregorian_of(1405, 9, 13), gregorian_of(1405, 9, 22), 30, 0.99, 2)


_KINDS_OF_PROBLEMS = {
    "bad_check_digit": "wrong_id",
    "wrong_length": "wrong_id",
    "unknown_bill": "wrong_id",
    "limited": "refused",
    "not_allowed": "refused",
    "several_bills": "refused",
    "no_bill_id": "without_id",
}
_KINDS_OF_WISHES: dict[str | None, str] = {
    None: "without_id",
    "next": "continuation",
    **dict.fromkeys(("history", "bill", "debt", "payments"), "counted"),
}
_KINDS_OF_STATES = {"folded": "duplicate", "ignored": "ignored"}


def kind_of(one: Asked, asked: Wanted) -> str:
    """What a request is, by the words of docs/explanation/agreement.md."""
    answered = one.after(one.answered)
    if one.state in _KINDS_OF_STATES:
        return _KINDS_OF_STATES[one.state]
    if answered is None or answered > asked.as_of:
        return "counted"
    if one.problem in _KINDS_OF_PROBLEMS:
        return _KINDS_OF_PROBLEMS[one.problem]
    return _KINDS_OF_WISHES.get(one.intent, "other_wish")


def handed_of(one: Asked, asked: Wanted) -> float | None:
    """Seconds until the answer was handed over, as of the moment wanted."""
    is_shown = one.channel != "sms" and one.answer_state is None
    seconds = one.answered if is_shown else one.handed
    moment = one.after(seconds)
    return seconds if moment is not None and moment <= asked.as_of else None


def was_lost(one: Asked, asked: Wanted) -> bool:
    ended = one.after(one.ended)
    is_over = ended is not None and ended <= asked.as_of
    return one.answer_state in ("failed", "cancelled") and is_over


def is_in_time(one: Asked, asked: Wanted, piece: Piece) -> bool:
    handed = handed_of(one, asked)
    is_soon = handed is not None and handed <= piece.within_seconds
    return is_soon and not was_lost(one, asked) and one.problem != "source_down"


def recounted(stored: Sequence[Asked], asked: Wanted) -> Counter[tuple[object, ...]]:
    counted: Counter[tuple[object, ...]] = Counter()
    for one in stored:
        if not MONTH.begins_at <= one.received_at < MONTH.ends_at:
            continue
        day = tehran_day(one.received_at)
        kind = kind_of(one, asked)
        kept = kind == "counted" and is_in_time(one, asked, piece_of(asked.pieces, day))
        counted[day, one.channel, kind, kept] += 1
    return counted


def counted_in_sql(engine: Engine, asked: Wanted) -> Counter[tuple[object, ...]]:
    counted: Counter[tuple[object, ...]] = Counter()
    for tally in AgreementFigures(engine).tallies(asked):
        kept = tally.kind == "counted" and tally.verdict == "in_time"
        counted[tally.day, tally.channel, str(tally.kind), kept] += tally.requests
    return counted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("terms", [(TERMS,), (STRICT, MILD)], ids=["one", "two_and_none"])
def test_a_recount_of_the_raw_rows_gives_the_same(
    engine: Engine, seed: int, terms: tuple[Agreement, ...]
) -> None:
    stored = invented(random.Random(seed), 600)
    store(engine, stored)
    for as_of in (wanted().as_of, MONTH.ends_at + timedelta(minutes=2), at(15)):
        asked = wanted(*terms, as_of=as_of)
        assert counted_in_sql(engine, asked) == recounted(stored, asked)


def test_sums_and_percentiles_are_those_of_a_recount(engine: Engine) -> None:
    stored = invented(random.Random(7), 500)
    store(engine, stored)
    asked = wanted()
    mine = [one for one in stored if MONTH.begins_at <= one.received_at < MONTH.ends_at]
    handed = [
        h
        for one in mine
        if kind_of(one, asked) == "counted" and (h := handed_of(one, asked)) is not None
    ]
    whole = AgreementFigures(engine).clocks(asked)["whole"]
    ranked = sorted(handed)
    assert whole.count == len(ranked)
    told = (whole.p50, whole.p95, whole.p99)
    by_hand = [ranked[ceil(share * len(ranked)) - 1] for share in (0.5, 0.95, 0.99)]
    assert [*map(float, filter(None, told))] == pytest.approx(by_hand, abs=0.001)
    sent = [one for one in mine if handed_of(one, asked) is not None and one.answer_state]
    tallies = AgreementFigures(engine).tallies(asked)
    assert sum(tally.parts for tally in tallies) == sum(one.parts for one in sent)
    assert sum(tally.cost_rial for tally in tallies) == sum(one.cost_rial or 0 for one in sent)
    spent = AgreementFigures(engine).spent_beside(asked)
    resent = [one for one in mine if one.resent is not None]
    assert spent["resend"].texts == len(resent)


def test_a_clock_of_the_gateway_that_is_ahead_counts_as_at_once(engine: Engine) -> None:
    store(engine, [Asked(at(3), sent_before=-4.0), Asked(at(4), sent_before=None)])
    clock = AgreementFigures(engine).clocks(wanted())["gateway_to_us"]
    assert (clock.count, clock.p50) == (1, 0.0)


def verdicts(engine: Engine, asked: Wanted) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for tally in AgreementFigures(engine).tallies(asked):
        if tally.kind == "counted":
            counted[tally.verdict] += tally.requests
    return dict(counted)


def test_the_tenth_second_is_the_last_one(engine: Engine) -> None:
    store(engine, [Asked(at(1), handed=10.0), Asked(at(2), handed=10.001, begun=9.0)])
    assert verdicts(engine, wanted()) == {"in_time": 1, "late_gateway": 1}


def test_what_waits_is_a_breach_from_the_tenth_second_on(engine: Engine) -> None:
    came = at(2)
    store(engine, [never_answered(came)])
    young = wanted(as_of=came + timedelta(seconds=9.9))
    assert verdicts(engine, young) == {"open": 1}
    assert verdicts(engine, wanted(as_of=came + timedelta(seconds=10))) == {"waiting": 1}


def test_each_breach_is_told_with_its_cause(engine: Engine) -> None:
    gone: dict[str, Any] = dict.fromkeys(("begun", "handed", "ended"))
    stored = [
        never_answered(at(1), promised=6.0),
        replace(never_answered(at(2)), state="failed"),
        Asked(at(3), problem="source_down", handed=7.0),
        *(
            Asked(at(4 + place), answer_state=state, **gone)
            for place, state in enumerate(("refused", "expired", "unresolved", "unknown", "queued"))
        ),
        Asked(at(9), answer_state="failed", handed=2.0, ended=4.0),
        Asked(at(10), promised=6.0, answered=50.0, begun=51.0, handed=52.0),
        Asked(at(11), answered=12.0, begun=13.0, handed=14.0),
        Asked(at(12), answered=1.0, begun=13.0, handed=14.0),
        Asked(at(13), answered=1.0, begun=2.0, handed=14.0),
        Asked(at(14), answer_state="undelivered", handed=2.0, ended=400.0),
    ]
    codes = store(engine, stored)
    causes = (
        *("deferred", "failed", "apology", "refused", "expired", "unresolved", "unknown"),
        *("queued", "lost", "late_deferred", "late_answer", "late_queue", "late_gateway"),
    )
    assert verdicts(engine, wanted()) == {**dict.fromkeys(causes, 1), "in_time": 1}
    page = AgreementBreaches(engine).page(wanted())
    assert [breach.code for breach in page.breaches] == codes[:-1]
    assert [breach.verdict for breach in page.breaches] == list(causes)


def test_a_resend_heals_no_breach_and_is_told(engine: Engine) -> None:
    gone: dict[str, Any] = dict.fromkeys(("begun", "handed", "ended"))
    store(engine, [Asked(at(5), resent=8.0, answer_state="refused", **gone)])
    assert verdicts(engine, wanted()) == {"refused": 1}
    (breach,) = AgreementBreaches(engine).page(wanted()).breaches
    assert breach.was_resent


def test_an_answer_that_was_shown_is_handed_over_when_it_was_shown(engine: Engine) -> None:
    store(engine, [shown(at(6), answered=0.4), shown(at(7), answered=10.5)])
    assert verdicts(engine, wanted()) == {"in_time": 1, "late_answer": 1}


def test_breaches_are_paged_and_picked_by_cause(engine: Engine) -> None:
    stored = [Asked(at(1, f"00:00:{second}"), handed=20.0) for second in range(60)]
    codes = store(engine, [*stored, never_answered(at(2))])
    breaches = AgreementBreaches(engine)
    first = breaches.page(wanted())
    assert first.after is not None
    rest = breaches.page(wanted(), first.after)
    assert [one.code for one in (*first.breaches, *rest.breaches)] == codes
    assert rest.after is None
    waiting = breaches.page(wanted(), cause=rest.breaches[-1].verdict)
    assert [one.code for one in waiting.breaches] == codes[-1:]


def test_requests_come_one_by_one_as_of_the_moment_wanted(engine: Engine) -> None:
    stored = invented(random.Random(3), 80)
    store(engine, stored)
    asked = wanted(as_of=at(20))
    judged = list(AgreementFigures(engine).requests(asked))
    mine = [one for one in stored if MONTH.begins_at <= one.received_at < MONTH.ends_at]
    assert [str(one.kind) for one in judged] == [kind_of(one, asked) for one in mine]
    assert [one.handed_at for one in judged] == [one.after(handed_of(one, asked)) for one in mine]
    assert [one.state == "lost" for one in judged] == [was_lost(one, asked) for one in mine]
