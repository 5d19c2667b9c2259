"""A request as it stands: what it asked, who asked, and every answer that it had."""

from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select

from sms_service.database import db_now
from sms_service.domain.states import InboundState, OutboundState, ReplyKind
from sms_service.language.reading import Intent, Problem, Reply
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.tables import inbound, inbound_texts, outbound, outbound_texts
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.resending import Attempt, Standing

Member = TypeVar("Member", bound=StrEnum)

_HOUR = 3600.0

_first = inbound.alias()
REQUEST = (
    select(
        inbound,
        _first.c.code.label("first_code"),
        inbound_texts.c.text_cipher,
        inbound_texts.c.key_version.label("text_key_version"),
        db_now().label("now"),
    )
    .outerjoin(_first, _first.c.id == inbound.c.folded_into)
    .outerjoin(inbound_texts, inbound_texts.c.inbound_id == inbound.c.id)
)
"""A request with its sealed text, the code of the one that it was folded into, and the hour."""
ATTEMPTS = (
    select(
        outbound,
        resends.c.actor,
        outbound_texts.c.text_cipher,
        outbound_texts.c.key_version.label("text_key_version"),
    )
    .outerjoin(resends, resends.c.outbound_id == outbound.c.id)
    .outerjoin(outbound_texts, outbound_texts.c.outbound_id == outbound.c.id)
    .order_by(outbound.c.id)
)
"""What was sent for a request, oldest first, with its sealed text and who sent it again."""


class Standings:
    """Reads requests with what is sealed in them opened."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, connection: Connection, code: str) -> Standing | None:
        """The request with this tracking code; None when there is none."""
        row = connection.execute(REQUEST.where(inbound.c.code == code)).first()
        if row is None:
            return None
        of_it = outbound.c.inbound_id == row.id, outbound.c.kind == ReplyKind.ANSWER
        attempts = [self._attempt(one) for one in connection.execute(ATTEMPTS.where(*of_it))]
        lately = select(func.count()).where(
            resends.c.inbound_id == row.id, resends.c.at > db_now(-_HOUR)
        )
        return Standing(
            row.id,
            row.code,
            row.channel,
            InboundState(row.state),
            row.received_at,
            self._opened(row.key_version, row.phone_cipher),
            row.phone_hash,
            self._opened(row.text_key_version, row.text_cipher),
            _member(Intent, row.intent),
            row.bill_id,
            row.from_year,
            _member(Problem, row.problem),
            tuple((row.notes or "").split(",")) if row.notes else (),
            row.first_code,
            attempts,
            int(connection.scalar(lately) or 0),
            row.now,
        )

    def _attempt(self, row: Row[Any]) -> Attempt:
        reply = Reply(
            self._opened(row.text_key_version, row.text_cipher) or "",
            row.units,
            row.parts,
            row.encoding,
            row.rung,
            tuple(row.left_out.split(",")) if row.left_out else (),
            tuple(row.fillings.split(",")) if row.fillings else (),
        )
        return Attempt(
            row.id,
            row.parent_id,
            OutboundState(row.state),
            row.reason,
            row.created_at,
            row.accepted_at,
            row.ended_at,
            reply,
            row.actor,
        )

    def _opened(self, key_version: int | None, cipher: bytes | None) -> str | None:
        """What was sealed; None where it was erased, or its key is gone."""
        if key_version is None or cipher is None:
            return None
        try:
            return self._vault.open(Sealed(key_version, cipher)).decode()
        except Unreadable:
            return None


def _member(kind: type[Member], value: str | None) -> Member | None:
    """The word of another release stands for nothing here."""
    return kind(value) if value in set(kind) else None
