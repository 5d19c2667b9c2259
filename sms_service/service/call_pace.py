"""How many calls a minute a program may make, judged by a window that slides.

The minute before counts for as much of it as the window still covers, so that nobody gets
twice the limit by calling at the turn of a minute.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of the minute that began then, and of the one before it."""

    began_at: datetime
    calls: int = 0
    before: int = 0


def brought_to(calls: Calls, now: datetime) -> Calls:
    """The same at a later moment: whole minutes that are over move on."""
    passed = int((now - calls.began_at).total_seconds() // _MINUTE)
    if passed <= 0:
        return calls
    before = calls.calls if passed == 1 else 0
    return Calls(calls.began_at + timedelta(seconds=passed * _MINUTE), 0, before)


def admitted(calls: Calls, now: datetime, limit: int) -> tuple[Calls, int | None]:
    """The calls with one more; or the same, and after how many seconds to come again."""
    calls = brought_to(calls, now)
    share = 1 - max(0.0, (now - calls.began_at).total_seconds()) / _MINUTE
    if calls.calls + calls.before * share + 1 <= limit:
        return replace(calls, calls=calls.calls + 1), None
    return calls, _seconds_until_room(calls, share, limit)


def _seconds_until_room(calls: Calls, share: float, limit: int) -> int:
    room = limit - 1 - calls.calls
    if room >= 0:
        # The minute before fades while this one goes on.
        return max(1, math.ceil((share - room / calls.before) * _MINUTE))
    # In the next minute these calls are the ones before, and fade.
    fades = 1 - (limit - 1) / calls.calls
    return max(1, math.ceil((share + fades) * _MINUTE))
