"""Texts fetched from a gateway's inbox: stored once, whatever the webhook took before."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Engine, and_, select

from sms_service.database import Instant, reading, writing
from sms_service.domain.states import InboundState
from sms_service.ledger.bulk import BulkUpdate
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound, inbound_keys, inbound_texts
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service import hops
from sms_service.service.messages import Arrival, Polled

_AROUND = timedelta(seconds=60)
"""The gateway's date and our time of receipt of one text differ by less."""
_SERVED = (InboundState.RECEIVED, InboundState.ANSWERING, InboundState.ANSWERED)
_PREFIX = re.compile(r"(?:\+98|0098)?0*", re.ASCII)

_date = BulkUpdate(
    inbound,
    {"row_id": BigInteger(), "moment": Instant()},
    lambda given: {"sent_at": given["moment"]},
    lambda given: and_(inbound.c.id == given["row_id"], inbound.c.sent_at.is_(None)),
)

_Print = tuple[str, str, bytes, tuple[str, ...]]
"""Gateway, line, phone and words: equal however a gateway writes numbers and white space."""
_Twins = Mapping[_Print, Sequence[tuple[datetime, int]]]


class PolledLedger:
    """Stores what was fetched in the webhook's way, and not what the webhook took."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._recorder = Recorder(engine, vault)

    def store(self, texts: Sequence[Polled]) -> int:
        """Keep what isn't known yet, durable when this returns; how many wait for an answer.

        A text that came within a minute under another id is folded into that one.
        """
        unknown = self._unknown(texts)
        twins = self._twins(unknown)
        arrivals = [self._folded(one, twins) for one in unknown]
        recorded = self._recorder.record(arrivals) if arrivals else []
        for arrival, one in zip(arrivals, recorded, strict=True):
            hops.received(arrival, one)
        return sum(
            not (arrival.ignored or arrival.folded_into or one.repeated)
            for arrival, one in zip(arrivals, recorded, strict=True)
        )

    def _unknown(self, texts: Sequence[Polled]) -> list[Polled]:
        """Most of what is read again is known: it needs no row and no event."""
        known: dict[tuple[str, str], int] = {}
        key = inbound_keys.c
        with reading(self._engine) as connection:
            for gateway in {one.arrival.gateway for one in texts}:
                ids = {one.arrival.remote_id for one in texts if one.arrival.gateway == gateway}
                wanted = select(key.remote_id, key.inbound_id).where(
                    key.gateway == gateway, key.remote_id.in_(ids)
                )
                known |= {(gateway, row[0]): row[1] for row in connection.execute(wanted)}
        self._note_times(texts, known)
        return [one for one in texts if _name(one) not in known]

    def _note_times(self, texts: Sequence[Polled], known: Mapping[tuple[str, str], int]) -> None:
        """When the gateway had what its webhook brought without a word of that."""
        rows = [
            {"row_id": known[_name(one)], "moment": one.sent_at}
            for one in texts
            if one.sent_at and _name(one) in known
        ]
        if rows:
            with writing(self._engine) as connection:
                _date(connection, rows)

    def _twins(self, texts: Sequence[Polled]) -> _Twins:
        """What the phones of these texts sent about the same time, by its print."""
        dates = [one.sent_at for one in texts if one.sent_at and one.arrival.phone]
        if not dates:
            return {}
        phones = {self._vault.fingerprint(t.arrival.phone) for t in texts if t.arrival.phone}
        row = inbound.c
        wanted = (
            select(
                *(row.id, row.gateway, row.line, row.phone_hash, row.received_at),
                *(inbound_texts.c.key_version, inbound_texts.c.text_cipher),
            )
            .join(inbound_texts, inbound_texts.c.inbound_id == row.id)
            .where(
                row.phone_hash.in_(phones),
                row.received_at.between(min(dates) - _AROUND, max(dates) + _AROUND),
                row.state.in_(_SERVED),
            )
            .order_by(row.id)
        )
        with reading(self._engine) as connection:
            found = connection.execute(wanted).all()
        twins: dict[_Print, list[tuple[datetime, int]]] = defaultdict(list)
        for one in found:
            twins[self._print_of_row(one)].append((one.received_at, one.id))
        return twins

    def _folded(self, polled: Polled, twins: _Twins) -> Arrival:
        arrival, sent_at = polled.arrival, polled.sent_at
        if arrival.ignored or not arrival.phone or sent_at is None:
            return arrival
        phone_hash = self._vault.fingerprint(arrival.phone)
        key = _print(arrival.gateway, arrival.line, phone_hash, arrival.text)
        near = (i for at, i in twins.get(key, ()) if abs(at - sent_at) <= _AROUND)
        return replace(arrival, folded_into=next(near, None))

    def _print_of_row(self, row: Any) -> _Print:
        try:
            text = self._vault.open(Sealed(row.key_version, row.text_cipher)).decode()
        except Unreadable:
            text = ""
        return _print(row.gateway, row.line, row.phone_hash, text)


def _name(polled: Polled) -> tuple[str, str]:
    return polled.arrival.gateway, polled.arrival.remote_id


def _print(gateway: str, line: str, phone_hash: bytes, text: str) -> _Print:
    return gateway, _PREFIX.sub("", line, count=1), phone_hash, tuple(text.split())
