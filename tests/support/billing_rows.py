"""Histories put into the billing tables as one import would."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, insert

from sms_service.billing.tables import billing_batches, bills, branches, payments
from sms_service.database import writing
from sms_service.domain.records import Bill, Branch, History, Payment

_BRANCH = ("debt_rial", "payment_id", "due_on", "last_read_on", "tariff", "customer_type")


def store(engine: Engine, *histories: History, as_of: date, number: int = 1) -> None:
    """Put them in force under one batch of this number."""
    now = datetime.now(UTC)
    batch = {
        "id": number,
        "state": "in_force",
        "source": "csv",
        "files": ["sales.csv"],
        "content_hash": f"{number}",
        "data_as_of": as_of,
        "bills": 1,
        "payments": 1,
        "branches": 1,
        "started_at": now,
        "finished_at": now,
    }
    with writing(engine) as connection:
        connection.execute(insert(billing_batches).values(batch))
        for one in histories:
            own = {"bill_id": one.bill_id, "batch_id": number}
            for bill in one.bills:
                connection.execute(insert(bills).values(own | _bill(bill)))
            for place, payment in enumerate(one.payments):
                connection.execute(insert(payments).values(own | _payment(payment, place)))
            if one.branch is not None:
                connection.execute(insert(branches).values(own | _branch(one.branch)))


def _bill(bill: Bill) -> dict[str, Any]:
    return bill._asdict()


def _payment(payment: Payment, place: int) -> dict[str, Any]:
    told = payment._asdict()
    return told | {"tracking": payment.tracking or "", "untracked_key": str(place)}


def _branch(branch: Branch) -> dict[str, Any]:
    told = {name: getattr(branch, name) for name in _BRANCH}
    return told | {"phone_hash": branch.phone_hash}
