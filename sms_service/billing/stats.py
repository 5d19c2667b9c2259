"""What the billing tables hold, in figures."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, func, select

from sms_service.billing.batches import newest_in_force
from sms_service.billing.tables import bills, branches, payments
from sms_service.database import reading


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of what is in force; ``phones`` are different registered mobiles."""

    batch_id: int | None
    data_as_of: date | None
    subscribers: int
    phones: int
    bills: int
    rejected_bills: int
    payments: int
    first_year: int | None
    last_year: int | None


def billing_stats(engine: Engine) -> Stats:
    """Count what is there; on millions of rows this takes seconds."""
    batch = newest_in_force(engine)
    bill_figures = select(
        func.count(),
        func.count().filter(bills.c.rejected),
        func.min(bills.c.sale_year),
        func.max(bills.c.sale_year),
    ).select_from(bills)
    phones = func.count(branches.c.phone_hash.distinct())
    with reading(engine) as connection:
        subscribers, phone_count = connection.execute(select(func.count(), phones)).one()
        payment_count = connection.scalar(select(func.count()).select_from(payments))
        bill_count, rejected, first_year, last_year = connection.execute(bill_figures).one()
    return Stats(
        batch.id if batch else None,
        batch.data_as_of if batch else None,
        subscribers,
        phone_count,
        bill_count,
        rejected,
        payment_count or 0,
        first_year,
        last_year,
    )
