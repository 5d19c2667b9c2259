"""What became of answers that a worker held, written in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Float, String, case, func

from sms_service.database import db_now
from sms_service.domain.states import OutboundState
from sms_service.ledger.bulk import BulkUpdate, Given
from sms_service.ledger.tables import outbound
from sms_service.service.messages import Verdict

HELD = (OutboundState.SENDING, OutboundState.UNKNOWN)
"""States in which a row is somebody's, by a lease."""
_ENDED = (OutboundState.REFUSED, OutboundState.UNRESOLVED)
_OPEN = (OutboundState.QUEUED, OutboundState.UNKNOWN)


def settle(connection: Connection, token: int, verdicts: Sequence[Verdict]) -> set[int]:
    """Write verdicts on rows that are still held under the token; returns their ids.

    An attempt that came to its end is no strike against the row: what counts is workers
    that died with it.
    """
    return _settle(connection, [_row(token, verdict) for verdict in verdicts])


def _is_free(given: Given) -> ColumnElement[bool]:
    """Surely nowhere: another gateway may have it as well."""
    return (given["new_state"] == OutboundState.QUEUED) & ~outbound.c.pinned


def _came_back(given: Given) -> ColumnElement[bool]:
    """From the hands of a worker that lives, to be taken again."""
    return (outbound.c.state == OutboundState.SENDING) & given["new_state"].in_(_OPEN)


def _row(token: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "row_id": verdict.departing.id,
        "token": token,
        "new_state": verdict.state,
        "new_reason": verdict.reason,
        "retry_seconds": verdict.retry_seconds,
        "new_remote_id": verdict.remote_id,
        "new_cost": verdict.cost_rial,
        "ask_seconds": verdict.ask_seconds,
    }


_settle = BulkUpdate(
    outbound,
    {
        "row_id": BigInteger(),
        "token": BigInteger(),
        "new_state": String(),
        "new_reason": String(),
        "retry_seconds": Float(),
        "new_remote_id": String(),
        "new_cost": BigInteger(),
        "ask_seconds": Float(),
    },
    lambda given: {
        "state": given["new_state"],
        "reason": given["new_reason"],
        "due_at": db_now(given["retry_seconds"]),
        "remote_id": func.coalesce(given["new_remote_id"], outbound.c.remote_id),
        "cost_rial": func.coalesce(given["new_cost"], outbound.c.cost_rial),
        "attempts": outbound.c.attempts - case((_came_back(given), 1), else_=0),
        "pinned": outbound.c.pinned | (given["new_state"] == OutboundState.UNKNOWN),
        "gateway": case((_is_free(given), None), else_=outbound.c.gateway),
        "first_tried_at": case((_is_free(given), None), else_=outbound.c.first_tried_at),
        "ask_at": case((given["ask_seconds"].is_not(None), db_now(given["ask_seconds"]))),
        "accepted_at": case(
            (given["new_state"] == OutboundState.ACCEPTED, db_now()),
            else_=outbound.c.accepted_at,
        ),
        "ended_at": case((given["new_state"].in_(_ENDED), db_now()), else_=outbound.c.ended_at),
    },
    lambda given: (
        (outbound.c.id == given["row_id"])
        & (outbound.c.lease_token == given["token"])
        & outbound.c.state.in_(HELD)
    ),
)
