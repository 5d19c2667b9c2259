"""How many questions led to no bill lately, and of how many phones."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from sms_service.database import reading
from sms_service.language.reading import Problem
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound
from sms_service.service.watches import Misses

_GUESSED = (Problem.UNKNOWN_BILL, Problem.NOT_ALLOWED)
"""What IDs lead to that were made up; mistyped ones mostly have a wrong check digit."""


class MissLedger:
    """Counts by an index; costs as much as was missed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, moment: datetime) -> Misses:
        """Of all channels."""
        counted = select(func.count(), func.count(inbound.c.phone_hash.distinct())).where(
            inbound.c.problem.in_(_GUESSED), inbound.c.id >= first_id_of(moment)
        )
        with reading(self._engine) as connection:
            questions, phones = connection.execute(counted).one()
        return Misses(questions, phones)
