"""Why each row of a history counts as it does: what `settle` decided, told row by row."""

from dataclasses import dataclass
from enum import StrEnum

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, History, Payment
from sms_service.domain.settlement import (
    Settlement,
    debt_by_rows,
    links,
    reversals,
    settle,
    standing_payments,
)


class Doubt(StrEnum):
    """Why no state of any bill is proven."""

    NO_FIGURE = "no_figure"
    """The branch's debt isn't known."""
    LOST_REVERSAL = "lost_reversal"
    """A reversal takes back a payment that the data don't hold."""
    DISAGREE = "disagree"
    """Bills and payments add up to another debt than the branch's."""


class Fate(StrEnum):
    """What became of a payment."""

    STANDS = "stands"
    REVERSED = "reversed"
    """A later reversal took it back."""
    REVERSAL = "reversal"
    """It takes an earlier payment back."""
    LOST_REVERSAL = "lost_reversal"
    """It takes back a payment that the data don't hold."""


@dataclass(frozen=True, slots=True)
class ToldPayment:
    """A payment, with what became of it and the bill that its payment ID speaks of."""

    payment: Payment
    fate: Fate
    bill: Bill | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A settlement with its reasons."""

    settlement: Settlement
    doubt: Doubt | None
    debt_by_rows: Rial | None
    """What bills and payments say is owed, to stand beside the branch's figure."""
    payments: tuple[ToldPayment, ...]
    """Newest first."""


def explain(history: History) -> Explanation:
    """The settlement of all bills, and why."""
    settlement = settle(history)
    return Explanation(
        settlement,
        _doubt(history, settlement),
        debt_by_rows(history),
        tuple(reversed(_told(history))),
    )


def _doubt(history: History, settlement: Settlement) -> Doubt | None:
    if settlement.agrees:
        return None
    if settlement.agrees is None:
        return Doubt.NO_FIGURE
    lost = standing_payments(history.payments) is None
    return Doubt.LOST_REVERSAL if lost else Doubt.DISAGREE


def _told(history: History) -> list[ToldPayment]:
    bills = [bill for bill in history.bills if not bill.rejected]
    undone = reversals(history.payments)
    gone = set(undone.values())
    return [
        ToldPayment(payment, _fate(place, undone, gone), None if at is None else bills[at])
        for place, (payment, at) in enumerate(
            zip(history.payments, links(bills, history.payments), strict=True)
        )
    ]


def _fate(place: int, undone: dict[int, int | None], gone: set[int | None]) -> Fate:
    if place in undone:
        return Fate.LOST_REVERSAL if undone[place] is None else Fate.REVERSAL
    return Fate.REVERSED if place in gone else Fate.STANDS
