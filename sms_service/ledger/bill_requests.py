"""Which requests asked about one bill."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.ledger.tables import inbound


@dataclass(frozen=True, slots=True)
class BillRequest:
    """One request about the bill."""

    code: str
    at: datetime
    channel: str
    phone_hash: bytes = field(repr=False)
    intent: str | None
    from_year: int | None
    problem: str | None
    state: str


def requests_about(engine: Engine, bill_id: str, most: int = 20) -> Sequence[BillRequest]:
    """The newest requests about a bill, the newest first."""
    c = inbound.c
    query = (
        select(
            *(c.code, c.received_at, c.channel, c.phone_hash),
            *(c.intent, c.from_year, c.problem, c.state),
        )
        .where(c.bill_id == bill_id)
        .order_by(c.id.desc())
        .limit(most)
    )
    with reading(engine) as connection:
        return [BillRequest(*row) for row in connection.execute(query)]
