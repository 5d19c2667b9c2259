"""Moments on one scale."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sms_service.service.spans import spans

START = datetime(2026, 11, 23, tzinfo=UTC)


def test_each_moment_tells_how_long_after_the_first_and_after_the_one_before() -> None:
    moments = [START + timedelta(milliseconds=ms) for ms in (0, 12, 40)]
    assert [(span.ms, span.step_ms) for span in spans(moments)] == [(0, 0), (12, 12), (40, 28)]


def test_nothing_has_no_bars() -> None:
    assert spans([]) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_no_bar_leaves_the_scale(steps: list[int]) -> None:
    moments = [START + timedelta(milliseconds=ms) for ms in sorted(steps)]
    for span in spans(moments):
        assert span.width > 0
        assert 0 <= span.start <= 100
        assert span.start + span.width <= 101.6
