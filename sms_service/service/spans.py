"""What happened one after the other, drawn on one scale of time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_WIDTH = 100.0
_SHORTEST_BAR = 1.5


@dataclass(frozen=True, slots=True)
class Span:
    """One moment: how long after the first and after the one before, and a bar between both."""

    ms: float
    step_ms: float
    start: float
    width: float


def spans(moments: Sequence[datetime]) -> list[Span]:
    """The moments on a scale of 0 to 100, logarithmic: receipts come seconds after milliseconds."""
    if not moments:
        return []
    times = [(moment - moments[0]).total_seconds() * 1000 for moment in moments]
    longest = math.log1p(max(*times, 1.0))
    drawn, before = [], 0.0
    for ms in times:
        end = _WIDTH * math.log1p(max(ms, 0.0)) / longest
        start = _WIDTH * math.log1p(max(before, 0.0)) / longest
        start = min(start, _WIDTH - _SHORTEST_BAR)
        width = max(end - start, _SHORTEST_BAR)
        drawn.append(Span(ms, ms - before, round(start, 2), round(width, 2)))
        before = ms
    return drawn
