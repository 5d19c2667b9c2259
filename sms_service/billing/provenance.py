"""Where what is told of a bill comes from: the source, the batches, the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select, union

from sms_service.billing.batches import Batch, batches_by_id
from sms_service.billing.chain import BillingChain
from sms_service.billing.tables import bills, branches, fetched_histories, payments
from sms_service.database import reading
from sms_service.domain.records import History
from sms_service.service.ports import BillingSource, SourceDown


@dataclass(frozen=True, slots=True)
class Told:
    """What the sources say of one bill now."""

    history: History | None
    source: str | None
    """The name of the source whose history it is."""
    down: bool
    """A source couldn't be asked: there may be newer data, or data at all."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The imports behind a bill's rows, and when the national interface was asked last."""

    batches: Sequence[Batch]
    """Newest first."""
    fetched_at: datetime | None


class _Witness:
    """A source that remembers what it told, to find out later whose history was chosen."""

    def __init__(self, source: BillingSource) -> None:
        self._source = source
        self.had: Mapping[str, History] = {}
        self.down = False

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        try:
            self.had = self._source.histories(bill_ids)
        except SourceDown as down:
            self.had, self.down = down.had, True
            raise
        return self.had

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        return self._source.bills_of_phone(phone_hash)


def told_of(chain: BillingChain, bill_id: str) -> Told:
    """What the chain tells of a bill, and whose words these are. Never raises SourceDown."""
    witnesses = {name: _Witness(source) for name, source in chain.sources.items()}
    try:
        history = BillingChain(witnesses).histories([bill_id]).get(bill_id)
    except SourceDown as down:
        history = down.had.get(bill_id)
    whose = (name for name, one in witnesses.items() if one.had.get(bill_id) is history)
    source = next(whose, None) if history is not None else None
    return Told(history, source, any(one.down for one in witnesses.values()))


def provenance(engine: Engine, bill_id: str) -> Provenance:
    """The batches that hold rows of a bill, and the last answer of the national interface."""
    of_bill = union(
        *(select(t.c.batch_id).where(t.c.bill_id == bill_id) for t in (bills, payments, branches))
    )
    fetched = select(fetched_histories.c.fetched_at).where(
        fetched_histories.c.bill_id == bill_id, fetched_histories.c.content.is_not(None)
    )
    with reading(engine) as connection:
        ids = connection.scalars(of_bill).all()
        return Provenance(batches_by_id(connection, ids), connection.scalar(fetched))


def registered_phone(engine: Engine, span: tuple[bytes, bytes]) -> bytes | None:
    """A phone of this range of hashes that a branch record holds."""
    with reading(engine) as connection:
        for held in (branches.c.phone_hash, fetched_histories.c.phone_hash):
            found: bytes | None = connection.scalar(
                select(held).where(held.between(*span)).limit(1)
            )
            if found is not None:
                return found
    return None
