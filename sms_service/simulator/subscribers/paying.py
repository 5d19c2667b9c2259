"""What was paid: by habit, in parts or together, with or without the bill's payment ID."""

from collections.abc import Sequence
from typing import NamedTuple

from sms_service.simulator.subscribers.customer import Chance, Customer, Habit
from sms_service.simulator.subscribers.metering import Metered
from sms_service.simulator.subscribers.span import Span

_CHANNELS = ("2", "3", "5", "7", "13", "14", "59")
_BANKS = tuple(str(code) for code in range(10, 71))
_LEAST_PAID_RIAL = 10_000
_WITHOUT_ID = 0.12
_REVERSED = 0.004
_DAYS_TO_POST = (1, 1, 1, 1, 1, 2, 3, 0)
_DAYS_TO_PAY = {
    Habit.AT_ONCE: (1, 14),
    Habit.LATE: (18, 50),
    Habit.DEBTOR: (5, 40),
    Habit.IN_PARTS: (3, 15),
    Habit.AHEAD: (3, 15),
}
_SKIPPED = {Habit.AT_ONCE: 0.01, Habit.LATE: 0.12, Habit.DEBTOR: 0.05}
"""How often a bill is left to be paid together with the next one."""
_BILLS_LEFT_BY_A_DEBTOR = 6
_SHARE_KNOWN_EARLIER = 0.04


class Paid(NamedTuple):
    """One payment, by day numbers of the span."""

    day: int
    amount: int
    payment_id: str | None
    posted: int
    tracking: str
    bank: str
    channel: str


class Account:
    """The payments of one subscriber as they come about."""

    def __init__(self, who: Customer, span: Span, chance: Chance) -> None:
        self.payments: list[Paid] = []
        self._who = who
        self._until = span.until
        self._chance = chance
        self._tracking = 896_000_000_000 + int(chance() * 10**9) * 100
        self._untracked = int(chance() * 400)
        """The place of the one payment without tracking number, which most don't reach."""

    def pay_earlier(self, first: Metered) -> None:
        """Perhaps pay a bill that is older than the records."""
        if self._chance() < _SHARE_KNOWN_EARLIER:
            self._pay(first.issued - 9, first.amount // 1000 * 1000, None)

    def pay_all(self, bills: Sequence[Metered], owed: int) -> None:
        """Pay what is owed before the first bill and each bill, or leave it, by habit."""
        who, chance = self._who, self._chance
        soonest, days = _DAYS_TO_PAY[who.habit]
        skipped = _SKIPPED.get(who.habit, 0.0)
        if who.habit is Habit.DEBTOR:
            bills = bills[: -1 - int(chance() * _BILLS_LEFT_BY_A_DEBTOR)]
        for bill in bills:
            owed += bill.amount
            day = bill.issued + soonest + int(chance() * days)
            if chance() >= skipped and owed >= _LEAST_PAID_RIAL and day < self._until:
                owed -= self._settle(bill, owed, day)

    def _settle(self, bill: Metered, owed: int, day: int) -> int:
        """Pay for a bill and what came before it; how much was paid in the end."""
        habit = self._who.habit
        drawn = self._chance()
        amount = owed - owed % 1000
        if habit is Habit.IN_PARTS:
            return self._pay_in_parts(bill, amount, day)
        if habit is Habit.AHEAD and drawn < 0.5:
            amount += (1 + int(drawn * 10)) * (amount // 4_000) * 1000
        payment_id = None
        if drawn >= _WITHOUT_ID:
            payment_id = self._who.payment_ids.of(amount, bill.year, bill.period)
        paid = self._pay(day, amount, payment_id)
        if drawn > 1 - _REVERSED and paid and day + 4 < self._until:
            self._reverse(self.payments[-1], day + 2)
            return self._pay(day + 4, amount, payment_id)
        return paid

    def _pay_in_parts(self, bill: Metered, amount: int, day: int) -> int:
        parts = 2 + int(self._chance() * 2)
        part = amount // parts // 1000 * 1000
        sums = [part] * (parts - 1) + [amount - part * (parts - 1)]
        ids = self._who.payment_ids
        return sum(
            self._pay(day + 12 * place, each, ids.of(each, bill.year, bill.period))
            for place, each in enumerate(sums)
        )

    def _pay(self, day: int, amount: int, payment_id: str | None) -> int:
        drawn = self._chance()
        posted = day + _DAYS_TO_POST[int(drawn * 8)]
        if posted > self._until or amount <= 0:
            return 0
        tracking = ""
        if len(self.payments) != self._untracked:
            self._tracking += 1 + int(drawn * 90)
            tracking = str(self._tracking)
        self.payments.append(
            Paid(
                *(day, amount, payment_id, posted, tracking),
                *(_BANKS[int(drawn * 61)], _CHANNELS[int(self._chance() * 7)]),
            )
        )
        return amount

    def _reverse(self, payment: Paid, day: int) -> None:
        self.payments.append(payment._replace(amount=-payment.amount, day=day, posted=day))
