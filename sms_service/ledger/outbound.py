"""Answers on their way out: taken, handed over, resolved when the outcome is unknown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Row,
    String,
    case,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.bulk import BulkUpdate
from sms_service.ledger.events import write_events
from sms_service.ledger.ids import new_token
from sms_service.ledger.leases import claim, now_once
from sms_service.ledger.tables import lanes, outbound, outbound_texts
from sms_service.ledger.vault import Sealed, Vault
from sms_service.service.messages import Claim, Departing, Verdict

_HELD = (OutboundState.SENDING, OutboundState.UNKNOWN)
_ALARM_AGAIN_SECONDS = 600.0
_ENDED = (OutboundState.REFUSED, OutboundState.UNRESOLVED)

_CLAIMED = (
    outbound.c.id,
    outbound.c.local_id,
    outbound.c.code,
    outbound.c.phone_cipher,
    outbound.c.key_version,
    outbound.c.attempts,
    outbound.c.first_tried_at,
    db_now().label("now"),
)

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
    },
    lambda given: {
        "state": given["new_state"],
        "reason": given["new_reason"],
        "due_at": db_now(given["retry_seconds"]),
        "remote_id": func.coalesce(given["new_remote_id"], outbound.c.remote_id),
        "cost_rial": func.coalesce(given["new_cost"], outbound.c.cost_rial),
        "accepted_at": case(
            (given["new_state"] == OutboundState.ACCEPTED, db_now()),
            else_=outbound.c.accepted_at,
        ),
        "ended_at": case((given["new_state"].in_(_ENDED), db_now()), else_=outbound.c.ended_at),
    },
    lambda given: (
        (outbound.c.id == given["row_id"])
        & (outbound.c.lease_token == given["token"])
        & outbound.c.state.in_(_HELD)
    ),
)


class OutboundLedger:
    """The outbound side of the ledger, as the delivering use case needs it."""

    def __init__(self, engine: Engine, vault: Vault, lease_seconds: float) -> None:
        self._engine = engine
        self._vault = vault
        self._lease = lease_seconds

    def claim_queued(self, gateway: str, limit: int) -> Claim[Departing]:
        """Take due answers for one hand-over by ``gateway``, replies before all else.

        They say ``sending`` before the caller talks to anyone. Empty while the lane rests.
        """
        token = new_token()
        wanted = (
            (outbound.c.state == OutboundState.QUEUED)
            & (outbound.c.valid_until > now_once())
            & ~_rests(gateway)
        )
        taken = claim(outbound, wanted, [outbound.c.priority, outbound.c.due_at], limit).values(
            state=OutboundState.SENDING,
            gateway=gateway,
            lease_token=token,
            due_at=db_now(self._lease),
            attempts=outbound.c.attempts + 1,
            first_tried_at=func.coalesce(outbound.c.first_tried_at, db_now()),
        )
        with writing(self._engine) as connection:
            rows = connection.execute(taken.returning(*_CLAIMED)).all()
            texts = _texts(connection, [row.id for row in rows])
            write_events(connection, ((row.code, "sending", gateway) for row in rows))
        return Claim(token, [self._departing(row, texts[row.id]) for row in rows])

    def claim_unknown(self, gateway: str, limit: int) -> Claim[Departing]:
        """Take hand-overs of ``gateway`` whose outcome nobody knows and that are due a question."""
        token = new_token()
        wanted = (outbound.c.state == OutboundState.UNKNOWN) & (outbound.c.gateway == gateway)
        taken = claim(outbound, wanted, [outbound.c.priority, outbound.c.due_at], limit).values(
            lease_token=token, due_at=db_now(self._lease)
        )
        with writing(self._engine) as connection:
            self._lapse(connection)
            rows = connection.execute(taken.returning(*_CLAIMED)).all()
            texts = _texts(connection, [row.id for row in rows])
        return Claim(token, [self._departing(row, texts[row.id]) for row in rows])

    def settle(self, token: int, verdicts: Sequence[Verdict]) -> int:
        """Write what became of held rows; rows whose lease was lost stay untouched."""
        with writing(self._engine) as connection:
            settled = _settle(connection, [_settle_row(token, verdict) for verdict in verdicts])
            write_events(
                connection,
                (
                    (v.departing.code, v.state, v.reason)
                    for v in verdicts
                    if v.departing.id in settled
                ),
            )
        return len(settled)

    def rest_lane(self, gateway: str, seconds: float, reason: str) -> bool:
        """Let a gateway's lane rest; True when that is worth an alarm.

        It is when the reason is another than before, or when the last rest for it is
        long over.
        """
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(lanes).values(
            gateway=gateway,
            state="resting",
            failures=1,
            rests_until=db_now(seconds),
            free_at=db_now(),
            reason=reason,
        )
        rest = fresh.on_conflict_do_update(
            index_elements=[lanes.c.gateway],
            set_={"rests_until": fresh.excluded.rests_until, "reason": fresh.excluded.reason},
        )
        known = select(lanes.c.gateway).where(
            lanes.c.gateway == gateway,
            lanes.c.reason == reason,
            lanes.c.rests_until > db_now(-_ALARM_AGAIN_SECONDS),
        )
        with writing(self._engine) as connection:
            is_known = connection.execute(known).first() is not None
            connection.execute(rest)
        return not is_known

    def expire(self) -> int:
        """End queued answers whose validity is over; returns how many."""
        over = (
            update(outbound)
            .where(outbound.c.state == OutboundState.QUEUED, outbound.c.valid_until <= now_once())
            .values(state=OutboundState.EXPIRED, reason="validity_over", ended_at=db_now())
            .returning(outbound.c.code)
        )
        with writing(self._engine) as connection:
            codes = connection.execute(over).scalars().all()
            write_events(connection, ((code, "expired", "validity_over") for code in codes))
        return len(codes)

    def has_queued(self, gateway: str) -> bool:
        """Whether ``gateway`` could be handed anything now."""
        return self._any(
            (outbound.c.state == OutboundState.QUEUED)
            & (outbound.c.valid_until > now_once())
            & ~_rests(gateway)
        )

    def has_unknown(self, gateway: str) -> bool:
        """Whether there is anything to ask ``gateway`` about now."""
        return self._any(outbound.c.state.in_(_HELD) & (outbound.c.gateway == gateway))

    def _any(self, wanted: ColumnElement[bool]) -> bool:
        due = select(outbound.c.id).where(wanted, outbound.c.due_at <= now_once()).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(due).first() is not None

    def _lapse(self, connection: Connection) -> None:
        lost = (
            update(outbound)
            .where(outbound.c.state == OutboundState.SENDING, outbound.c.due_at <= now_once())
            .values(state=OutboundState.UNKNOWN, reason="worker_lost", lease_token=None)
            .returning(outbound.c.code)
        )
        codes = connection.execute(lost).scalars().all()
        write_events(connection, ((code, "unknown", "worker_lost") for code in codes))

    def _departing(self, row: Row[Any], sealed_text: Sealed) -> Departing:
        phone = self._vault.open(Sealed(row.key_version, row.phone_cipher)).decode()
        text = self._vault.open(sealed_text).decode()
        return Departing(
            row.id,
            row.local_id,
            row.code,
            phone,
            text,
            row.attempts,
            _age(row.first_tried_at, row.now),
        )


def _rests(gateway: str) -> ColumnElement[bool]:
    return (
        select(lanes.c.gateway)
        .where(lanes.c.gateway == gateway, lanes.c.rests_until > db_now())
        .exists()
    )


def _age(first_tried_at: datetime | None, now: datetime) -> float:
    return (now - first_tried_at).total_seconds() if first_tried_at else 0.0


def _texts(connection: Connection, ids: Sequence[int]) -> dict[int, Sealed]:
    columns = outbound_texts.c
    found = connection.execute(
        select(columns.outbound_id, columns.key_version, columns.text_cipher).where(
            columns.outbound_id.in_(ids)
        )
    )
    return {row.outbound_id: Sealed(row.key_version, row.text_cipher) for row in found}


def _settle_row(token: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "row_id": verdict.departing.id,
        "token": token,
        "new_state": verdict.state,
        "new_reason": verdict.reason,
        "retry_seconds": verdict.retry_seconds,
        "new_remote_id": verdict.remote_id,
        "new_cost": verdict.cost_rial,
    }
