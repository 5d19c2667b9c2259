"""Numbers that are never used twice, not by a restored database nor by two installations.

63 bits: milliseconds since 2024 above, 22 bits below that begin at random in every
millisecond and count on from there. Time order keeps indexes warm and lets the ledger be
partitioned by ranges of the key itself; the random start keeps processes, installations
on one gateway account, and a clock that stepped back, apart.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sms_service.domain.private_numbers import looks_like_an_id

_START_2024_MS = 1_704_067_200_000
_LOW_BITS = 22
_CODE_DIGITS = 8


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Ids:
    """Draws ids for one process; threads may share it.

    A process never draws one twice. Two processes that each draw hundreds in the same
    millisecond meet once in some ten thousand times: their inserts must stand a retry.
    """

    def __init__(self, milliseconds: Callable[[], int] = _milliseconds) -> None:
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._last = 0

    def draw(self) -> int:
        """A new positive 63-bit number, larger than all drawn here before."""
        now = self._milliseconds() - _START_2024_MS
        with self._lock:
            if now > self._last >> _LOW_BITS:
                # The top half stays free to count on in.
                self._last = now << _LOW_BITS | secrets.randbits(_LOW_BITS - 1)
            else:
                self._last += 1
            return self._last


def first_id_at(moment: datetime) -> int:
    """The lowest number that is drawn from this moment on."""
    return (int(moment.timestamp() * 1000) - _START_2024_MS) << _LOW_BITS


new_id = Ids().draw
"""A new number for a row or a hand-over."""


def first_id_of(moment: datetime) -> int:
    """Below every id that is drawn from this moment on, and above all that were before.

    As exact as the clocks of the processes that draw them.
    """
    return (int(moment.timestamp() * 1000) - _START_2024_MS) << _LOW_BITS


def moment_of(row_id: int) -> datetime:
    """When an id was drawn, to the millisecond."""
    since_2024 = timedelta(milliseconds=row_id >> _LOW_BITS)
    return datetime.fromtimestamp(_START_2024_MS / 1000, UTC) + since_2024


def new_code() -> str:
    """A tracking code «کد رهگیری»: eight digits a caller can read out, the first not zero.

    None looks like a bill ID or a payment ID, which logs hide wherever they stand.
    """
    low = 10 ** (_CODE_DIGITS - 1)
    while looks_like_an_id(code := str(low + secrets.randbelow(9 * low))):
        pass
    return code


def new_token() -> int:
    """A fencing token for one claim."""
    return secrets.randbits(63)
