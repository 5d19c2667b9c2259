"""How often phones were told of a bill."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, func, or_, select

from sms_service.database import reading
from sms_service.domain.states import InboundState
from sms_service.language.reading import Problem
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound


class BillAnswerCounts:
    """Counts answers about bills out of the inbound texts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, moment: datetime, bill_ids: Sequence[str]) -> dict[str, int]:
        """Texts that came since then and were told something of each bill.

        Of a text with several bills, the first one counts. A bill without any is absent.
        """
        at = inbound.c
        counted = (
            select(at.bill_id, func.count().label("answers"))
            .where(
                at.bill_id.in_(bill_ids),
                at.id >= first_id_of(moment),
                at.state == InboundState.ANSWERED,
                or_(at.problem.is_(None), at.problem == Problem.NO_DATA),
            )
            .group_by(at.bill_id)
        )
        with reading(self._engine) as connection:
            return {row.bill_id: row.answers for row in connection.execute(counted)}
