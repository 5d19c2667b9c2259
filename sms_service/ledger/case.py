"""All that the ledger knows of one request, by its tracking code, in a handful of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, tuple_

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import (
    Fulfilment,
    InboundState,
    LaneState,
    OutboundState,
    ReceiptState,
    ReplyKind,
)
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import request_notes, resends
from sms_service.ledger.ids import first_id_at
from sms_service.ledger.standings import ATTEMPTS, REQUEST
from sms_service.ledger.tables import (
    events,
    inbound,
    inbound_texts,
    outbound,
    receipts,
)
from sms_service.ledger.upkeep_tables import lanes
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.auditing import Deed
from sms_service.service.case import (
    AT_GATEWAY,
    Case,
    Hop,
    Lane,
    Ordered,
    Remark,
    SeenReceipt,
    Sent,
)
from sms_service.service.daily_cap import ALL_LANES

_MOST_HOPS = 300
_TWINS_WITHIN = timedelta(minutes=5)

_REQUEST = REQUEST.add_columns(inbound_texts.c.raw_cipher)
_SENT = ATTEMPTS.add_columns(
    resends.c.reason.label("why"),
    resends.c.composed,
    resends.c.receiver,
    resends.c.bulk_id,
)
_Receipts = Mapping[tuple[str, str], Sequence[SeenReceipt]]


class CaseLedger:
    """Reads cases, and writes the remarks beside them."""

    def __init__(self, engine: Engine, vault: Vault | None, gateways: Sequence[str] = ()) -> None:
        """Without a vault nothing that is sealed is told. ``gateways``: those in use."""
        self._gateways = gateways
        self._engine = engine
        self._vault = vault

    def case(self, code: str) -> Case | None:
        """The request with this tracking code; None when there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(_REQUEST.where(inbound.c.code == code)).first()
            if row is None:
                return None
            sent = connection.execute(_SENT.where(outbound.c.inbound_id == row.id)).all()
            said = _receipts(connection, sent)
            return Case(
                **_plain(row),
                phone=self._opened(row.key_version, row.phone_cipher),
                text=self._opened(row.text_key_version, row.text_cipher),
                raw=self._opened(row.text_key_version, row.raw_cipher),
                is_erased=row.phone_cipher is None and row.text_cipher is None,
                twins=_twins(connection, row),
                sent=[self._sent(one, said) for one in sent],
                hops=_hops(connection, row),
                remarks=self._remarks(connection, code),
                lanes=self._lanes(connection, sent),
            )

    def remark(self, code: str, text: str, deed: Deed) -> None:
        """Keep what somebody wrote beside the request, sealed, with the deed."""
        if self._vault is None:
            raise ValueError("a remark needs a vault to be sealed with")
        sealed = self._vault.seal(text.encode())
        with writing(self._engine) as connection:
            connection.execute(
                insert(request_notes).values(
                    code=code,
                    at=db_now(),
                    actor=deed.actor.name[:48],
                    key_version=sealed.key_version,
                    text_cipher=sealed.cipher,
                )
            )
            write_deed(connection, deed)

    def _sent(self, row: Row[Any], said: _Receipts) -> Sent:
        ordered = row.actor and Ordered(row.actor, row.why, row.composed, row.receiver, row.bulk_id)
        return Sent(
            row.id,
            row.parent_id,
            ReplyKind(row.kind),
            OutboundState(row.state),
            row.reason,
            row.gateway,
            row.local_id,
            row.remote_id,
            self._opened(row.key_version, row.phone_cipher),
            self._opened(row.text_key_version, row.text_cipher),
            row.encoding,
            row.units,
            row.parts,
            row.rung,
            tuple(row.left_out.split(",")) if row.left_out else (),
            row.cost_rial,
            row.attempts,
            row.created_at,
            row.accepted_at,
            row.ended_at,
            row.valid_until,
            ordered or None,
            said.get((row.gateway, row.remote_id), ()),
        )

    def _remarks(self, connection: Connection, code: str) -> Sequence[Remark]:
        written = (
            select(request_notes).where(request_notes.c.code == code).order_by(request_notes.c.id)
        )
        return [
            Remark(row.at, row.actor, self._opened(row.key_version, row.text_cipher))
            for row in connection.execute(written)
        ]

    def _lanes(self, connection: Connection, sent: Sequence[Row[Any]]) -> Mapping[str, Lane]:
        """The ways out, while something waits for one; of which nothing is known, it is well."""
        if not any(one.state in _MOVING for one in sent):
            return {}
        well = dict.fromkeys(self._gateways, Lane(LaneState.WORKING, None))
        known = select(lanes.c.gateway, lanes.c.state, lanes.c.reason).where(
            or_(lanes.c.gateway != ALL_LANES, lanes.c.rests_until > db_now())
        )
        told = connection.execute(known)
        return well | {row.gateway: Lane(row.state, row.reason) for row in told}

    def _opened(self, key_version: int | None, cipher: bytes | None) -> str | None:
        if self._vault is None or key_version is None or cipher is None:
            return None
        try:
            return self._vault.open(Sealed(key_version, cipher)).decode("utf-8", "replace")
        except Unreadable:
            return None


def _plain(row: Row[Any]) -> dict[str, Any]:
    """What stands in the request's row in clear."""
    names = (
        *("id", "code", "channel", "gateway", "line", "phone_hash", "reason", "received_at"),
        *("sent_at", "promised_at", "attempts", "intent", "bill_id", "from_year", "problem"),
        *("first_code", "now"),
    )
    return {
        **{name: getattr(row, name) for name in names},
        "state": InboundState(row.state),
        "notes": tuple(row.notes.split(",")) if row.notes else (),
        "fulfilment": Fulfilment(row.fulfilment) if row.fulfilment else None,
    }


def _receipts(connection: Connection, sent: Sequence[Row[Any]]) -> _Receipts:
    pairs = [(one.gateway, one.remote_id) for one in sent if one.gateway and one.remote_id]
    found: dict[tuple[str, str], list[SeenReceipt]] = defaultdict(list)
    if not pairs:
        return found
    r = receipts.c
    wanted = select(receipts).where(tuple_(r.gateway, r.remote_id).in_(pairs)).order_by(r.id)
    for row in connection.execute(wanted):
        seen = SeenReceipt(row.received_at, row.status, ReceiptState(row.state), row.reason)
        found[row.gateway, row.remote_id].append(seen)
    return found


def _twins(connection: Connection, row: Row[Any]) -> Sequence[str]:
    """Folded texts came from the same phone within a minute or so."""
    until = first_id_at(row.received_at + _TWINS_WITHIN)
    folded = select(inbound.c.code).where(
        inbound.c.phone_hash == row.phone_hash,
        inbound.c.id > row.id,
        inbound.c.id < until,
        inbound.c.folded_into == row.id,
    )
    return connection.execute(folded.order_by(inbound.c.id)).scalars().all()


def _hops(connection: Connection, row: Row[Any]) -> Sequence[Hop]:
    happened = (
        select(events.c.at, events.c.what, events.c.reason)
        .where(events.c.code == row.code)
        .order_by(events.c.at, events.c.id)
        .limit(_MOST_HOPS)
    )
    hops = [Hop(*one) for one in connection.execute(happened)]
    if row.sent_at is not None and hops and row.sent_at <= hops[0].at:
        return [Hop(row.sent_at, AT_GATEWAY, None), *hops]
    return hops


_MOVING = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.UNKNOWN)
