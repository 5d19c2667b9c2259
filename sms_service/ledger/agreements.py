"""The agreements as rows, and times of force majeure: made and ended, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.agreement import Agreement
from sms_service.domain.masking import masked as without_numbers
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import agreements, force_majeure
from sms_service.service.auditing import Actor, Deed


class Overlap(Exception):
    """Another agreement holds on some of these days."""


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement and who made it; ended ones hold no more, on no day."""

    agreement: Agreement
    made_by: str
    made_at: datetime
    ended_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A time that nobody answers for, and who says so."""

    number: int
    begins_at: datetime
    ends_at: datetime
    reason: str
    marked_by: str
    marked_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class AgreementLedger:
    """Agreements; while there is none, the one of the settings stands in."""

    def __init__(self, engine: Engine, stand_in: Agreement) -> None:
        self._engine = engine
        self._stand_in = stand_in

    def holding(self) -> Sequence[Agreement]:
        """Those that haven't been ended, by their days. At least one."""
        wanted = select(agreements).where(agreements.c.ended_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(agreements.c.valid_from)).all()
        return [_agreement(row) for row in rows] or [self._stand_in]

    def rows(self) -> Sequence[AgreementRow]:
        """All that ever were, the latest first."""
        latest = agreements.c.valid_from.desc(), agreements.c.id.desc()
        with reading(self._engine) as connection:
            rows = connection.execute(select(agreements).order_by(*latest)).all()
        return [
            AgreementRow(_agreement(row), row.made_by, row.made_at, row.ended_by, row.ended_at)
            for row in rows
        ]

    def make(self, actor: Actor, new: Agreement) -> int:
        """Write a new one down; its number. Raises Overlap."""
        row = {
            "title": new.title,
            "valid_from": new.valid_from,
            "valid_until": new.valid_until,
            "within_seconds": new.within_seconds,
            "target": new.target,
            "made_by": actor.name[:48],
            "made_at": db_now(),
        }
        with writing(self._engine) as connection:
            # First, since those who write deeds wait for each other: two overlapping
            # agreements can't both find the days free.
            deed = Deed(actor, "agreement_made", "agreement", new.title, details=_details(new))
            write_deed(connection, deed)
            valid = select(agreements).where(agreements.c.ended_at.is_(None))
            if any(new.overlaps(_agreement(held)) for held in connection.execute(valid)):
                raise Overlap
            made = connection.execute(insert(agreements).values(row).returning(agreements.c.id))
            return int(made.scalar_one())

    def end(self, actor: Actor, number: int, reason: str) -> bool:
        """End one, so that it holds on no day; False when it doesn't hold or isn't there."""
        mine = (
            update(agreements)
            .where(agreements.c.id == number, agreements.c.ended_at.is_(None))
            .values(ended_by=actor.name[:48], ended_at=db_now())
            .returning(agreements.c.title)
        )
        with writing(self._engine) as connection:
            title = connection.execute(mine).scalar()
            if title is not None:
                deed = Deed(actor, "agreement_ended", "agreement", title, reason)
                write_deed(connection, deed)
        return title is not None


class OutageLedger:
    """Times of force majeure."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, number: int) -> Outage | None:
        """The one with this number."""
        if not 0 < number < 2**63:
            return None
        wanted = select(force_majeure).where(force_majeure.c.id == number)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return Outage(*row) if row else None

    def touching(self, begins_at: datetime, ends_at: datetime) -> Sequence[Outage]:
        """Those with a moment in this time, withdrawn ones too, in order."""
        at = force_majeure.c
        wanted = select(force_majeure).where(at.begins_at < ends_at, at.ends_at > begins_at)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(at.begins_at, at.id)).all()
        return [Outage(*row) for row in rows]

    def standing(
        self, begins_at: datetime, ends_at: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """From when until when, without those that were withdrawn."""
        held = [one for one in self.touching(begins_at, ends_at) if one.withdrawn_at is None]
        return [(one.begins_at, one.ends_at) for one in held]

    def mark(self, actor: Actor, begins_at: datetime, ends_at: datetime, reason: str) -> int:
        """Say that nobody answers for this time; the number of the row."""
        row = {
            "begins_at": begins_at,
            "ends_at": ends_at,
            "reason": without_numbers(reason),
            "marked_by": actor.name[:48],
            "marked_at": db_now(),
        }
        new = insert(force_majeure).values(row).returning(force_majeure.c.id)
        with writing(self._engine) as connection:
            number = int(connection.execute(new).scalar_one())
            details = {"from": begins_at.isoformat(), "until": ends_at.isoformat()}
            deed = Deed(actor, "outage_marked", "outage", str(number), reason, details)
            write_deed(connection, deed)
        return number

    def withdraw(self, actor: Actor, number: int, reason: str) -> bool:
        """Take it back; False when that is done already or it isn't there."""
        mine = (
            update(force_majeure)
            .where(force_majeure.c.id == number, force_majeure.c.withdrawn_at.is_(None))
            .values(withdrawn_by=actor.name[:48], withdrawn_at=db_now())
            .returning(force_majeure.c.id)
        )
        with writing(self._engine) as connection:
            is_mine = connection.execute(mine).first() is not None
            if is_mine:
                deed = Deed(actor, "outage_withdrawn", "outage", str(number), reason)
                write_deed(connection, deed)
        return is_mine


def _agreement(row: Row[Any]) -> Agreement:
    at = row._mapping
    first: date = at["valid_from"]
    return Agreement(
        at["title"], first, at["valid_until"], at["within_seconds"], at["target"], at["id"]
    )


def _details(new: Agreement) -> dict[str, object]:
    return {
        "from": new.valid_from.isoformat() if new.valid_from else None,
        "until": new.valid_until.isoformat(),
        "within_seconds": new.within_seconds,
        "target": new.target,
    }
