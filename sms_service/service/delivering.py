"""Handing answers over: one question, one answer, whatever the network does.

What is due goes by the first gateway in the order of preference whose lane is fit;
an unknown outcome stays with the gateway that may have it, and is asked about before
anything else.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from sms_service.domain.states import OutboundState
from sms_service.service import hops
from sms_service.service.lanes import Lanes, Turn
from sms_service.service.messages import Claim, Departing, Taking, Verdict
from sms_service.service.ports import (
    Accepted,
    DepartingTexts,
    Doorbell,
    Gateway,
    OutgoingText,
    ParkedReceipts,
)
from sms_service.service.verdicts import lane_failure, resolved, still_unknown, verdict

_TURN_SECONDS = 0.5
"""A task's turn; then it rings for the next, so that no lane holds a worker long."""
_ASK_AT_ONCE = 200
_JOIN_AT_ONCE = 500
_PACE_WAIT_SECONDS = 0.05


def backoff_seconds(attempts: int) -> float:
    """5 s doubling to 5 min, a fifth either way so that crowds disperse."""
    spread = random.uniform(0.8, 1.2)  # noqa: S311  # disperses crowds, guards nothing
    return float(min(300.0, 5.0 * 2 ** min(attempts - 1, 10))) * spread


@dataclass(frozen=True, slots=True)
class _Round:
    """What came of one round over the lanes."""

    accepted: int = 0
    goes_on: bool = False
    """There may be more to hand over at once."""
    paced: bool = False
    """A lane could take more but for its pace."""

    def __or__(self, other: "_Round") -> "_Round":
        return _Round(
            self.accepted + other.accepted,
            self.goes_on or other.goes_on,
            self.paced or other.paced,
        )


@dataclass(frozen=True, slots=True)
class Delivering:
    """The ways out."""

    outbound: DepartingTexts
    receipts: ParkedReceipts
    gateways: Mapping[str, Gateway]
    lanes: Lanes
    doorbell: Doorbell
    may_spend: Callable[[], bool] = lambda: True
    """Whether the day's cap on SMS parts allows any more."""
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep

    def run(self) -> int:
        """Hand over what is due for one turn; returns how many were accepted."""
        turn_ends = self.clock() + _TURN_SECONDS
        accepted = 0
        while True:
            done = self._round()
            accepted += done.accepted
            if not done.goes_on:
                if not (done.paced and self.outbound.has_queued()):
                    break
                self.wait(_PACE_WAIT_SECONDS)
            if self.clock() >= turn_ends:
                self.doorbell.ring("deliver")
                break
        if accepted:
            self.doorbell.ring("receipts")
        return accepted

    def has_due(self) -> bool:
        """Whether anything could be handed to anyone now."""
        return bool(self.lanes.turns()) and self.outbound.has_queued()

    def settle_unknown(self) -> int:
        """Ask about what may have been sent; returns how many turn out accepted.

        Then hand over, one by one, what was in the hands of workers that died again and again.
        """
        accepted = sum(self._ask(gateway) for gateway in self.gateways.values())
        for turn in self.lanes.turns():
            suspect = _taking(self.gateways[turn.gateway], turn, 1, suspect=True)
            accepted += self._hand_over(self.gateways[turn.gateway], suspect)[1]
        if accepted:
            self.doorbell.ring("receipts")
        return accepted

    def join_receipts(self) -> int:
        """Move messages forward by what the gateways said of them since."""
        joined = self.receipts.join(_JOIN_AT_ONCE)
        if joined == _JOIN_AT_ONCE:
            self.doorbell.ring("receipts")
        return joined

    def _round(self) -> _Round:
        if not self.may_spend():
            return _Round()
        done = _Round()
        for turn in self.lanes.turns():
            done |= self._lane_round(turn)
        return done

    def _lane_round(self, turn: Turn) -> _Round:
        gateway = self.gateways[turn.gateway]
        size = min(gateway.round_size, turn.limit or gateway.round_size)
        reserved = self.lanes.reserve(turn.gateway, size)
        if not reserved:
            return _Round(paced=True)
        claim, accepted, failed = self._hand_over(gateway, _taking(gateway, turn, reserved))
        self.lanes.correct(turn.gateway, sum(row.parts for row in claim.rows) - reserved)
        taken = len(claim.rows)
        return _Round(accepted, goes_on=failed or taken == size, paced=taken == reserved < size)

    def _hand_over(self, gateway: Gateway, taking: Taking) -> tuple[Claim[Departing], int, bool]:
        """The rows taken, how many of them were accepted, and whether the lane failed."""
        claim = self.outbound.claim_queued(taking)
        if not claim.rows:
            return claim, 0, False
        texts = [OutgoingText(row.local_id, row.phone, row.text) for row in claim.rows]
        started = time.monotonic()
        with _named(claim.rows):
            outcomes = gateway.send_many(texts)
        seconds = time.monotonic() - started
        pairs = zip(claim.rows, outcomes, strict=True)
        verdicts = [verdict(row, one, gateway) for row, one in pairs]
        self.outbound.settle(claim.token, verdicts)
        hops.handed_over(verdicts, gateway.name, seconds)
        failure = lane_failure(outcomes)
        if failure:
            self.lanes.failed(gateway.name, failure)
        else:
            self.lanes.succeeded(gateway.name)
        gone = sum(isinstance(outcome, Accepted) for outcome in outcomes)
        return claim, gone, failure is not None

    def _ask(self, gateway: Gateway) -> int:
        claim = self.outbound.claim_unknown(gateway.name, _ASK_AT_ONCE)
        if not claim.rows:
            return 0
        with _named(claim.rows):
            verdicts = _asked(gateway, claim.rows)
        self.outbound.settle(claim.token, verdicts)
        hops.looked_up(verdicts, gateway.name)
        if any(one.state is OutboundState.QUEUED for one in verdicts):
            self.doorbell.ring("deliver")
        return sum(one.state is OutboundState.ACCEPTED for one in verdicts)


def _named(rows: Sequence[Departing]) -> AbstractContextManager[None]:
    """What libraries log during a call for one text is logged under its code."""
    return hops.working_on(rows[0].code) if len(rows) == 1 else nullcontext()


def _asked(gateway: Gateway, rows: Sequence[Departing]) -> list[Verdict]:
    found = gateway.look_up([row.local_id for row in rows]) if gateway.keeps_records else None
    if found is None:
        return [still_unknown(row, "no_answer", gateway) for row in rows]
    return [resolved(row, found.get(row.local_id), gateway) for row in rows]


def _taking(gateway: Gateway, turn: Turn, limit: int, *, suspect: bool = False) -> Taking:
    return Taking(
        turn.gateway, limit, gateway.reports_by_local_id, turn.takes_free, suspect=suspect
    )
