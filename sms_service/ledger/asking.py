"""Answers whose receipt is missing: whose turn it is to be asked about, and when again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Row, select, update

from sms_service.database import Instant, db_now, reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.bulk import BulkUpdate
from sms_service.ledger.events import write_events
from sms_service.ledger.leases import now_once
from sms_service.ledger.tables import outbound
from sms_service.service import hops

_WITHOUT_RECEIPT = (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR)

_reschedule = BulkUpdate(
    outbound,
    {"row_id": BigInteger(), "next_at": Instant()},
    lambda given: {"ask_at": given["next_at"]},
    lambda given: outbound.c.id == given["row_id"],
)


class AskingLedger:
    """Rows with a question due, each handed to one asker."""

    def __init__(
        self, engine: Engine, next_question: Callable[[datetime, datetime], datetime | None]
    ) -> None:
        """``next_question`` tells from acceptance and now when to ask again, None for never."""
        self._engine = engine
        self._next_question = next_question

    def has_due(self, gateway: str) -> bool:
        """Whether there is anything to ask ``gateway`` about now."""
        due = select(outbound.c.id).where(_is_due(gateway)).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(due).first() is not None

    def take_due(self, gateway: str, limit: int) -> tuple[int, list[str]]:
        """How many rows were due, and the remote ids to ask about.

        The next question is set beforehand, so a crash costs no more than this one. Those
        for which the gateway's time is over are given up with an event and keep their state.
        """
        due = (
            select(
                *(outbound.c.id, outbound.c.code, outbound.c.state, outbound.c.remote_id),
                *(outbound.c.accepted_at, db_now().label("now")),
            )
            .where(_is_due(gateway))
            .order_by(outbound.c.ask_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            rows = connection.execute(due).all()
            asked, given_up = self._asked(connection, rows)
        hops.given_up(given_up, "receipt", "no_receipt")
        return len(rows), asked

    def ask_sooner(self, gateway: str, remote_ids: Sequence[str], seconds: float) -> None:
        """The question got no answer: ask again after so many seconds."""
        asked = update(outbound).where(
            outbound.c.gateway == gateway,
            outbound.c.remote_id.in_(remote_ids),
            outbound.c.ask_at > db_now(seconds),
        )
        with writing(self._engine) as connection:
            connection.execute(asked.values(ask_at=db_now(seconds)))

    def _asked(
        self, connection: Connection, rows: Sequence[Row[Any]]
    ) -> tuple[list[str], list[str]]:
        """The remote ids to ask about; the codes of those that are given up."""
        asked: list[str] = []
        given_up: list[str] = []
        changes: list[dict[str, Any]] = []
        for row in rows:
            next_at = None
            if row.state in _WITHOUT_RECEIPT and row.accepted_at and row.remote_id:
                next_at = self._next_question(row.accepted_at, row.now)
                (asked if next_at else given_up).append(row.remote_id if next_at else row.code)
            changes.append({"row_id": row.id, "next_at": next_at})
        _reschedule(connection, changes)
        write_events(connection, ((code, "no_receipt", None) for code in given_up))
        return asked, given_up


def _is_due(gateway: str) -> Any:
    return (outbound.c.gateway == gateway) & (outbound.c.ask_at <= now_once())
