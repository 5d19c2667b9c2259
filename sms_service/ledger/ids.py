"""Numbers that are never used twice, not by a restored database nor by two installations.

63 bits: milliseconds since 2024 above, random bits below. Time order keeps indexes
warm and lets the ledger be partitioned by ranges of the key itself; the random bits
keep two installations on one gateway account, and a clock that stepped back, apart.
"""

import secrets
import time

_START_2024_MS = 1_704_067_200_000
_RANDOM_BITS = 22
_CODE_DIGITS = 8


def new_id() -> int:
    """A new positive 63-bit number, later ones larger (to the millisecond)."""
    elapsed = time.time_ns() // 1_000_000 - _START_2024_MS
    return elapsed << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)


def new_code() -> str:
    """A tracking code «کد رهگیری»: eight digits a caller can read out, the first not zero."""
    low = 10 ** (_CODE_DIGITS - 1)
    return str(low + secrets.randbelow(9 * low))


def new_token() -> int:
    """A fencing token for one claim."""
    return secrets.randbits(63)
