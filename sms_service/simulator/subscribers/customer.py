"""Who a subscriber is: what is used how, read when and paid in what manner.

The mix follows Qom: four fifths homes, an eighth read monthly, a sixth without a phone on
record, a third in debt; farms and industry few, with bills thousands of times a home's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from sms_service.simulator.subscribers.identifiers import (
    PaymentIds,
    bill_id,
    file_number,
    mobile,
)

Item = TypeVar("Item")

Chance = Callable[[], float]
"""Draws from [0, 1)."""

SHOPKEEPER_BILLS = 60
"""Bills of one phone in every so many subscribers: a village shop that asks for everybody."""
_SHOPKEEPER_EVERY, _SHOPKEEPER_FROM = 10_000, 900


class Tariff(IntEnum):
    HOME = 1
    PUBLIC = 2
    FARM = 3
    INDUSTRY = 4
    TRADE = 5


class Habit(IntEnum):
    """How bills get paid."""

    AT_ONCE = 0
    LATE = 1
    DEBTOR = 2
    """Has stopped paying."""
    IN_PARTS = 3
    AHEAD = 4
    """Pays round sums above the bill and lives on credit."""


_TARIFFS = (
    (0.813, Tariff.HOME),
    (0.913, Tariff.TRADE),
    (0.956, Tariff.FARM),
    (0.978, Tariff.INDUSTRY),
    (1.0, Tariff.PUBLIC),
)
_HABITS = (
    (0.78, Habit.AT_ONCE),
    (0.86, Habit.LATE),
    (0.93, Habit.DEBTOR),
    (0.97, Habit.IN_PARTS),
    (1.0, Habit.AHEAD),
)
_KWH_A_DAY = {
    Tariff.HOME: (3.2, 0.18),
    Tariff.TRADE: (3.5, 0.08),
    Tariff.PUBLIC: (6.0, 0.10),
    Tariff.FARM: (150.0, 0.08),
    Tariff.INDUSTRY: (2500.0, 0.06),
}
"""The least, and how seldom much more is used: the smaller the second, the wider the spread."""
_GIANT = {Tariff.FARM: 30, Tariff.INDUSTRY: 12}
"""Times as much for one in a dozen: bills of tens of billions of rial."""

_STEPS_BACK = ((0.84, 0), (0.95, 1), (0.98, 2), (1.0, 3))
"""Whose phone is on record: one's own, or that of a subscriber a little before."""


@dataclass(slots=True)
class Customer:
    """What doesn't change in a subscriber's life."""

    bill_id: str
    payment_ids: PaymentIds
    tariff: Tariff
    habit: Habit
    monthly: bool
    kwh_a_day: float
    reading_day: int
    """Days from the end of a period to its reading; may be negative."""
    odd_rials: bool
    """Billed to the rial, from before amounts were cut to thousands."""
    joined: float
    """At what share of the span the records begin; 0 for most."""
    phone: str | None

    @property
    def periods(self) -> int:
        """Bills a year."""
        return 12 if self.monthly else 6

    @property
    def customer_type(self) -> int:
        """2 for demand customers."""
        return 2 if self.tariff is Tariff.INDUSTRY else 1


def customer(seed: int, number: int, chance: Chance) -> Customer:
    """The subscriber of this number."""
    identifier = bill_id(file_number(seed, number))
    tariff = _pick(_TARIFFS, chance())
    monthly = tariff is Tariff.INDUSTRY or chance() < 0.10
    joined = chance()
    return Customer(
        bill_id=identifier,
        payment_ids=PaymentIds(identifier),
        tariff=tariff,
        habit=_pick(_HABITS, chance()),
        monthly=monthly,
        kwh_a_day=_kwh_a_day(tariff, chance),
        reading_day=int(chance() * 3) if monthly else int(chance() * 40) - 25,
        odd_rials=chance() < 0.03,
        joined=0.0 if joined > 0.13 else joined / 0.13,
        phone=_phone(seed, number, chance),
    )


def _pick(shares: Sequence[tuple[float, Item]], drawn: float) -> Item:
    return next(item for share, item in shares if drawn < share)


def _kwh_a_day(tariff: Tariff, chance: Chance) -> float:
    least, seldom = _KWH_A_DAY[tariff]
    usual = least * (1 + seldom) / (seldom + chance())
    return usual * _GIANT.get(tariff, 1) if chance() < 0.08 else usual


def _phone(seed: int, number: int, chance: Chance) -> str | None:
    known, steps = chance() < 0.84, chance()
    from_shop = number % _SHOPKEEPER_EVERY - _SHOPKEEPER_FROM
    if 0 <= from_shop < SHOPKEEPER_BILLS:
        return mobile(seed, number - from_shop)
    if not known:
        return None
    return mobile(seed, max(number - _pick(_STEPS_BACK, steps), 0))
