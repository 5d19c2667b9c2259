"""What the ledger needn't keep any longer: receipts of no message, texts of a moment ago."""

from datetime import datetime

from sqlalchemy import Engine, ScalarSelect, delete, select, update

from sms_service.database import db_now, writing
from sms_service.domain.states import ReceiptState
from sms_service.ledger.tables import receipts, recent_texts

_RECEIPT_SECONDS = 48 * 3600
"""Kavenegar tells of a message for so long; a receipt older has waited in vain."""
_RECENT_SECONDS = 60
_AT_ONCE = 1000


class SweepingLedger:
    """Ends what waited in vain, deletes what has served its time; a bounded part at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sweep(self) -> bool:
        """One part of it; True when there may be more."""
        parked = receipts.c.state == ReceiptState.PARKED
        old = (
            select(receipts.c.id)
            .where(parked, receipts.c.received_at <= _ago(_RECEIPT_SECONDS))
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            over = connection.execute(old).scalars().all()
            drop = update(receipts).where(receipts.c.id.in_(over), parked)
            connection.execute(
                drop.values(state=ReceiptState.DROPPED, reason="unknown_message", ended_at=db_now())
            )
        with writing(self._engine) as connection:
            connection.execute(
                delete(recent_texts).where(recent_texts.c.at <= _ago(_RECENT_SECONDS))
            )
        return len(over) == _AT_ONCE


def _ago(seconds: float) -> ScalarSelect[datetime]:
    """Read once a statement, see ``now_once``."""
    return select(db_now(-seconds)).scalar_subquery()
