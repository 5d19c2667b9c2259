"""Months of the agreement that were closed."""

import json
from collections.abc import Sequence

from sqlalchemy import Engine, Row, insert, select
from sqlalchemy.exc import IntegrityError

from sms_service.database import db_now, reading, writing
from sms_service.domain.agreement import Month
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import frozen_months
from sms_service.service.agreement_months import AlreadyFrozen, Frozen
from sms_service.service.agreement_report import Report
from sms_service.service.auditing import Actor, Deed, canonical


class FrozenLedger:
    """Keeps each month's report once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, month: Month) -> Frozen | None:
        """The month as it was frozen; None when it wasn't."""
        wanted = select(frozen_months).where(frozen_months.c.month == str(month))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return _frozen(row) if row else None

    def months(self) -> Sequence[Frozen]:
        """All that are frozen, the latest first."""
        latest = select(frozen_months).order_by(frozen_months.c.month.desc())
        with reading(self._engine) as connection:
            return [_frozen(row) for row in connection.execute(latest)]

    def freeze(self, actor: Actor, month: Month, report: Report, evidence: bytes) -> Frozen:
        """Keep it, with the deed, in one transaction. Raises AlreadyFrozen."""
        row = {
            "month": str(month),
            "report": canonical(report),
            "hash": evidence,
            "frozen_by": actor.name[:48],
            "frozen_at": db_now(),
        }
        new = insert(frozen_months).values(row).returning(*frozen_months.c)
        deed = Deed(actor, "month_frozen", "month", str(month), details={"hash": evidence.hex()})
        try:
            with writing(self._engine) as connection:
                frozen = _frozen(connection.execute(new).one())
                write_deed(connection, deed)
        except IntegrityError:
            raise AlreadyFrozen from None
        return frozen


def _frozen(row: Row[tuple[object, ...]]) -> Frozen:
    at = row._mapping
    report = json.loads(at["report"])
    return Frozen(Month.read(at["month"]), report, at["hash"], at["frozen_by"], at["frozen_at"])
