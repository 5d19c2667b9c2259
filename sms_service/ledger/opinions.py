"""What subscribers said of the service, in their own words, while texts are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.ledger.tables import inbound_texts, opinions
from sms_service.ledger.vault import Sealed, Unreadable, Vault

_MOST = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One opinion; ``words`` None where the text was erased or its key is gone."""

    code: str
    at: datetime
    score: int | None
    words: str | None


class OpinionWords:
    """Opens the texts of opinions."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def said(self, begins_at: datetime, ends_at: datetime) -> Sequence[Said]:
        """The last opinions of this time, the latest first; no more than some hundreds."""
        text = inbound_texts.c
        wanted = (
            select(opinions, text.key_version, text.text_cipher)
            .outerjoin(inbound_texts, text.inbound_id == opinions.c.inbound_id)
            .where(opinions.c.at >= begins_at, opinions.c.at < ends_at)
            .order_by(opinions.c.at.desc(), opinions.c.inbound_id.desc())
            .limit(_MOST)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return [
            Said(row.code, row.at, row.score, self._open(row.key_version, row.text_cipher))
            for row in rows
        ]

    def _open(self, key_version: int | None, cipher: bytes | None) -> str | None:
        if key_version is None or cipher is None:
            return None
        try:
            return self._vault.open(Sealed(key_version, cipher)).decode()
        except Unreadable:
            return None
