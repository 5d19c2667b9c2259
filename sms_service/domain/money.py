"""Money: whole numbers with their unit, and the only place that knows the factors.

Iran has legislated a rial worth 10,000 of today's; when it comes, this module
changes and nothing else does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NewType

Rial = NewType("Rial", int)
"""Today's rial («ریال»)."""

RIAL_PER_PAYMENT_ID_UNIT = 1000
"""Payment IDs («شناسه پرداخت») carry their amount in thousand rial."""

SMALLEST_PAYMENT = Rial(10_000)
"""Banks' programs take no bill payment below this."""

Unit = Literal["toman", "rial"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit in which amounts are told: its name and how many rial it is."""

    name: str
    rial: int

    def exact(self, amount: Rial) -> int:
        """The amount in this unit. ValueError when it is not a whole number of it."""
        told, rest = divmod(amount, self.rial)
        if rest:
            raise ValueError(f"not a whole number of {self.name}")
        return told

    def rounded(self, amount: Rial) -> int:
        """The amount in this unit, rounded once, halves away from zero."""
        told = (2 * abs(amount) + self.rial) // (2 * self.rial)
        return told if amount >= 0 else -told


RIAL: Final = Scale("rial", 1)
TOMAN: Final = Scale("toman", 10)
_THOUSANDS: Final = {
    RIAL: Scale("thousand_rial", 1000 * RIAL.rial),
    TOMAN: Scale("thousand_toman", 1000 * TOMAN.rial),
}
_MILLIONS: Final = {
    RIAL: Scale("million_rial", 1_000_000 * RIAL.rial),
    TOMAN: Scale("million_toman", 1_000_000 * TOMAN.rial),
}
_FEWEST_MILLIONS = 100
"""Below this, a rounding to millions would lose more than half a percent of an amount."""


def exact_scale(preferred: Unit, amounts: Iterable[Rial]) -> Scale:
    """The one unit in which all these amounts are whole: toman where preferred and possible."""
    if preferred == "toman" and all(amount % TOMAN.rial == 0 for amount in amounts):
        return TOMAN
    return RIAL


def coarse_scale(exact: Scale, amounts: Iterable[Rial]) -> Scale:
    """The unit for columns of amounts: thousands, or millions where even the smallest is huge.

    Amounts of zero have no say.
    """
    millions = _MILLIONS[exact]
    smallest = min((abs(amount) for amount in amounts if amount), default=0)
    return millions if smallest >= _FEWEST_MILLIONS * millions.rial else _THOUSANDS[exact]
