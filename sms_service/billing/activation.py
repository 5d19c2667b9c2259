"""How staged rows come in force: ordered, then written in the turn of this import alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import Connection

from sms_service.billing import batches, merging, rollback
from sms_service.billing.batches import Batch, Counts, Tally
from sms_service.billing.layouts import Kind
from sms_service.billing.long_work import Watched, changing
from sms_service.billing.merging import Merge
from sms_service.billing.staging import Repeats, Staging
from sms_service.billing.summary import Step

Tell = Callable[[Step, Kind | None], None]


@dataclass(frozen=True, slots=True)
class Activated:
    """An import that has come in force, and the batch that was the newest before."""

    batch_id: int
    tally: Tally
    before: Batch | None


class Activation:
    """Brings one import in force; ``tell`` hears what is being done, and of which kind."""

    def __init__(
        self, connection: Connection, staging: Staging, tell: Tell, lock_seconds: float
    ) -> None:
        self._connection = connection
        self._staging = staging
        self._tell = tell
        self._lock_seconds = lock_seconds
        self._watched = Watched[tuple[Step, Kind | None]](connection, lambda one: tell(*one))

    def order(self, tally: Tally) -> Tally:
        """Bring the staged rows in order; the same tally with what was repeated."""
        return self._watched.run(lambda: self._ordered(tally))

    def put_in_force(self, batch_id: int, tally: Tally, as_of: date) -> Activated:
        """Write all in one transaction. Raises Overtaken."""
        waiting = partial(self._tell, Step.WAITING, None)
        waiting()
        with changing(self._connection, self._lock_seconds, waiting):
            return self._watched.run(lambda: self._written(batch_id, tally, as_of))

    def _ordered(self, tally: Tally) -> Tally:
        counts = dict(tally.counts)
        for kind, count in counts.items():
            if count.accepted:
                self._step(Step.ORDERING, kind)
                repeats = self._staging.order(kind, count.accepted)
                counts[kind] = _with_repeats(counts[kind], repeats)
        return replace(tally, counts=counts)

    def _written(self, batch_id: int, tally: Tally, as_of: date) -> Activated:
        self._step(Step.WAITING)
        batches.take_turn(self._connection)
        number = batches.number_in_turn(self._connection, batch_id)
        before = batches.newest_seen(self._connection)
        tally = replace(tally, counts=self._merged(number, tally.counts))
        self._step(Step.CLOSING)
        batches.put_in_force(self._connection, number, tally, as_of)
        rollback.forget_old(self._connection)
        merging.analyze(self._connection)
        return Activated(number, tally, before)

    def _merged(self, batch_id: int, counts: Mapping[Kind, Counts]) -> Mapping[Kind, Counts]:
        merged = dict(counts)
        for kind, count in counts.items():
            if count.accepted:
                self._step(Step.COMPARING, kind)
                merge = Merge(self._connection, kind, self._staging.ordered[kind])
                written = merge.run(batch_id, partial(self._step, Step.WRITING, kind))
                merged[kind] = replace(count, written=written.rows, replaced=written.replaced)
        return merged

    def _step(self, step: Step, kind: Kind | None = None) -> None:
        self._watched.step((step, kind))


def _with_repeats(count: Counts, repeats: Repeats) -> Counts:
    return replace(count, repeated=repeats.rows, conflicting=repeats.conflicting)
