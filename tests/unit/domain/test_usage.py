"""What a phone has had: what still counts at a later moment, and how it is written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain.usage import (
    EQUAL_WINDOW,
    MISSES_WINDOW,
    MOST_MISSES,
    Limit,
    Usage,
    mark_of,
    read_usage,
    usage_at,
    with_answer,
    written,
)

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
AT = int(NOON.timestamp())
MIDNIGHT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
"""At which 24 November begins in Tehran."""
SECOND = timedelta(seconds=1)


def test_a_new_phone_has_had_nothing() -> None:
    assert usage_at(Usage(), NOON) == Usage(at=AT)


def test_answers_and_parts_count_until_midnight_in_tehran() -> None:
    usage = Usage(at=AT, answers=3, parts=7, told=frozenset({Limit.PHONE_PARTS}))
    before, after = usage_at(usage, MIDNIGHT - SECOND), usage_at(usage, MIDNIGHT)
    assert (before.answers, before.parts, before.told) == (3, 7, usage.told)
    assert (after.answers, after.parts, after.told) == (0, 0, frozenset())


def test_a_lock_and_that_it_was_told_outlast_midnight_and_end_to_the_second() -> None:
    end = int(MIDNIGHT.timestamp()) + 60
    usage = Usage(at=end - 3600, locked_until=end, told=frozenset({Limit.LOCKED}))
    held = usage_at(usage, MIDNIGHT + 59 * SECOND)
    assert (held.locked_until, held.told) == (end, usage.told)
    free = usage_at(usage, MIDNIGHT + 60 * SECOND)
    assert (free.locked_until, free.told) == (0, frozenset())


@pytest.mark.parametrize(
    ("name", "window"), [("misses", MISSES_WINDOW), ("sent", EQUAL_WINDOW)], ids=str
)
def test_a_window_ends_to_the_second(name: str, window: int) -> None:
    usage = Usage(at=AT, misses=(AT,), sent=((AT, 7),))
    held = usage_at(usage, NOON + timedelta(seconds=window - 1))
    gone = usage_at(usage, NOON + timedelta(seconds=window))
    assert (len(getattr(held, name)), len(getattr(gone, name))) == (1, 0)


def test_an_older_text_does_not_turn_the_clock_back() -> None:
    usage = Usage(at=AT, answers=3)
    assert usage_at(usage, NOON - timedelta(days=1)) == usage


def test_equal_texts_have_equal_marks_and_others_mostly_not() -> None:
    assert mark_of("بدهی ندارد") == mark_of("بدهی ندارد")
    assert len({mark_of(str(number)) for number in range(100)}) > 95


def test_a_mark_is_too_short_to_tell_a_text() -> None:
    assert max(mark_of(str(number)) for number in range(2000)) < 2**16


_COUNTS = st.integers(0, 10**6)
_USAGES = st.builds(
    lambda now, answers, parts, lock, told, misses, sent: Usage(
        now,
        answers,
        parts,
        lock,
        frozenset(told),
        tuple(now - ago for ago in misses),
        tuple((now - ago, mark) for ago, mark in sent),
    ),
    st.integers(10**6, 4 * 10**9),
    _COUNTS,
    _COUNTS,
    st.integers(0, 4 * 10**9),
    st.sets(st.sampled_from(Limit)),
    st.lists(st.integers(0, MISSES_WINDOW), max_size=MOST_MISSES),
    st.lists(st.tuples(st.integers(0, EQUAL_WINDOW), st.integers(0, 2**16 - 1)), max_size=32),
)


@given(_USAGES)
def test_what_is_written_is_read_again_and_fits_its_column(usage: Usage) -> None:
    text = written(usage)
    assert read_usage(text) == usage
    assert len(text) <= 1200


def test_however_much_is_counted_what_is_written_stays_short() -> None:
    usage = Usage(at=AT, misses=(AT,) * 500, told=frozenset(Limit), locked_until=AT)
    for number in range(500):
        usage = with_answer(replace(usage, at=usage.at + 1), str(number), 9)
    assert len(written(usage)) <= 1200
    assert len(read_usage(written(usage)).sent) == 32


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "{}", "[]", "[1,2]", "nonsense", "[" * 1000, "1" * 2000),
        '[1,1,1,0,"no_such_limit",[],[]]',
        '[1,1,1,0,"",["x"],[]]',
        '[1,1,1,0,"",[],[1]]',
    ],
)
def test_what_cannot_be_read_counts_for_nothing(text: str | None) -> None:
    assert read_usage(text) == Usage()
