"""What was said to and by one phone, both ways, newest last."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, select

from sms_service.database import reading
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.tables import events, inbound, inbound_texts, outbound, outbound_texts
from sms_service.ledger.vault import Sealed, Unreadable, Vault

_SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Heard:
    """A text or a menu step that came from the phone."""

    id: int
    code: str
    at: datetime
    channel: str
    state: str
    reason: str | None
    intent: str | None
    problem: str | None
    shown: bool
    """Its answer was shown on the screen of a dialogue."""
    text: str | None = field(repr=False)
    """None once erased, or sealed with a key that is gone."""
    is_heard = True


@dataclass(frozen=True, slots=True)
class Said:
    """A text of ours to the phone."""

    id: int
    code: str
    at: datetime
    kind: str
    state: str
    reason: str | None
    parts: int
    cost_rial: int | None
    ended_at: datetime | None
    again: bool
    """A later attempt after another."""
    resent_by: str | None
    """Who pressed the button, where somebody did."""
    composed: str | None
    """Of a resend: ``fresh`` or ``same``."""
    elsewhere: bool
    """Of a resend: it answers a request of another phone."""
    text: str | None = field(repr=False)
    is_heard = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A page of what was said, oldest first."""

    said: Sequence[Heard | Said]
    older: int | None
    """Where the page before begins: the id to ask for what was said before; None at the start."""


class Conversations:
    """Reads what was said, a page at a time."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def page(self, phone_hash: bytes, before: int | None = None, most: int = 30) -> Conversation:
        """The newest texts to and from a phone, or the newest before an id."""
        with reading(self._engine) as connection:
            heard = _newest(connection, inbound, phone_hash, before, most + 1)
            ours = _newest(connection, outbound, phone_hash, before, most + 1)
            ids = sorted((row.id for row in (*heard, *ours)), reverse=True)
            first = ids[:most][-1] if ids else 0
            heard = [row for row in heard if row.id >= first]
            ours = [row for row in ours if row.id >= first]
            said = [*self._heard(connection, heard), *self._said(connection, phone_hash, ours)]
        said.sort(key=lambda one: one.id)
        return Conversation(said, first if len(ids) > most else None)

    def _heard(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[Heard | Said]:
        c = inbound_texts.c
        ids = [row.id for row in rows]
        query = select(c.inbound_id, c.key_version, c.text_cipher).where(c.inbound_id.in_(ids))
        texts = self._opened(connection.execute(query))
        shown = _shown(connection, [row.code for row in rows])
        return [_heard(row, texts.get(row.id), shown) for row in rows]

    def _said(
        self, connection: Connection, phone_hash: bytes, rows: Sequence[Row[Any]]
    ) -> list[Heard | Said]:
        c = outbound_texts.c
        ids = [row.id for row in rows]
        query = select(c.outbound_id, c.key_version, c.text_cipher).where(c.outbound_id.in_(ids))
        texts = self._opened(connection.execute(query))
        again = _resends(connection, ids)
        others = _of_others(connection, phone_hash, [row.inbound_id for row in rows])
        return [_said(row, texts.get(row.id), again.get(row.id), others) for row in rows]

    def _opened(self, rows: Iterable[Any]) -> dict[int, str]:
        texts: dict[int, str] = {}
        for number, key_version, cipher in rows:
            try:
                plain = self._vault.open(Sealed(key_version, cipher))
            except Unreadable:
                continue
            texts[number] = plain.decode("utf-8", "replace")
        return texts


def _newest(
    connection: Connection, table: Table, phone_hash: bytes, before: int | None, most: int
) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.phone_hash == phone_hash)
    if before is not None:
        query = query.where(table.c.id < before)
    return connection.execute(query.order_by(table.c.id.desc()).limit(most)).all()


def _shown(connection: Connection, codes: Collection[str]) -> set[str]:
    query = select(events.c.code).where(events.c.code.in_(codes), events.c.what == _SHOWN)
    return set(connection.scalars(query)) if codes else set()


def _resends(connection: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    query = select(resends).where(resends.c.outbound_id.in_(ids))
    return {row.outbound_id: row for row in connection.execute(query)} if ids else {}


def _of_others(connection: Connection, phone_hash: bytes, ids: Collection[int]) -> set[int]:
    """Of these requests those that came from other phones."""
    query = select(inbound.c.id).where(inbound.c.id.in_(ids), inbound.c.phone_hash != phone_hash)
    return set(connection.scalars(query)) if ids else set()


def _heard(row: Row[Any], text: str | None, shown: set[str]) -> Heard:
    at = row.sent_at or row.received_at
    told = (row.channel, row.state, row.reason, row.intent, row.problem)
    return Heard(row.id, row.code, at, *told, row.code in shown, text)


def _said(row: Row[Any], text: str | None, resend: Row[Any] | None, of_others: set[int]) -> Said:
    return Said(
        row.id,
        row.code,
        row.created_at,
        row.kind,
        row.state,
        row.reason,
        row.parts,
        row.cost_rial,
        row.ended_at,
        row.parent_id is not None,
        resend.actor if resend else None,
        resend.composed if resend else None,
        row.inbound_id in of_others,
        text,
    )
