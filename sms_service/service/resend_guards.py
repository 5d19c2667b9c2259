"""When an answer may be sent again, and when it may not: one judgement, asked twice.

Once before anything is composed, and again within the transaction that queues the answer,
on the rows as they are then.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sms_service.domain.msisdn import mobile
from sms_service.domain.roles import Ability
from sms_service.domain.states import InboundState, OutboundState
from sms_service.service.resend_terms import Attempt, Refusal, Refused, ResendOrder, Standing

__all__ = ["JUST_SENT", "LATELY", "RESENDS_AN_HOUR", "WITHIN_THE_FORM", "judged"]

JUST_SENT = timedelta(minutes=2)
"""For so long a receipt may still be on its way."""
LATELY = timedelta(minutes=30)
"""For so long after it arrived an answer is sent again for a reason only."""
RESENDS_AN_HOUR = 3
"""Of one request, unless a supervisor orders it."""
WITHIN_THE_FORM = frozenset({Refusal.NEEDS_REASON, Refusal.DELIVERED_LATELY, Refusal.ASK_FIRST})
"""What whoever orders can put right by saying more."""

_Guard = Callable[[Standing, ResendOrder], Refused | None]


def judged(standing: Standing, order: ResendOrder) -> Refused | None:
    """Why this order can't be met as the request stands; None when it can.

    What can be put right in the order (``WITHIN_THE_FORM``) comes last.
    """
    return next((no for guard in _GUARDS if (no := guard(standing, order))), None)


def _is_allowed(_standing: Standing, order: ResendOrder) -> Refused | None:
    needed = {Ability.RESEND}
    if order.to is not None:
        needed.add(Ability.RESEND_OTHERWISE)
    may = all(order.actor.may(ability) for ability in needed)
    return None if may else Refused(Refusal.NOT_ALLOWED)


def _can_be_answered(standing: Standing, order: ResendOrder) -> Refused | None:
    why = _NEVER_ANSWERED.get(standing.state)
    if why is not None:
        return Refused(why, first_code=standing.first_code)
    if standing.phone is not None:
        return None if mobile(standing.phone) else Refused(Refusal.NO_MOBILE)
    if standing.text is None:
        return Refused(Refusal.ERASED)
    # The counter may ask without a phone.
    return None if order.to is not None else Refused(Refusal.NO_PHONE)


def _can_be_received(standing: Standing, order: ResendOrder) -> Refused | None:
    if order.to is None:
        return None
    if mobile(order.to) is None:
        return Refused(Refusal.BAD_PHONE)
    return (
        Refused(Refusal.SAME_TO_OTHER) if order.same_text and _is_other(standing, order) else None
    )


def _is_answered(standing: Standing, _order: ResendOrder) -> Refused | None:
    is_open = standing.state in (InboundState.RECEIVED, InboundState.ANSWERING)
    return Refused(Refusal.WAITING) if is_open else None


def _is_the_latest(standing: Standing, order: ResendOrder) -> Refused | None:
    if standing.latest_id == order.after:
        return None
    faster = standing.after(order.after) or standing.latest
    if faster is None:
        return Refused(Refusal.OVERTAKEN)
    return Refused(Refusal.OVERTAKEN, faster.by, faster.created_at)


def _is_at_rest(standing: Standing, order: ResendOrder) -> Refused | None:
    latest = standing.latest
    if latest is None:
        return None
    why = _MOVING.get(latest.state)
    if why is not None:
        return Refused(why, latest.by, latest.created_at)
    if latest.state in _WITHOUT_RECEIPT:
        return _waits_for_its_receipt(standing, latest)
    if order.bulk_id is not None and latest.state is OutboundState.DELIVERED:
        return Refused(Refusal.DELIVERED, latest.by, latest.last_moved_at)
    return None


def _waits_for_its_receipt(standing: Standing, latest: Attempt) -> Refused | None:
    since = latest.accepted_at or latest.created_at
    left = since + JUST_SENT - standing.now
    if left <= timedelta(0):
        return None
    return Refused(Refusal.JUST_SENT, latest.by, since, wait_seconds=left.total_seconds())


def _is_not_too_often(standing: Standing, order: ResendOrder) -> Refused | None:
    if standing.lately < RESENDS_AN_HOUR or order.actor.may(Ability.RESEND_OTHERWISE):
        return None
    return Refused(Refusal.TOO_OFTEN)


def _is_said_why(standing: Standing, order: ResendOrder) -> Refused | None:
    reason = (order.reason or "").strip()
    if _is_other(standing, order) and not reason:
        return Refused(Refusal.NEEDS_REASON)
    latest = standing.latest
    if latest is None:
        return None
    if latest.state is OutboundState.UNRESOLVED and not order.asked_first:
        return Refused(Refusal.ASK_FIRST, latest.by, latest.last_moved_at)
    arrived_lately = standing.now - latest.last_moved_at < LATELY
    if latest.state is OutboundState.DELIVERED and arrived_lately and not reason:
        return Refused(Refusal.DELIVERED_LATELY, latest.by, latest.last_moved_at)
    return None


def _is_other(standing: Standing, order: ResendOrder) -> bool:
    return order.to is not None and mobile(order.to) != standing.phone


_NEVER_ANSWERED = {
    InboundState.FOLDED: Refusal.FOLDED,
    InboundState.IGNORED: Refusal.IGNORED,
}
_MOVING = {
    OutboundState.QUEUED: Refusal.IN_FLIGHT,
    OutboundState.SENDING: Refusal.IN_FLIGHT,
    OutboundState.UNKNOWN: Refusal.UNKNOWN,
}
_WITHOUT_RECEIPT = (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR)
_GUARDS: Sequence[_Guard] = (
    _is_allowed,
    _can_be_answered,
    _can_be_received,
    _is_answered,
    _is_the_latest,
    _is_at_rest,
    _is_not_too_often,
    _is_said_why,
)
