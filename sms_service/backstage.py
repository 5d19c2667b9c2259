"""What the phone page shows of the ledger: one phone's requests and all that became of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from sms_service.database import reading
from sms_service.ledger.tables import inbound, inbound_texts, outbound
from sms_service.ledger.timelines import timeline
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.simulator.phone.backstage import Answer, Heading, Hop, LedgerAway, Seen


class LedgerBackstage:
    """The ledger, read for the phone page. Raises LedgerAway."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def headings(self, phone: str, most: int) -> Sequence[Heading]:
        """The newest requests of a phone (E.164), newest first."""
        newest = (
            select(inbound.c.code, inbound.c.channel, inbound.c.state)
            .where(inbound.c.phone_hash == self._vault.fingerprint(phone))
            .order_by(inbound.c.id.desc())
            .limit(most)
        )
        with _told_as_away(), reading(self._engine) as connection:
            return [Heading(*row) for row in connection.execute(newest)]

    def seen(self, code: str) -> Seen | None:
        """The request with this tracking code; its raw call as the gateway made it."""
        with _told_as_away():
            told = timeline(self._engine, code)
            return (
                None
                if told is None
                else Seen(
                    heading=Heading(told.code, told.channel, told.state),
                    reason=told.reason,
                    intent=told.intent,
                    problem=told.problem,
                    folded_into=told.folded_into,
                    hops=[Hop(hop.at, hop.what, hop.reason) for hop in told.hops],
                    answers=self._answers(code),
                    raw=self._raw(code),
                )
            )

    def _answers(self, code: str) -> list[Answer]:
        o = outbound.c
        wanted = select(
            o.state, o.reason, o.gateway, o.parts, o.cost_rial, o.attempts, o.local_id
        ).where(o.code == code)
        with reading(self._engine) as connection:
            return [Answer(*row) for row in connection.execute(wanted.order_by(o.id))]

    def _raw(self, code: str) -> str | None:
        kept = (
            select(inbound_texts.c.key_version, inbound_texts.c.raw_cipher)
            .join(inbound, inbound.c.id == inbound_texts.c.inbound_id)
            .where(inbound.c.code == code)
        )
        with reading(self._engine) as connection:
            row = connection.execute(kept).first()
        if row is None or row.raw_cipher is None:
            return None
        try:
            plain = self._vault.open(Sealed(row.key_version, row.raw_cipher))
        except Unreadable:
            return None
        return plain.decode("utf-8", "replace")


@contextmanager
def _told_as_away() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError:
        raise LedgerAway from None
