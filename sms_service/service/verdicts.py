"""What the outcome of a hand-over, or of a question about one, makes of a row.

Three outcomes (design: accepted, surely not sent, unknown). An unknown one is sent again
only under the same local id, by the same gateway, while that remembers such ids.
"""

from collections.abc import Iterable, Sequence

from sms_service.domain.states import OutboundState
from sms_service.service.lanes import Failure
from sms_service.service.messages import Departing, Verdict
from sms_service.service.ports import Accepted, Blame, Gateway, NotSent, Outcome, Unknown

ASK_AGAIN_SECONDS = 5.0
REMEMBERED_SECONDS = 11 * 3600.0
"""Kavenegar answers for local ids of the last 12 hours; an hour's margin."""
FIRST_RECEIPT_QUESTION_SECONDS = 600.0
"""By then nearly every receipt has come by itself."""


def verdict(row: Departing, outcome: Outcome, gateway: Gateway) -> Verdict:
    """What a hand-over makes of a row."""
    if isinstance(outcome, Accepted):
        return accepted(row, outcome, gateway)
    if isinstance(outcome, Unknown):
        if not outcome.askable:
            return Verdict(row, OutboundState.UNRESOLVED, outcome.reason)
        return still_unknown(row, outcome.reason, gateway)
    if outcome.blame is Blame.ROW:
        return Verdict(row, OutboundState.REFUSED, outcome.reason)
    # The failure is the lane's, and the lane rests for it: the row waits for nothing.
    return Verdict(row, OutboundState.QUEUED, outcome.reason)


def resolved(row: Departing, record: Accepted | None, gateway: Gateway) -> Verdict:
    """What a gateway's own record of a hand-over, or its having none, makes of a row."""
    if record is not None:
        return accepted(row, record, gateway)
    if row.age_seconds > REMEMBERED_SECONDS:
        return Verdict(row, OutboundState.UNRESOLVED, "window_over")
    return Verdict(row, OutboundState.QUEUED, "not_at_gateway")


def accepted(row: Departing, outcome: Accepted, gateway: Gateway) -> Verdict:
    """The gateway has it."""
    return Verdict(
        row,
        OutboundState.ACCEPTED,
        remote_id=outcome.remote_id,
        cost_rial=outcome.cost_rial,
        ask_seconds=FIRST_RECEIPT_QUESTION_SECONDS if gateway.keeps_records else None,
    )


def still_unknown(row: Departing, reason: str, gateway: Gateway) -> Verdict:
    """Asked about again in a while; of a gateway without records only a receipt can tell."""
    if not gateway.keeps_records:
        return _waits_for_its_receipt(row, reason)
    if row.age_seconds > REMEMBERED_SECONDS:
        return Verdict(row, OutboundState.UNRESOLVED, "window_over")
    return Verdict(row, OutboundState.UNKNOWN, reason, ASK_AGAIN_SECONDS)


def lane_failure(outcomes: Iterable[Outcome]) -> Failure | None:
    """The gravest of what these outcomes say of the lane; None when it did its work."""
    failures = [failure for outcome in outcomes if (failure := _failure(outcome))]
    return max(failures, key=lambda failure: _GRAVITY.index(failure.blame), default=None)


_GRAVITY: Sequence[Blame] = (Blame.LATER, Blame.PAUSE, Blame.STOP)


def _failure(outcome: Outcome) -> Failure | None:
    if isinstance(outcome, NotSent) and outcome.blame is not Blame.ROW:
        return Failure(outcome.blame, outcome.reason)
    if isinstance(outcome, Unknown) and outcome.askable:
        return Failure(Blame.LATER, outcome.reason)
    return None


def _waits_for_its_receipt(row: Departing, reason: str) -> Verdict:
    if row.valid_seconds <= 0:
        return Verdict(row, OutboundState.UNRESOLVED, "no_receipt")
    return Verdict(row, OutboundState.UNKNOWN, reason, row.valid_seconds)
