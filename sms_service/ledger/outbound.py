"""Answers on their way out: taken, handed over, resolved when the outcome is unknown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    cast,
    func,
    select,
    update,
)

from sms_service.database import db_now, reading, writing, writing_at_once
from sms_service.domain.states import OutboundState
from sms_service.ledger.events import write_events
from sms_service.ledger.ids import first_id_at, new_token
from sms_service.ledger.leases import Take, claim, now_once
from sms_service.ledger.settling import HELD, settle
from sms_service.ledger.tables import outbound, outbound_texts
from sms_service.ledger.unreadable import lay_aside_answers, readable
from sms_service.ledger.upkeep_tables import lanes
from sms_service.ledger.vault import Sealed, Vault
from sms_service.service import hops
from sms_service.service.lanes import EVERY_LANE
from sms_service.service.messages import Claim, Departing, Taking, Verdict

_TRUSTED_ATTEMPTS = 3
"""A row that was taken this often without an end may be what kills workers: a suspect."""
_MAX_ATTEMPTS = 8
_TOO_OFTEN = "too_many_attempts"
_WINDOW_OVER = "window_over"
_NOBODY_TO_ASK_SECONDS = 24 * 3600.0
"""After its validity: by then no gateway tells of it, nor one that is named no more."""

_CLAIMED = (
    outbound.c.id,
    outbound.c.local_id,
    outbound.c.code,
    outbound.c.phone_cipher,
    outbound.c.key_version,
    outbound.c.attempts,
    outbound.c.parts,
    outbound.c.first_tried_at,
    outbound.c.valid_until,
    db_now().label("now"),
)


class OutboundLedger:
    """The outbound side of the ledger, as the delivering use case needs it."""

    def __init__(self, engine: Engine, vault: Vault, lease_seconds: float) -> None:
        self._engine = engine
        self._vault = vault
        self._lease = lease_seconds

    def claim_queued(self, taking: Taking) -> Claim[Departing]:
        """Take due answers for one hand-over, replies before all else.

        They say ``sending`` before the caller talks to anyone. Empty while the lane rests.
        """
        token = new_token()
        take = _take(replace(taking, limit=0))
        hopeless: Sequence[str] = ()
        with (writing if taking.suspect else writing_at_once)(self._engine) as connection:
            if taking.suspect:
                hopeless = _give_up(connection)
            taken = take(connection, token=token, limit=taking.limit, lease=self._lease)
            read = readable(taken, self._departing)
            lay_aside_answers(connection, token, read.failed)
        hops.given_up(hopeless, "delivery", _TOO_OFTEN)
        return Claim(token, read.rows)

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
            # One whose text was erased stays held, as above.
            whole = [(row, texts[row.id]) for row in rows if row.id in texts]
            read = readable(whole, self._departing)
            lay_aside_answers(connection, token, read.failed)
        return Claim(token, read.rows)

    def settle(self, token: int, verdicts: Sequence[Verdict]) -> int:
        """Write what became of held rows; rows whose lease was lost stay untouched."""
        with writing(self._engine) as connection:
            settled = settle(connection, token, verdicts)
            write_events(
                connection,
                (
                    (v.departing.code, v.state, v.reason)
                    for v in verdicts
                    if v.departing.id in settled
                ),
            )
        return len(settled)

    def expire(self) -> int:
        """End queued answers whose validity is over; returns how many.

        What may have been sent and can't be asked about any more becomes an operator's.
        """
        over = (
            update(outbound)
            .where(outbound.c.state == OutboundState.QUEUED, outbound.c.valid_until <= now_once())
            .values(state=OutboundState.EXPIRED, reason="validity_over", ended_at=db_now())
        )
        silent = (
            update(outbound)
            .where(
                outbound.c.state == OutboundState.UNKNOWN,
                outbound.c.valid_until <= select(db_now(-_NOBODY_TO_ASK_SECONDS)).scalar_subquery(),
            )
            .values(state=OutboundState.UNRESOLVED, reason=_WINDOW_OVER, ended_at=db_now())
        )
        changed = (outbound.c.code, outbound.c.state, outbound.c.reason)
        with writing(self._engine) as connection:
            ended = [
                tuple(row)
                for statement in (over, silent)
                for row in connection.execute(statement.returning(*changed))
            ]
            write_events(connection, ended)
        hops.expired(code for code, state, _ in ended if state == OutboundState.EXPIRED)
        silent_ones = [code for code, state, _ in ended if state == OutboundState.UNRESOLVED]
        hops.given_up(silent_ones, "delivery", _WINDOW_OVER)
        return len(ended)

    def has_queued(self) -> bool:
        """Whether any answer waits to be handed over now."""
        return self._any(
            (outbound.c.state == OutboundState.QUEUED)
            & (outbound.c.attempts < _TRUSTED_ATTEMPTS)
            & (outbound.c.valid_until > now_once())
        )

    def has_doubtful(self, gateways: Sequence[str]) -> bool:
        """Whether there is anything to ask one of these gateways about, or a suspect to send."""
        asked = outbound.c.state.in_(HELD) & outbound.c.gateway.in_(gateways)
        return self._any(asked) or self._any(_is_suspect())

    def parts_since(self, moment: datetime) -> int:
        """SMS parts of the answers composed since then that a gateway has, or may have."""
        sent = outbound.c.state.not_in([OutboundState.QUEUED, OutboundState.EXPIRED])
        total = select(func.coalesce(func.sum(outbound.c.parts), 0)).where(
            outbound.c.id >= first_id_at(moment), sent
        )
        with reading(self._engine) as connection:
            return int(connection.scalar(total) or 0)

    def _any(self, wanted: ColumnElement[bool]) -> bool:
        due = select(outbound.c.id).where(wanted, outbound.c.due_at <= now_once()).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(due).first() is not None

    def _lapse(self, connection: Connection) -> None:
        lost = (
            update(outbound)
            .where(outbound.c.state == OutboundState.SENDING, outbound.c.due_at <= now_once())
            .values(
                state=OutboundState.UNKNOWN, reason="worker_lost", lease_token=None, pinned=True
            )
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
            _seconds(row.first_tried_at, row.now),
            row.parts,
            _seconds(row.now, row.valid_until),
        )


@cache
def _take(taking: Taking) -> Take:
    """A claim of any size: gateways and their ways to be asked are few."""
    order = [outbound.c.priority, outbound.c.due_at]
    limit, lease = bindparam("limit", type_=Integer()), bindparam("lease", type_=Float())
    named = {"remote_id": cast(outbound.c.local_id, String)} if taking.names_by_local_id else {}
    claiming = claim(outbound, _wanted(taking), order, limit).values(
        state=OutboundState.SENDING,
        gateway=taking.gateway,
        lease_token=bindparam("token", type_=BigInteger()),
        due_at=db_now(lease),
        attempts=outbound.c.attempts + 1,
        first_tried_at=func.coalesce(outbound.c.first_tried_at, db_now()),
        **named,
    )
    return Take(claiming, _CLAIMED, outbound_texts, ("sending", taking.gateway))


def _wanted(taking: Taking) -> ColumnElement[bool]:
    mine = outbound.c.pinned & (outbound.c.gateway == taking.gateway)
    return and_(
        outbound.c.state == OutboundState.QUEUED,
        outbound.c.valid_until > now_once(),
        _is_suspect() if taking.suspect else outbound.c.attempts < _TRUSTED_ATTEMPTS,
        ~outbound.c.pinned | mine if taking.takes_free else mine,
        ~_rests(taking.gateway),
    )


def _is_suspect() -> ColumnElement[bool]:
    return (outbound.c.state == OutboundState.QUEUED) & (outbound.c.attempts >= _TRUSTED_ATTEMPTS)


def _give_up(connection: Connection) -> Sequence[str]:
    hopeless = (
        update(outbound)
        .where(_is_suspect(), outbound.c.attempts >= _MAX_ATTEMPTS)
        .values(state=OutboundState.UNRESOLVED, reason=_TOO_OFTEN, ended_at=db_now())
        .returning(outbound.c.code)
    )
    codes = connection.execute(hopeless).scalars().all()
    write_events(connection, ((code, "unresolved", _TOO_OFTEN) for code in codes))
    return codes


def _rests(gateway: str) -> ColumnElement[bool]:
    return (
        select(lanes.c.gateway)
        .where(lanes.c.gateway.in_([gateway, EVERY_LANE]), lanes.c.rests_until > db_now())
        .exists()
    )


def _seconds(since: datetime | None, until: datetime) -> float:
    return (until - since).total_seconds() if since else 0.0


def _texts(connection: Connection, ids: Sequence[int]) -> dict[int, Sealed]:
    columns = outbound_texts.c
    found = connection.execute(
        select(columns.outbound_id, columns.key_version, columns.text_cipher).where(
            columns.outbound_id.in_(ids)
        )
    )
    return {row.outbound_id: Sealed(row.key_version, row.text_cipher) for row in found}
