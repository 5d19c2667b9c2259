"""What a search comes upon, and what is known where it comes upon nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, func, select

from sms_service.database import db_now, reading
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound, outbound

_CLOCKS_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hit:
    """A request that was found."""

    code: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LineHour:
    """What reached one of our lines in a time."""

    gateway: str
    line: str
    texts: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that went to a phone."""

    code: str
    state: str
    at: datetime


class Finds:
    """Looks requests up by what operators type."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def has_code(self, code: str) -> bool:
        """Whether a request has this tracking code."""
        query = select(inbound.c.id).where(inbound.c.code == code).limit(1)
        with reading(self._engine) as connection:
            return connection.scalar(query) is not None

    def of_phone(self, phone_hash: bytes) -> Sequence[Hit]:
        """The newest two requests of a phone, at most."""
        return self._newest(inbound.c.phone_hash == phone_hash)

    def of_bill(self, bill_id: str) -> Sequence[Hit]:
        """The newest two requests about a bill, at most."""
        return self._newest(inbound.c.bill_id == bill_id)

    def last_sent(self, phone_hash: bytes) -> SentText | None:
        """The newest text that was made for a phone, whoever asked for it."""
        query = (
            select(outbound.c.code, outbound.c.state, outbound.c.created_at)
            .where(outbound.c.phone_hash == phone_hash)
            .order_by(outbound.c.id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else SentText(row.code, row.state, row.created_at)

    def reached_lines(self, since: datetime, until: datetime) -> Sequence[LineHour]:
        """What texts reached which lines in a time, the busiest line first."""
        came = inbound.c.received_at
        query = (
            select(inbound.c.gateway, inbound.c.line, func.count(), func.max(came))
            .where(
                inbound.c.id >= first_id_of(since - _CLOCKS_APART),
                inbound.c.id < first_id_of(until + _CLOCKS_APART),
                (came >= since) & (came < until),
                inbound.c.channel == "sms",
            )
            .group_by(inbound.c.gateway, inbound.c.line)
            .order_by(func.count().desc(), inbound.c.gateway, inbound.c.line)
        )
        with reading(self._engine) as connection:
            return [LineHour(*row) for row in connection.execute(query)]

    def now(self) -> datetime:
        """The database's clock."""
        with reading(self._engine) as connection:
            return connection.execute(select(db_now())).scalar_one()

    def _newest(self, condition: ColumnElement[bool]) -> Sequence[Hit]:
        query = (
            select(inbound.c.code, inbound.c.received_at)
            .where(condition)
            .order_by(inbound.c.id.desc())
            .limit(2)
        )
        with reading(self._engine) as connection:
            return [Hit(row.code, row.received_at) for row in connection.execute(query)]
