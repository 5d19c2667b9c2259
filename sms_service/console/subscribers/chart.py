"""Where everything stands in the chart of consumption: the newest period at the left, the
axis at the right, as right-to-left readers expect it."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 652, 14, 212
_MOST_BARS = 24
_MOST_LABELS = 12
_TICKS = 4
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Period:
    """What was used in one period, and in the same one a year before."""

    year: int
    number: int
    kwh: int
    before_kwh: int | None

    @property
    def change(self) -> float | None:
        """Of the year before; None where that isn't known or was nothing."""
        return self.kwh / self.before_kwh - 1 if self.before_kwh else None


@dataclass(frozen=True, slots=True)
class Bar:
    """One period's bar, and the height of the year before."""

    period: Period
    x: float
    y: float
    width: float
    height: float
    before_y: float | None
    labelled: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart."""

    kwh: int
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the drawing needs."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    bottom: int = _BOTTOM


def chart_of(periods: Sequence[Period]) -> Chart | None:
    """The chart of these periods, newest first; None where there is nothing to draw."""
    shown = periods[:_MOST_BARS]
    if not shown:
        return None
    highest = max(max(one.kwh, one.before_kwh or 0) for one in shown)
    step = _step(highest)
    top = step * max(1, -(-highest // step))
    room = (_RIGHT - _LEFT) / max(len(shown), 6)
    every = -(-len(shown) // _MOST_LABELS)
    bars = [_bar(one, place, room, top, every) for place, one in enumerate(shown)]
    return Chart(bars, [Tick(kwh, _y(kwh, top)) for kwh in range(0, top + 1, step)])


def _bar(period: Period, place: int, room: float, top: int, every: int) -> Bar:
    y = _y(period.kwh, top)
    before = None if period.before_kwh is None else _y(period.before_kwh, top)
    x = round(_LEFT + place * room + 0.15 * room, 1)
    height = round(_BOTTOM - y, 1)
    return Bar(period, x, y, round(0.7 * room, 1), height, before, place % every == 0)


def _y(kwh: int, top: int) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * max(kwh, 0) / top, 1)


def _step(highest: int) -> int:
    """A round number of which some four reach the highest value."""
    wanted = max(highest, 1) / _TICKS
    scale = 1
    while scale * _STEPS[-1] < wanted:
        scale *= 10
    return max(1, round(next(scale * one for one in _STEPS if scale * one >= wanted)))
