"""Where sealed things stand: each table with its key, and the ciphers of one key version."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Table

from sms_service.ledger.desk_tables import linked_phones, request_notes
from sms_service.ledger.tables import inbound, inbound_texts, outbound, outbound_texts, saved_names


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with ``key_version`` and one or more ciphers that it tells the key of."""

    table: Table
    ciphers: Sequence[str]

    @property
    def name(self) -> str:
        """Of the table."""
        return self.table.name

    @property
    def key(self) -> Sequence[Column[object]]:
        """The primary key, by which rows are gone through."""
        return list(self.table.primary_key.columns)


SEALED_TABLES = (
    SealedTable(inbound, ("phone_cipher",)),
    SealedTable(inbound_texts, ("text_cipher", "raw_cipher")),
    SealedTable(outbound, ("phone_cipher",)),
    SealedTable(outbound_texts, ("text_cipher",)),
    SealedTable(saved_names, ("name_cipher",)),
    SealedTable(request_notes, ("text_cipher",)),
    SealedTable(linked_phones, ("phone_cipher",)),
)
