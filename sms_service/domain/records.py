"""What a billing source tells about one subscriber: bills, payments, the branch record.

Field meanings follow the national billing interface (sale, payment and branch
records); dates are Gregorian ``date`` objects and become Jalali only at the edges.
Money is whole rial, energy whole kWh.

Bills and payments are named tuples: an answer reads some eighty of them, and a frozen
dataclass takes six times as long to make.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sms_service.domain.money import Rial


class Bill(NamedTuple):
    """One issued bill («قبض») of one period («دوره»)."""

    serial: str
    sale_year: int
    """Jalali year the bill belongs to, four digits; not always the year it was read in."""
    sale_period: int
    """1-6 for two-month customers, 1-12 for monthly ones, as the source numbers them."""
    amount_rial: Rial
    """``bill_amt``: this period alone, without debt carried over."""
    mid_kwh: int = 0
    peak_kwh: int = 0
    low_kwh: int = 0
    days: int | None = None
    issued_on: date | None = None
    read_from: date | None = None
    read_to: date | None = None
    due_on: date | None = None
    previous_debt_rial: Rial = Rial(0)
    rejected: bool = False
    """``process_status`` -1: kept for the record, never summed."""

    @property
    def kwh(self) -> int:
        """Total active energy: mid, peak and low bands together."""
        return self.mid_kwh + self.peak_kwh + self.low_kwh


class Payment(NamedTuple):
    """One payment; a negative amount is the reversal of an earlier one."""

    paid_on: date
    amount_rial: Rial
    payment_id: str | None = None
    """شناسه پرداخت as the source holds it; links the payment to a bill when present."""
    posted_on: date | None = None
    tracking: str | None = None
    """The bank's reference code: told to a registered phone only."""
    bank_code: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch («انشعاب») record: what is owed now, and by which payment ID."""

    debt_rial: Rial | None = None
    """Debt now; negative is credit («بستانکار»); ``None`` when the source doesn't say."""
    payment_id: str | None = None
    due_on: date | None = None
    last_read_on: date | None = None
    tariff: int | None = None
    """Leading digit: 1 home, 2 public, 3 farming, 4 industry, 5 trade."""
    customer_type: int | None = None
    phone_hash: bytes | None = None
    """Keyed hash of the registered mobile, never the number itself."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of one bill ID. Bills and payments run from oldest to newest."""

    bill_id: str
    bills: tuple[Bill, ...] = ()
    payments: tuple[Payment, ...] = ()
    branch: Branch | None = None
    as_of: date | None = None
    """The day up to which the data are complete; ``None`` when read live."""
