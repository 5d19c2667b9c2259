"""How many bits a bill holds: no text that keeps its facts can be shorter.

Entropies of the values seen, each kind on its own, with the correction of Miller and Madow.
Kinds that tell of each other, as kWh and amount do, are not told apart: a sender and reader
who shared the tariff could do with fewer.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from math import log, log2

from sms_service.domain.calendar import gregorian_of, jalali_of
from sms_service.domain.records import Bill, History
from sms_service.domain.settlement import SettledBill, settle

BITS_A_SIGN = log2(11)
"""Of a text of ten digits and a separator."""
BITS_A_UNIT = 16
"""Of a UCS-2 unit, if a phone could decode anything at all."""


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits a bill, by what is told of it."""

    kwh: float
    thousand_toman: float
    thousand_rial: float
    state: float
    """Paid, unpaid or paid in part."""
    payment_day: float
    """Given the month that names the bill, and the state."""
    due_day: float
    """Given the month that names the bill."""
    period: float
    """Year and period: told once, the other bills follow each other."""

    @property
    def core(self) -> float:
        """What a row without the day of payment tells."""
        return self.kwh + self.thousand_toman + self.state

    @property
    def with_days(self) -> float:
        """What a row with the day of payment tells."""
        return self.core + self.payment_day

    @property
    def full(self) -> float:
        """What a sentence tells, its amount to the thousand rial."""
        return self.kwh + self.thousand_rial + self.state + self.payment_day + self.due_day


SYNTHETIC = Bits(
    kwh=9.11,
    thousand_toman=8.67,
    thousand_rial=11.95,
    state=0.23,
    payment_day=4.61,
    due_day=4.58,
    period=4.9,
)
"""Of 300,000 bills that were made up from the national tariff when the rows were designed."""


def bits_of(histories: Iterable[History]) -> Bits:
    """Over all bills of these subscribers that count."""
    settled = [told for history in histories for told in settle(history).bills]
    bills = [told.bill for told in settled]
    state = entropy(told.state for told in settled)
    return Bits(
        kwh=entropy(bill.kwh for bill in bills),
        thousand_toman=entropy(round(bill.amount_rial / 10_000) for bill in bills),
        thousand_rial=entropy(round(bill.amount_rial / 1000) for bill in bills),
        state=state,
        payment_day=entropy((told.state, _paid_after(told)) for told in settled) - state,
        due_day=entropy(_days_into(bill, bill.due_on) for bill in bills),
        period=entropy((bill.sale_year, bill.sale_period) for bill in bills),
    )


def entropy(values: Iterable[Hashable]) -> float:
    """Bits a value, after Miller and Madow. ValueError without values."""
    counts = Counter(values).values()
    total = sum(counts)
    plug_in = log2(total) - sum(count * log2(count) for count in counts) / total
    return plug_in + (len(counts) - 1) / (2 * total * log(2))


def _paid_after(settled: SettledBill) -> int | None:
    return _days_into(settled.bill, settled.paid_on)


def _days_into(bill: Bill, day: date | None) -> int | None:
    """Days since the first of the month in which the bill was read."""
    if day is None or bill.read_to is None:
        return None
    read = jalali_of(bill.read_to)
    return (day - gregorian_of(read.year, read.month, 1)).days
