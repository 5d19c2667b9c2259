"""The day's cap on SMS parts: a fuse against whatever would spend the account in a night."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sms_service.domain.calendar import tehran_midnight
from sms_service.domain.states import LaneState
from sms_service.service.lane_health import Health
from sms_service.service.ports import LaneBook

log = logging.getLogger(__name__)

ALL_LANES = "all"
_ALARM_SHARE = 0.8
_LOOK_AGAIN_SECONDS = 5.0
_DAY = timedelta(days=1)


@dataclass(slots=True)
class DailyCap:
    """Looks every few seconds, so the cap may be passed by what leaves meanwhile."""

    parts: int | None
    """SMS parts between two midnights in Tehran; None: as many as are asked for."""
    book: LaneBook
    parts_since: Callable[[datetime], int]
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _open: bool = True
    _known_until: float = 0

    def may_spend(self) -> bool:
        """Whether more may be handed over today; each change is recorded, and alarms once."""
        if self.parts is None:
            return True
        if self.clock() >= self._known_until:
            self._known_until = self.clock() + _LOOK_AGAIN_SECONDS
            self._open = self._look(self.parts)
        return self._open

    def _look(self, cap: int) -> bool:
        now = self.now()
        midnight = tehran_midnight(now)
        share = self.parts_since(midnight) / cap
        health = _judged(share, (midnight + _DAY - now).total_seconds())
        before, after = self.book.change(ALL_LANES, lambda _: health)
        if before.reason != after.reason and after.reason:
            log.error("%.0f %% of the day's SMS parts are spent: %s", 100 * share, after.reason)
        return after.state is LaneState.WORKING


def _judged(share: float, seconds_left: float) -> Health:
    if share >= 1:
        return Health(ALL_LANES, LaneState.STOPPED, "daily_cap", rest_seconds=seconds_left)
    return Health(ALL_LANES, reason="daily_cap_near" if share >= _ALARM_SHARE else None)
