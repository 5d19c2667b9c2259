"""Receipts that didn't come: the gateway is asked for them while it still tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sms_service.service.chore_ports import Questions, ReceiptTray
from sms_service.service.messages import Receipt
from sms_service.service.ports import Doorbell, Gateway

ASKED_AT = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(hours=47),
)
"""Ages since acceptance at which a message without a final receipt is asked about."""
TOLD_FOR = timedelta(hours=48)
"""Kavenegar answers 100 for every older message, whatever became of it."""

_ASK_AT_ONCE = 500
_ASK_AGAIN_SECONDS = 600.0


def next_question(accepted_at: datetime, now: datetime) -> datetime | None:
    """When the next question is due, given that one is asked now; None: it's too late to ask.

    After the last one comes the end of the time for which the gateway tells.
    """
    if now - accepted_at >= TOLD_FOR:
        return None
    return accepted_at + next((age for age in ASKED_AT if age > now - accepted_at), TOLD_FOR)


@dataclass(frozen=True, slots=True)
class Asking:
    """One gateway's missing receipts."""

    questions: Questions
    receipts: ReceiptTray
    gateway: Gateway
    doorbell: Doorbell

    def run(self) -> int:
        """Ask about one batch; returns how many receipts came of it."""
        due, remote_ids = self.questions.take_due(self.gateway.name, _ASK_AT_ONCE)
        told = self._ask(remote_ids) if remote_ids else 0
        if due == _ASK_AT_ONCE:
            self.doorbell.ring("ask")
        return told

    def _ask(self, remote_ids: Sequence[str]) -> int:
        codes = self.gateway.statuses(remote_ids)
        if codes is None:
            self.questions.ask_sooner(self.gateway.name, remote_ids, _ASK_AGAIN_SECONDS)
            return 0
        arrived = [Receipt(self.gateway.name, i, code) for i, code in codes.items()]
        if arrived:
            self.receipts.park(arrived)
            self.doorbell.ring("receipts")
        return len(arrived)
