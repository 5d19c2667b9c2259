"""Links between phones and bills, made at the counter with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from sms_service.database import db_now, reading, writing
from sms_service.domain.masking import masked as without_numbers
from sms_service.domain.msisdn import masked
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import linked_phones
from sms_service.ledger.handles import Handles, of_phone
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.auditing import Actor, Deed
from sms_service.service.ports import SourceDown

_at = linked_phones.c
_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Link:
    """One link, as it may be shown."""

    phone_hash: bytes = field(repr=False)
    phone: str
    """Masked."""
    actor: str
    reason: str
    at: datetime

    @property
    def handle(self) -> str:
        """The phone's name in addresses."""
        return of_phone(self.phone_hash)


class LinkedBills:
    """The bills of linked phones, as answering needs them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def bills_of(self, phone_hash: bytes) -> Sequence[str]:
        """Bill IDs that this phone is linked to, in rising order. Raises SourceDown."""
        linked = select(_at.bill_id).where(_at.phone_hash == phone_hash).order_by(_at.bill_id)
        try:
            with reading(self._engine) as connection:
                return connection.scalars(linked).all()
        except SQLAlchemyError as error:
            raise SourceDown(type(error).__name__) from error


class LinkLedger:
    """Makes, shows and undoes links; each change is a deed in its own transaction."""

    def __init__(self, engine: Engine, vault: Vault, handles: Handles) -> None:
        """``handles`` name the bill in the audit log."""
        self._engine = engine
        self._vault = vault
        self._handles = handles

    def phones_of(self, bill_id: str) -> list[Link]:
        """The phones linked to this bill, the newest link first; at most fifty."""
        linked = select(linked_phones).where(_at.bill_id == bill_id)
        with reading(self._engine) as connection:
            rows = connection.execute(linked.order_by(_at.at.desc()).limit(_MOST_SHOWN)).all()
        return [self._link(row) for row in rows]

    def link(self, e164: str, bill_id: str, by: Actor, reason: str) -> bool:
        """Link this phone to this bill; False when it was linked already."""
        sealed = self._vault.seal(e164.encode())
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        new = (
            dialect.insert(linked_phones)
            .values(
                phone_hash=self._vault.fingerprint(e164),
                bill_id=bill_id,
                key_version=sealed.key_version,
                phone_cipher=sealed.cipher,
                actor=by.name[:48],
                reason=without_numbers(reason)[:400],
                at=db_now(),
            )
            .on_conflict_do_nothing()
            .returning(_at.bill_id)
        )
        with writing(self._engine) as connection:
            is_new = connection.execute(new).first() is not None
            if is_new:
                write_deed(connection, self._deed("link_phone", masked(e164), bill_id, by, reason))
        return is_new

    def unlink(self, handle: str, bill_id: str, by: Actor, reason: str | None) -> bool:
        """Undo the link of the phone with this handle; False when there is none."""
        with writing(self._engine) as connection:
            rows = connection.execute(select(linked_phones).where(_at.bill_id == bill_id)).all()
            found = next((row for row in rows if of_phone(row.phone_hash) == handle), None)
            if found is None:
                return False
            mine = (_at.phone_hash == found.phone_hash) & (_at.bill_id == bill_id)
            if connection.execute(delete(linked_phones).where(mine)).rowcount == 0:
                return False
            told = self._link(found).phone
            write_deed(connection, self._deed("unlink_phone", told, bill_id, by, reason))
        return True

    def _deed(self, action: str, phone: str, bill_id: str, by: Actor, reason: str | None) -> Deed:
        bill = self._handles.of_bill(bill_id)
        return Deed(by, action, "phone", phone, reason, {"bill": bill})

    def _link(self, row: Row[Any]) -> Link:
        try:
            phone = self._vault.open(Sealed(row.key_version, row.phone_cipher)).decode()
        except Unreadable:
            phone = ""  # sealed with a key that is gone: it can still be unlinked
        return Link(row.phone_hash, masked(phone), row.actor, row.reason, row.at)
