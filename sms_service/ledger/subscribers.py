"""How one phone stands: its limits, its names, whether it wants texts at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, select

from sms_service.database import db_now, reading
from sms_service.domain.usage import Usage, read_usage, usage_at
from sms_service.ledger.desk_tables import linked_phones
from sms_service.ledger.handles import phone_range
from sms_service.ledger.tables import (
    inbound,
    opt_outs,
    outbound,
    phones,
    saved_names,
)
from sms_service.ledger.vault import Sealed, Unreadable, Vault

_KNOWN_IN = (phones, inbound, outbound, saved_names, opt_outs, linked_phones)
_WITH_NUMBER = (
    (inbound, inbound.c.id),
    (outbound, outbound.c.id),
    (linked_phones, linked_phones.c.at),
)


@dataclass(frozen=True, slots=True)
class SavedName:
    """A bill that the phone gave a name."""

    bill_id: str = field(repr=False)
    name: str | None = field(repr=False)
    """None where its key is gone."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A bill that a counter linked to the phone."""

    bill_id: str = field(repr=False)
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a phone stands at this moment."""

    phone_hash: bytes = field(repr=False)
    number: str | None = field(repr=False)
    """E.164; None where only its hash is known."""
    now: datetime
    opted_out_since: datetime | None
    latin: bool
    usage: Usage
    names: Sequence[SavedName]
    links: Sequence[Link]


class Subscribers:
    """Reads what is known of phones."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def phone_hash(self, handle: str) -> bytes | None:
        """The hash of the phone with this handle; None where the ledger never met it."""
        span = phone_range(handle)
        if span is None:
            return None
        with reading(self._engine) as connection:
            for table in _KNOWN_IN:
                of_phone = table.c.phone_hash
                found: bytes | None = connection.scalar(
                    select(of_phone).where(of_phone.between(*span)).limit(1)
                )
                if found is not None:
                    return found
        return None

    def standing(self, phone_hash: bytes) -> Standing:
        """How the phone stands; of one that never wrote, little."""
        with reading(self._engine) as connection:
            now: datetime = connection.scalar(select(db_now()))  # type: ignore[assignment]
            known = connection.execute(_of(phone_hash, phones.c.latin, phones.c.usage)).first()
            return Standing(
                phone_hash,
                self._number(connection, phone_hash),
                now,
                connection.scalar(_of(phone_hash, opt_outs.c.since)),
                bool(known and known.latin),
                usage_at(read_usage(known.usage if known else None), now),
                self._names(connection, phone_hash),
                _links(connection, phone_hash),
            )

    def number(self, phone_hash: bytes) -> str | None:
        """The phone's number in E.164, where any of its texts holds it."""
        with reading(self._engine) as connection:
            return self._number(connection, phone_hash)

    def _open(self, key_version: int, cipher: bytes) -> str | None:
        try:
            return self._vault.open(Sealed(key_version, cipher)).decode("utf-8", "replace")
        except Unreadable:
            return None

    def _number(self, connection: Connection, phone_hash: bytes) -> str | None:
        for table, newest in _WITH_NUMBER:
            query = (
                select(table.c.key_version, table.c.phone_cipher)
                .where(table.c.phone_hash == phone_hash, table.c.phone_cipher.is_not(None))
                .order_by(newest.desc())
                .limit(1)
            )
            row = connection.execute(query).first()
            if row is not None:
                return self._open(row.key_version, row.phone_cipher)
        return None

    def _names(self, connection: Connection, phone_hash: bytes) -> list[SavedName]:
        c = saved_names.c
        query = _of(phone_hash, c.bill_id, c.key_version, c.name_cipher, c.saved_at)
        return [
            SavedName(row.bill_id, self._open(row.key_version, row.name_cipher), row.saved_at)
            for row in connection.execute(query.order_by(c.saved_at))
        ]


def _of(phone_hash: bytes, *columns: Column[Any]) -> Any:
    return select(*columns).where(columns[0].table.c.phone_hash == phone_hash)


def _links(connection: Connection, phone_hash: bytes) -> list[Link]:
    c = linked_phones.c
    query = _of(phone_hash, c.bill_id, c.actor, c.reason, c.at).order_by(c.at, c.bill_id)
    return [Link(*row) for row in connection.execute(query)]
