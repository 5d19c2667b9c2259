"""Handing answers over: one question, one answer, whatever the network does.

Three outcomes (design: accepted, surely not sent, unknown). An unknown one is asked
about before anything else; it is sent again only under the same local id, only while
the gateway still remembers such ids, and never by another gateway.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from sms_service.domain.states import OutboundState
from sms_service.service.messages import Departing, Verdict
from sms_service.service.ports import (
    Accepted,
    Blame,
    DepartingTexts,
    Doorbell,
    Gateway,
    NotSent,
    Outcome,
    OutgoingText,
    ParkedReceipts,
    Unknown,
)

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.5
"""A task's turn; then it rings for the next, so that no lane holds a worker long."""
_ASK_AT_ONCE = 200
_JOIN_AT_ONCE = 500
_ASK_AGAIN_SECONDS = 5.0
_REMEMBERED_SECONDS = 11 * 3600.0
"""Kavenegar answers for local ids of the last 12 hours; an hour's margin."""
_PAUSE_SECONDS = 10.0
_STOP_SECONDS = 60.0


def backoff_seconds(attempts: int) -> float:
    """5 s doubling to 5 min, a fifth either way so that crowds disperse."""
    return float(min(300.0, 5.0 * 2 ** min(attempts - 1, 10))) * _spread(0.8, 1.2)


def _spread(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311  # disperses crowds, guards nothing


@dataclass(frozen=True, slots=True)
class Delivering:
    """One gateway's lane out."""

    outbound: DepartingTexts
    receipts: ParkedReceipts
    gateway: Gateway
    doorbell: Doorbell
    clock: Callable[[], float] = time.monotonic

    def run(self) -> int:
        """Hand over what is due for one turn; returns how many were accepted."""
        turn_ends = self.clock() + _TURN_SECONDS
        accepted = 0
        while True:
            size = self.gateway.round_size
            taken, gone = self._hand_over(size)
            accepted += gone
            if taken < size:
                break
            if self.clock() >= turn_ends:
                self.doorbell.ring("deliver")
                break
        if accepted:
            self.doorbell.ring("receipts")
        return accepted

    def ask_about_unknown(self) -> int:
        """Settle what the gateway can tell of; returns how many turn out accepted."""
        claim = self.outbound.claim_unknown(self.gateway.name, _ASK_AT_ONCE)
        if not claim.rows:
            return 0
        found = self.gateway.look_up([row.local_id for row in claim.rows])
        verdicts = [
            _still_unknown(row, "no_answer")
            if found is None
            else _resolve(row, found.get(row.local_id))
            for row in claim.rows
        ]
        self.outbound.settle(claim.token, verdicts)
        if any(verdict.state is OutboundState.QUEUED for verdict in verdicts):
            self.doorbell.ring("deliver")
        accepted = sum(verdict.state is OutboundState.ACCEPTED for verdict in verdicts)
        if accepted:
            self.doorbell.ring("receipts")
        return accepted

    def join_receipts(self) -> int:
        """Move messages forward by what the gateway said of them since."""
        joined = self.receipts.join(_JOIN_AT_ONCE)
        if joined == _JOIN_AT_ONCE:
            self.doorbell.ring("receipts")
        return joined

    def _hand_over(self, size: int) -> tuple[int, int]:
        claim = self.outbound.claim_queued(self.gateway.name, size)
        if not claim.rows:
            return 0, 0
        texts = [OutgoingText(row.local_id, row.phone, row.text) for row in claim.rows]
        outcomes = self.gateway.send_many(texts)
        pairs = list(zip(claim.rows, outcomes, strict=True))
        self.outbound.settle(claim.token, [_verdict(row, outcome) for row, outcome in pairs])
        self._mind_the_lane([outcome for _, outcome in pairs])
        return len(pairs), sum(isinstance(outcome, Accepted) for _, outcome in pairs)

    def _mind_the_lane(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, NotSent) and outcome.blame in (Blame.PAUSE, Blame.STOP):
                stopped = outcome.blame is Blame.STOP
                seconds = _STOP_SECONDS if stopped else _PAUSE_SECONDS
                rest = seconds * _spread(1, 1.2)
                if self.outbound.rest_lane(self.gateway.name, rest, outcome.reason) and stopped:
                    log.error("lane %s stopped: %s", self.gateway.name, outcome.reason)
                return


def _verdict(row: Departing, outcome: Outcome) -> Verdict:
    if isinstance(outcome, Accepted):
        return _accepted(row, outcome)
    if isinstance(outcome, Unknown):
        if not outcome.askable:
            return Verdict(row, OutboundState.UNRESOLVED, outcome.reason)
        return _still_unknown(row, outcome.reason)
    if outcome.blame is Blame.ROW:
        return Verdict(row, OutboundState.REFUSED, outcome.reason)
    return Verdict(row, OutboundState.QUEUED, outcome.reason, backoff_seconds(row.attempts))


def _resolve(row: Departing, record: Accepted | None) -> Verdict:
    if record is not None:
        return _accepted(row, record)
    if row.age_seconds > _REMEMBERED_SECONDS:
        return Verdict(row, OutboundState.UNRESOLVED, "window_over")
    return Verdict(row, OutboundState.QUEUED, "not_at_gateway")


def _accepted(row: Departing, outcome: Accepted) -> Verdict:
    return Verdict(
        row,
        OutboundState.ACCEPTED,
        remote_id=outcome.remote_id,
        cost_rial=outcome.cost_rial,
    )


def _still_unknown(row: Departing, reason: str) -> Verdict:
    if row.age_seconds > _REMEMBERED_SECONDS:
        return Verdict(row, OutboundState.UNRESOLVED, "window_over")
    return Verdict(row, OutboundState.UNKNOWN, reason, _ASK_AGAIN_SECONDS)
