"""The limits, each at its boundary."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain.limits import (
    EQUAL_ANSWERS,
    Candidate,
    Limits,
    after_answer,
    after_notice,
    after_stop,
    is_told,
    reopens_at,
    shut_by,
    stopped_by,
)
from sms_service.domain.usage import EQUAL_WINDOW, Limit, Usage, usage_at

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
LIMITS = Limits()


def ask(usage: Usage, candidate: Candidate, after: float = 0) -> tuple[Limit | None, Usage]:
    """One question so many seconds after noon: what stops it, and what it leaves."""
    usage = usage_at(usage, NOON + timedelta(seconds=after))
    limit = stopped_by(usage, candidate, LIMITS)
    if limit is None:
        return None, after_answer(usage, candidate, LIMITS)
    usage = after_stop(usage, limit)
    return limit, usage if is_told(usage, limit) else after_notice(usage, limit, "limited", 1)


def ask_all(candidates: Iterable[Candidate], apart: float = 0) -> tuple[list[Limit | None], Usage]:
    usage, limits = Usage(), []
    for number, candidate in enumerate(candidates):
        limit, usage = ask(usage, candidate, number * apart)
        limits.append(limit)
    return limits, usage


def answers(count: int, **more: int) -> list[Candidate]:
    """So many answers, no two of them alike."""
    return [Candidate(f"answer {number}", **({"parts": 1} | more)) for number in range(count)]


def test_a_phone_gets_twenty_answers_a_day() -> None:
    limits, _ = ask_all(answers(22))
    assert limits == [None] * 20 + [Limit.PHONE_ANSWERS] * 2


def test_a_phone_gets_forty_parts_a_day() -> None:
    limits, usage = ask_all(answers(14, parts=4))
    assert limits == [None] * 10 + [Limit.PHONE_PARTS] * 4
    assert usage.parts == 41


def test_an_answer_that_would_go_beyond_the_parts_is_stopped() -> None:
    usage = Usage(at=int(NOON.timestamp()), parts=38)
    assert ask(usage, Candidate("x", 2))[0] is None
    assert ask(usage, Candidate("x", 3))[0] is Limit.PHONE_PARTS


def test_once_told_that_its_parts_are_used_up_a_phone_gets_nothing_more_that_day() -> None:
    usage = Usage(at=int(NOON.timestamp()), parts=38)
    _, usage = ask(usage, Candidate("x", 3))
    assert ask(usage, Candidate("y", 1))[0] is Limit.PHONE_PARTS
    assert ask(usage, Candidate("y", 1), 86_400)[0] is None


def test_a_limit_is_told_once_and_counts_itself() -> None:
    _, usage = ask_all(answers(21))
    assert (usage.answers, usage.parts) == (21, 21)
    assert is_told(usage, Limit.PHONE_ANSWERS)
    assert ask(usage, answers(1)[0])[1] == usage


def test_the_day_of_a_limit_ends_at_midnight_in_tehran() -> None:
    _, usage = ask_all(answers(21))
    until_midnight = 12 * 3600
    assert ask(usage, answers(1)[0], until_midnight - 1)[0] is Limit.PHONE_ANSWERS
    assert ask(usage, answers(1)[0], until_midnight)[0] is None


def test_a_bill_is_told_of_thirty_times_a_day() -> None:
    assert ask(Usage(), Candidate("x", 1, bill_answers=29))[0] is None
    assert ask(Usage(), Candidate("x", 1, bill_answers=30))[0] is Limit.BILL_ANSWERS


def test_another_bill_is_told_of_though_one_has_reached_its_limit() -> None:
    _, usage = ask(Usage(), Candidate("x", 1, bill_answers=30))
    assert ask(usage, Candidate("y", 1, bill_answers=29))[0] is None
    assert is_told(usage, Limit.BILL_ANSWERS)


def test_the_fifth_miss_is_told_and_locks_the_phone_for_an_hour() -> None:
    limits, usage = ask_all(answers(6, misses=1))
    assert limits == [None] * 5 + [Limit.LOCKED]
    assert ask(usage, Candidate("right", 1), 3599)[0] is Limit.LOCKED
    assert ask(usage, Candidate("right", 1), 3600)[0] is None
    assert reopens_at(usage, Limit.LOCKED) == NOON + timedelta(hours=1)


def test_misses_an_hour_apart_never_lock() -> None:
    limits, _ = ask_all(answers(19, misses=1), apart=900)
    assert limits == [None] * 19


def test_right_ids_never_lock() -> None:
    _, usage = ask_all(answers(20))
    assert shut_by(usage, LIMITS) is Limit.PHONE_ANSWERS
    assert not usage.locked_until


def test_several_ids_at_once_do_not_tell_of_a_sixth_miss() -> None:
    limits, usage = ask_all(answers(2, misses=3))
    assert limits == [None, Limit.LOCKED]
    assert usage.locked_until
    assert ask_all([*answers(1, misses=2), Candidate("more", 1, 3)])[0] == [None, None]


def test_five_equal_answers_in_ten_minutes_and_then_silence() -> None:
    limits, usage = ask_all([Candidate("same", 1)] * 7)
    assert limits == [None] * EQUAL_ANSWERS + [Limit.EQUAL_ANSWERS] * 2
    assert is_told(usage, Limit.EQUAL_ANSWERS)
    assert ask(usage, Candidate("another", 1))[0] is None
    assert ask(usage, Candidate("same", 1), EQUAL_WINDOW - 1)[0] is Limit.EQUAL_ANSWERS
    assert ask(usage, Candidate("same", 1), EQUAL_WINDOW)[0] is None


def test_a_lock_is_told_with_its_hour_and_limits_of_the_day_without() -> None:
    assert reopens_at(Usage(locked_until=60), Limit.LOCKED) == datetime(
        1970, 1, 1, 0, 1, tzinfo=UTC
    )
    assert reopens_at(Usage(), Limit.PHONE_PARTS) is None


def test_a_second_lock_of_a_day_is_told_anew() -> None:
    _, usage = ask_all(answers(6, misses=1))
    usage = usage_at(usage, NOON + timedelta(hours=1))
    assert not is_told(usage, Limit.LOCKED)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1800),
            st.sampled_from(["a", "b", "c", "d"]),
            st.integers(1, 4),
            st.integers(0, 3),
        ),
        max_size=120,
    )
)
def test_whatever_is_asked_no_limit_is_ever_passed(
    asked: list[tuple[int, str, int, int]],
) -> None:
    usage, moment = Usage(), NOON
    went: list[tuple[datetime, str, int, int]] = []
    for pause, text, parts, misses in asked:
        moment += timedelta(seconds=pause)
        usage = usage_at(usage, moment)
        candidate = Candidate(text, parts, misses)
        if stopped_by(usage, candidate, LIMITS) is None:
            usage = after_answer(usage, candidate, LIMITS)
            went.append((moment, text, parts, misses))
    for first, text, *_ in went:
        within = [one for one in went if one[0] >= first]
        hour = [one for one in within if one[0] - first < timedelta(hours=1)]
        ten = [one for one in within if one[0] - first < timedelta(minutes=10)]
        assert sum(one[3] for one in hour) <= 5
        assert sum(one[1] == text for one in ten) <= EQUAL_ANSWERS
    tehran = timedelta(hours=3, minutes=30)
    for day in {(one[0] + tehran).date() for one in went}:
        of_day = [one for one in went if (one[0] + tehran).date() == day]
        assert len(of_day) <= 20
        assert sum(one[2] for one in of_day) <= 40


def test_stricter_limits_hold_as_set() -> None:
    strict = replace(LIMITS, phone_daily_answers=1, misses_per_hour=1)
    usage = after_answer(usage_at(Usage(), NOON), Candidate("x", 1, misses=1), strict)
    assert shut_by(usage, strict) is Limit.LOCKED
    assert shut_by(replace(usage, locked_until=0), strict) is Limit.PHONE_ANSWERS
