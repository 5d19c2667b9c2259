"""The chart of the last hours: where each bar stands. The newest hour is at the left."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sms_service.ledger.overview import Hour

WIDTH, HEIGHT = 760, 220
TOP, BOTTOM, LEFT, RIGHT = 12, 186, 4, 708
_GAP = 5
_TICKS = 4
_LABELLED_EVERY = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: three pieces upon each other."""

    hour: Hour
    x: float
    width: float
    in_time: tuple[float, float]
    """Where it begins and how high it is."""
    late: tuple[float, float]
    rest: tuple[float, float]
    is_labelled: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn, in units of the picture."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, int]]
    """Lines across: where, and for how many requests."""


def chart_of(hours: Sequence[Hour]) -> Chart:
    """The chart of these hours, the oldest first."""
    most = max((hour.received for hour in hours), default=0)
    step = _nice(max(1, math.ceil(most / _TICKS)))
    top = step * max(1, math.ceil(most / step))
    scale = (BOTTOM - TOP) / top
    room = (RIGHT - LEFT) / max(1, len(hours))
    bars = [_bar(hour, at, room, scale) for at, hour in enumerate(reversed(hours))]
    ticks = [(round(BOTTOM - n * scale, 1), n) for n in range(0, top + 1, step)]
    return Chart(bars, ticks)


def _bar(hour: Hour, at: int, room: float, scale: float) -> Bar:
    rest = hour.received - hour.in_time - hour.late
    heights = [round(n * scale, 1) for n in (hour.in_time, hour.late, rest)]
    tops = [BOTTOM - sum(heights[: n + 1]) for n in range(len(heights))]
    in_time, late, others = ((round(y, 1), h) for y, h in zip(tops, heights, strict=True))
    x, width = round(LEFT + at * room + _GAP / 2, 1), round(room - _GAP, 1)
    return Bar(hour, x, width, in_time, late, others, at % _LABELLED_EVERY == 0)


def _nice(step: int) -> int:
    """The next 1, 2 or 5 with zeros behind."""
    size: int = 10 ** (len(str(step)) - 1)
    return next(times * size for times in (1, 2, 5, 10) if times * size >= step)
