"""The desk with a few subscribers behind it, in memory, who can be made unreachable."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.domain.bill_id import check_digit
from sms_service.domain.money import Rial
from sms_service.domain.records import History
from sms_service.ledger.desk_tables import audit
from sms_service.ledger.tables import events, inbound, outbound
from sms_service.service.ports import SourceDown
from tests.support.console import Desk
from tests.support.histories import history, paid, two_monthly

BILL = "1234567804423"
UNKNOWN = "7883745804424"
WRONG = "1234567804424"
PHONE = "09121234567"


def bill_id(number: int) -> str:
    """A bill ID of ours with this file number."""
    digits = f"{number:08}0442"
    return digits + str(check_digit(digits))


def subscriber(of: str = BILL, debt: int = 2_873_000) -> History:
    """Bills of 1402 to 1405, all but the last paid."""
    bills = two_monthly(1402, 1405)
    bills[-1] = bills[-1]._replace(amount_rial=Rial(1_040_003))
    told = history(bills, [paid(bill) for bill in bills[:-1]], debt, due_on=bills[-1].due_on)
    return replace(told, bill_id=of)


class Subscribers:
    """A billing source; ``down`` makes every look-up fail."""

    def __init__(self, *histories: History) -> None:
        self.by_id = {one.bill_id: one for one in histories or (subscriber(),)}
        self.down = False
        self.asked: list[list[str]] = []

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        if self.down:
            raise SourceDown("switched off", unanswered=bill_ids)
        self.asked.append(list(bill_ids))
        return {one: self.by_id[one] for one in bill_ids if one in self.by_id}

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        return ()

    def close(self) -> None:
        """Nothing is open."""


def seat_subscribers(desk: Desk, *histories: History) -> Subscribers:
    """Put these subscribers behind a desk that hasn't asked for any yet."""
    source = Subscribers(*histories)
    vars(desk.parts.service)["source"] = source
    return source


def form(**fields: Any) -> dict[str, Any]:
    """The counter's form, filled in for a read-out of the whole history."""
    usual = {"bill_id": BILL, "wish": "history", "from_year": "1404", "goes": "shown"}
    return {**usual, "form_key": "a-form-key", **fields}


def rows_of(engine: Engine, table: Any) -> list[Any]:
    """All rows, oldest first."""
    order = table.c.number if table is audit else table.c.id
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(order)))


def requests_of(engine: Engine) -> list[Any]:
    """All requests in the ledger."""
    return rows_of(engine, inbound)


def answers_of(engine: Engine) -> list[Any]:
    """All SMS that are to go or went."""
    return rows_of(engine, outbound)


def deeds_of(engine: Engine) -> list[Any]:
    """All that the audit log holds."""
    return rows_of(engine, audit)


def happened(engine: Engine) -> list[tuple[str, str | None]]:
    """All events, with their reasons."""
    return [(row.what, row.reason) for row in rows_of(engine, events)]
