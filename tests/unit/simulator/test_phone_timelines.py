"""A request's way drawn on a scale."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.simulator.phone.backstage import Answer, Heading, Hop, Seen, answered_after, bars
from sms_service.simulator.phone.behind import milliseconds

START = datetime(2026, 11, 24, tzinfo=UTC)


def hops(*told: tuple[float, str]) -> list[Hop]:
    return [Hop(START + timedelta(milliseconds=ms), what, None) for ms, what in told]


def seen(channel: str, *told: tuple[float, str], answers: int = 0) -> Seen:
    sms = Answer("delivered", None, "kavenegar", 1, None, 1, 7)
    heading = Heading("12345678", channel, "answered")
    return Seen(heading, None, None, None, None, hops(*told), [sms] * answers, None)


@given(st.lists(st.floats(-50, 10**8), min_size=1, max_size=12))
def test_every_bar_lies_on_the_scale(times: list[float]) -> None:
    for bar in bars(hops(*((ms, "queued") for ms in times))):
        assert 0 <= bar.start <= 100
        assert 0 < bar.width <= 101.5


def test_bars_follow_one_another_in_milliseconds() -> None:
    drawn = bars(hops((0, "received"), (56, "answering"), (1144, "delivered")))
    assert [round(bar.ms) for bar in drawn] == [0, 56, 1144]
    assert [bar.start for bar in drawn] == sorted(bar.start for bar in drawn)
    assert drawn[1].start + drawn[1].width == pytest.approx(drawn[2].start, abs=0.1)
    assert bars([]) == []


def test_the_time_to_the_answer_ends_at_the_gateway_or_on_the_screen() -> None:
    way = ((0.0, "received"), (11.0, "answered"))
    assert answered_after(seen("ussd", (0.0, "received"), (11.0, "shown"))) == 11
    assert answered_after(seen("sms", *way)) is None
    assert answered_after(seen("sms", *way, (20.0, "accepted"), answers=1)) == 20
    assert answered_after(seen("ussd", *way, (20.0, "accepted"), answers=1)) == 20


def test_durations_are_told_in_persian_digits() -> None:
    assert [milliseconds(ms) for ms in (0, 1.04, 68.4, 1144)] == ["۰٫۰", "۱٫۰", "۶۸", "۱٬۱۴۴"]
