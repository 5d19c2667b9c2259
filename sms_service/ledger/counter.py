"""Requests of the counter in the ledger: each stored together with its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from sms_service.database import db_now, once_more, reading, writing
from sms_service.domain.states import InboundState
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.audit import write_deed
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.ids import new_code, new_id
from sms_service.ledger.replies import ReplyQueue
from sms_service.ledger.tables import events, inbound, inbound_keys, inbound_texts
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service import hops
from sms_service.service.auditing import Deed
from sms_service.service.counter import CHANNEL, Begun, Entry, Known

_SHOWN_FOR = timedelta(hours=24)
"""For so long what was asked is shown again under its code; then it is asked anew."""

_take_keys = BulkInsert(
    inbound_keys,
    ["gateway", "remote_id", "inbound_id", "code", "digest"],
    skips_conflicts=True,
    returning=inbound_keys.c.inbound_id,
)
_store = BulkInsert(
    inbound,
    [
        *("id", "code", "gateway", "line", "phone_cipher", "phone_hash", "key_version"),
        *("fingerprint", "state", "reason", "received_at", "answered_at", "due_at"),
        *("intent", "bill_id", "from_year", "problem", "notes", "fulfilment"),
    ],
    {"channel": CHANNEL, "attempts": 0},
)
_store_texts = BulkInsert(inbound_texts, ["inbound_id", "key_version", "text_cipher"])
_happened = BulkInsert(events, ["code", "at", "what", "reason"])


class _Overtaken(Exception):
    """A phone of these requests was answered meanwhile by somebody else."""


class _Taken(Exception):
    """A tracking code was drawn that another request has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose answer was shown."""

    code: str
    text: str = field(repr=False)
    at: datetime
    gateway: str


class CounterLedger:
    """Fills ``CounterBooks``."""

    def __init__(self, engine: Engine, vault: Vault, contexts: ContextLedger) -> None:
        self._engine = engine
        self._vault = vault
        self._contexts = contexts
        self._replies = ReplyQueue(vault)

    def begin(self, gateway: str, key: str) -> Begun | Known:
        """A new request, of which nothing is stored yet; or the one with this key."""
        at = inbound_keys.c
        wanted = select(at.code).where(at.gateway == gateway, at.remote_id == key)
        with reading(self._engine) as connection:
            code = connection.scalar(wanted)
            now: datetime = connection.execute(select(db_now())).scalar_one()
        return Known(code) if code else Begun(new_id(), new_code(), now)

    def begin_many(self, count: int) -> list[Begun]:
        """So many new requests of this moment, under keys that nobody has used."""
        with reading(self._engine) as connection:
            now: datetime = connection.execute(select(db_now())).scalar_one()
        return [Begun(new_id(), new_code(), now) for _ in range(count)]

    def codes_of(self, gateway: str, keys: Sequence[str]) -> dict[str, str]:
        """Tracking codes by key, of those that are stored."""
        at = inbound_keys.c
        wanted = select(at.remote_id, at.code).where(at.gateway == gateway, at.remote_id.in_(keys))
        with reading(self._engine) as connection:
            return {row.remote_id: row.code for row in connection.execute(wanted)}

    def hash_phone(self, e164: str) -> bytes:
        """The keyed hash under which a phone is found."""
        return self._vault.fingerprint(e164)

    def keep(self, entries: Sequence[Entry], deed: Deed) -> set[int] | None:
        """Store requests, answers and deed in one transaction; returns the ids of the new ones.

        None, and nothing stored: a phone was answered meanwhile by somebody else, or a tracking
        code is another request's. An empty set: the key has its request already.
        """
        try:
            new = once_more(lambda: self._keep(entries, deed))
        except (_Overtaken, _Taken):
            return None
        kept = [entry for entry in entries if entry.answer.waiting.id in new]
        for entry in kept:
            hops.asked(entry.answer, entry.gateway)
        hops.answered(entry.answer for entry in kept if not entry.left_for)
        return new

    def shown(self, code: str) -> Asked | None:
        """What was asked under this code and shown, not longer ago than a day."""
        wanted = (
            select(inbound, inbound_texts.c.text_cipher, inbound_texts.c.key_version.label("of"))
            .join(inbound_texts, inbound_texts.c.inbound_id == inbound.c.id)
            .where(inbound.c.code == code, inbound.c.channel == CHANNEL)
            .where(inbound.c.phone_cipher.is_(None))
            .where(inbound.c.received_at > db_now(-_SHOWN_FOR.total_seconds()))
        )
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        try:
            text = self._vault.open(Sealed(row.of, row.text_cipher)).decode()
        except Unreadable:
            return None  # as if it were a day old: it is asked anew
        return Asked(row.code, text, row.received_at, row.gateway)

    def _keep(self, entries: Sequence[Entry], deed: Deed) -> set[int]:
        with writing(self._engine) as connection:
            now = connection.execute(select(db_now())).scalar_one()
            rows = [self._row(entry, now) for entry in entries]
            new = set(_take_keys(connection, rows))
            if len(new) < len(rows):
                _mind_codes(connection, [row for row in rows if row["id"] not in new])
            _store(connection, [row for row in rows if row["id"] in new])
            _store_texts(connection, [row for row in rows if row["id"] in new])
            kept = [entry for entry in entries if entry.answer.waiting.id in new]
            _happened(connection, [one for entry in kept for one in _events(entry, now)])
            self._send(connection, [entry for entry in kept if entry.answer.waiting.phone])
            if new:
                write_deed(connection, deed)
        return new

    def _send(self, connection: Connection, entries: Sequence[Entry]) -> None:
        answers = [entry.answer for entry in entries if not entry.left_for]
        if not answers:
            return
        if self._contexts.advance(connection, answers):
            raise _Overtaken
        self._replies.put(connection, answers)
        self._contexts.remember(connection, answers)

    def _row(self, entry: Entry, now: datetime) -> dict[str, Any]:
        answer, waiting = entry.answer, entry.answer.waiting
        text = self._vault.seal(waiting.text.encode())
        phone = self._vault.seal(waiting.phone.encode()).cipher if waiting.phone else None
        digest = self._vault.fingerprint(waiting.phone, "", waiting.text)
        reading = answer.reading
        is_own = answer.request == waiting.id
        understood = {
            "intent": reading.intent,
            "bill_id": reading.bill_id,
            "from_year": reading.from_year,
            "problem": reading.problem,
            "notes": ",".join(reading.notes) or None,
            "fulfilment": answer.fulfilment if is_own else None,
        }
        if entry.left_for:
            understood = dict.fromkeys(understood)
        return {
            **understood,
            "id": waiting.id,
            "inbound_id": waiting.id,
            "code": waiting.code,
            "gateway": entry.gateway,
            "remote_id": entry.key,
            "digest": digest,
            "line": "",
            "phone_cipher": phone,
            "phone_hash": waiting.phone_hash,
            "key_version": text.key_version,
            "fingerprint": digest,
            "state": InboundState.RECEIVED if entry.left_for else InboundState.ANSWERED,
            "reason": entry.left_for,
            "received_at": waiting.received_at,
            "answered_at": None if entry.left_for else now,
            "due_at": now,
            "text_cipher": text.cipher,
        }


def _mind_codes(connection: Connection, left_out: Sequence[dict[str, Any]]) -> None:
    """Raise _Taken where a row was left out for its tracking code, and not for its key."""
    at = inbound_keys.c
    for row in left_out:
        mine = select(at.code).where(at.gateway == row["gateway"], at.remote_id == row["remote_id"])
        if connection.execute(mine).first() is None:
            raise _Taken


def _events(entry: Entry, now: datetime) -> list[dict[str, Any]]:
    waiting, reading = entry.answer.waiting, entry.answer.reading
    received = {
        "code": waiting.code,
        "at": waiting.received_at,
        "what": InboundState.RECEIVED,
        "reason": None,
    }
    if entry.left_for:
        return [received, {**received, "at": now, "what": "put_back", "reason": entry.left_for}]
    what = "shown" if entry.answer.shown else InboundState.ANSWERED
    why: Problem | Intent | str | None = entry.answer.limit or reading.problem or reading.intent
    return [received, {**received, "at": now, "what": what, "reason": why}]
