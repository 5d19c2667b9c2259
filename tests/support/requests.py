"""Requests at every point of their way, made by the ledger's own hands."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import Table, select, update

from sms_service.database import reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import outbound
from sms_service.service.messages import Arrival, Departing, Taking, Verdict
from sms_service.wiring import Parts
from tests.support.ledger import answer


class Requests:
    """Requests of phones of their own, under the keys of these parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._numbers = count(1_000_000)

    def asked(self, how_many: int, text: str = "۱۲۳۴۵۶۷۸۰۴۴۲۳") -> Sequence[str]:
        """The codes of texts that wait for an answer."""
        recorder = Recorder(self._parts.engine, self._parts.vault)
        recorded = recorder.record([self._arrival(text) for _ in range(how_many)])
        return [one.code for one in recorded]

    def answered(self, how_many: int, text: str = "۱۲۳۴۵۶۷۸۰۴۴۲۳") -> Sequence[str]:
        """The codes of texts whose answers are queued."""
        codes = self.asked(how_many, text)
        ledger = self._parts.inbound
        claim = ledger.claim(100_000)
        mine = [row for row in claim.rows if row.code in set(codes)]
        ledger.answer(claim.token, [answer(row, f"پاسخ {row.code}") for row in mine])
        return codes

    def sent(self, how_many: int, state: OutboundState, cost: int | None = 500) -> Sequence[str]:
        """The codes of requests whose answers Kavenegar took, which then became ``state``."""
        codes = self.answered(how_many)
        ledger = self._parts.outbound
        claim = ledger.claim_queued(Taking("kavenegar", 100_000))
        ledger.settle(claim.token, [self._accepted(row, cost) for row in claim.rows])
        for code in codes:
            self.become(outbound, code, state=state)
        return codes

    def become(self, table: Table, code: str, **values: Any) -> None:
        """Change the row of a request, or its answer's, behind everybody's back."""
        with writing(self._parts.engine) as connection:
            connection.execute(update(table).where(table.c.code == code).values(values))

    def attempts(self, code: str) -> Sequence[Any]:
        """All rows that were ever to be sent for a request, the oldest first."""
        rows = select(outbound).where(outbound.c.code == code).order_by(outbound.c.id)
        with reading(self._parts.engine) as connection:
            return connection.execute(rows).all()

    def _arrival(self, text: str) -> Arrival:
        number = next(self._numbers)
        phone = f"+98912{number}"
        return Arrival("kavenegar", str(number), phone, "10001521", text, b"raw", phone)

    def _accepted(self, row: Departing, cost: int | None) -> Verdict:
        return Verdict(row, OutboundState.ACCEPTED, remote_id=f"9{row.local_id}", cost_rial=cost)
