"""Delivery receipts: parked as they come, joined when their message is known.

A receipt can come before the row knows the gateway's id. Both sides commit what they
have first and look for the other afterwards, so whichever is second finds the first.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Row,
    String,
    case,
    func,
    select,
    update,
)

from sms_service.database import db_now, once_more, reading, writing
from sms_service.domain.states import RANK, OutboundState, ReceiptState
from sms_service.ledger.bulk import BulkInsert, BulkUpdate, Given
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import outbound, receipts
from sms_service.service import hops
from sms_service.service.messages import Receipt

_park = BulkInsert(receipts, ["gateway", "remote_id", "status"], {"received_at": db_now()})


def _is_final(given: Given) -> ColumnElement[bool]:
    return given["new_state"].not_in([OutboundState.ACCEPTED, OutboundState.AT_OPERATOR])


_raise = BulkUpdate(
    outbound,
    {
        "row_id": BigInteger(),
        "old_state": String(),
        "new_state": String(),
        "new_reason": String(),
    },
    lambda given: {
        "state": given["new_state"],
        "reason": given["new_reason"],
        # The receipt may outrun what the gateway answered to the hand-over itself.
        "accepted_at": func.coalesce(outbound.c.accepted_at, db_now()),
        "ended_at": case((_is_final(given), db_now())),
        "ask_at": case((_is_final(given), None), else_=outbound.c.ask_at),
    },
    lambda given: (outbound.c.id == given["row_id"]) & (outbound.c.state == given["old_state"]),
)


class ReceiptLedger:
    """Parks receipts and moves messages forward by them."""

    def __init__(self, engine: Engine, meanings: Mapping[str, Mapping[int, OutboundState]]) -> None:
        self._engine = engine
        self._meanings = meanings

    def park(self, arrived: Sequence[Receipt]) -> None:
        """Keep receipts, durable when this returns."""
        rows = [
            {"gateway": r.gateway, "remote_id": r.remote_id, "status": r.status} for r in arrived
        ]
        once_more(lambda: self._park(rows))

    def _park(self, rows: Sequence[dict[str, Any]]) -> None:
        with writing(self._engine) as connection:
            _park(connection, rows)

    def has_joinable(self) -> bool:
        """Whether any parked receipt has its message by now."""
        with reading(self._engine) as connection:
            return connection.execute(_joinable(1)).first() is not None

    def join(self, limit: int) -> int:
        """Move messages forward by their parked receipts; returns how many receipts were used."""
        with writing(self._engine) as connection:
            pairs = connection.execute(_joinable(limit)).all()
            if not pairs:
                return 0
            used = self._raise(connection, pairs)
            applied = {pair.receipt_id for pair, _ in used}
            idle = [pair.receipt_id for pair in pairs if pair.receipt_id not in applied]
            for state, ids in ((ReceiptState.APPLIED, applied), (ReceiptState.IDLE, idle)):
                ended = update(receipts).where(receipts.c.id.in_(ids))
                connection.execute(ended.values(state=state, ended_at=db_now()))
        for pair, said in used:
            hops.receipt(pair.code, said, pair.gateway, _seconds_since_acceptance(pair))
        return len(pairs)

    def _raise(
        self, connection: Connection, pairs: Sequence[Row[Any]]
    ) -> list[tuple[Row[Any], OutboundState]]:
        """Apply the best receipt of each message, where it says more than is known."""
        best: dict[int, tuple[Row[Any], OutboundState]] = {}
        for pair in pairs:
            said = self._meanings.get(pair.gateway, {}).get(pair.status)
            held = best[pair.id][1] if pair.id in best else OutboundState(pair.state)
            if said is not None and RANK[said] > RANK[held]:
                best[pair.id] = pair, said
        changes = [
            {
                "row_id": row_id,
                "old_state": pair.state,
                "new_state": said,
                "new_reason": f"{pair.gateway}_status_{pair.status}",
            }
            for row_id, (pair, said) in best.items()
        ]
        raised = _raise(connection, changes)
        used = [(pair, said) for row_id, (pair, said) in best.items() if row_id in raised]
        write_events(
            connection, ((p.code, said, f"{p.gateway}_status_{p.status}") for p, said in used)
        )
        return used


def _seconds_since_acceptance(pair: Row[Any]) -> float | None:
    """None where the receipt outran what the gateway answered to the hand-over itself."""
    if pair.accepted_at is None:
        return None
    waited: timedelta = pair.received_at - pair.accepted_at
    return max(0.0, waited.total_seconds())


def _joinable(limit: int) -> Any:
    return (
        select(
            receipts.c.id.label("receipt_id"),
            receipts.c.gateway,
            receipts.c.status,
            receipts.c.received_at,
            outbound.c.id,
            outbound.c.state,
            outbound.c.code,
            outbound.c.accepted_at,
        )
        .join(
            outbound,
            (outbound.c.gateway == receipts.c.gateway)
            & (outbound.c.remote_id == receipts.c.remote_id),
        )
        .where(receipts.c.state == ReceiptState.PARKED)
        .order_by(receipts.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
