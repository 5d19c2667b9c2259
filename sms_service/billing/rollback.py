"""A batch taken back: what it replaced returns, what it brought goes, all at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from sms_service.billing import batches, merging
from sms_service.billing.batches import Batch, BatchState
from sms_service.billing.failures import failures_told
from sms_service.billing.layouts import Kind
from sms_service.billing.long_work import LOCK_SECONDS, changing, long_work
from sms_service.billing.tables import billing_batches, replaced_rows
from sms_service.database import db_now

KEPT_BATCHES = 5
"""How many of the newest batches in force can be rolled back, one after the other."""


class NotRolledBack(Exception):
    """The batch can't be rolled back, and nothing was changed; one line that says why."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Rows of one kind."""

    restored: int = 0
    """Stand again as before the batch."""
    removed: int = 0
    """Had come with the batch."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A rollback that is done."""

    batch_id: int
    undone: Mapping[Kind, Undone]
    in_force: int | None
    """The newest batch now; None where none is left."""
    data_as_of: date | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON: plain values, days in ISO text."""
        return {
            "batch_id": self.batch_id,
            "undone": {kind.value: asdict(undone) for kind, undone in self.undone.items()},
            "in_force": self.in_force,
            "data_as_of": self.data_as_of and self.data_as_of.isoformat(),
        }


def candidate(engine: Engine, batch_id: int | None = None) -> Batch:
    """The batch that a rollback would take back, the newest by default; raises NotRolledBack."""
    with failures_told(NotRolledBack), engine.connect() as connection:
        return _reversible(connection, batch_id)


def roll_back(
    engine: Engine, batch_id: int | None = None, *, lock_seconds: float = LOCK_SECONDS
) -> RolledBack:
    """Undo a batch, the newest in force by default, in one transaction.

    Only the newest can be undone, as later ones may have changed the same rows. Readers see
    its data until the end. An import that is reading meanwhile comes in force upon what is
    left. Raises NotRolledBack.
    """
    with failures_told(NotRolledBack), _changing(engine, lock_seconds) as connection:
        batches.take_turn(connection)
        batch = _reversible(connection, batch_id)
        undone = {
            kind: _undo(connection, table, batch.id) for kind, table in merging.TABLES.items()
        }
        _close(connection, batch.id)
        merging.analyze(connection)
        newest = batches.newest_seen(connection)
    left = (newest.id, newest.data_as_of) if newest else (None, None)
    return RolledBack(batch.id, undone, *left)


@contextmanager
def _changing(engine: Engine, lock_seconds: float) -> Iterator[Connection]:
    with long_work(engine, lock_seconds) as connection, changing(connection, lock_seconds):
        yield connection


def forget_old(connection: Connection) -> None:
    """Drop what the batches replaced that are too old to be rolled back."""
    b = billing_batches.c
    reversible = select(b.id).where(b.state == BatchState.IN_FORCE, b.reversible)
    too_old = connection.scalars(reversible.order_by(b.id.desc()).offset(KEPT_BATCHES)).all()
    if not too_old:
        return
    for table in merging.TABLES.values():
        kept = replaced_rows(table)
        connection.execute(delete(kept).where(kept.c.replaced_by.in_(too_old)))
    connection.execute(update(billing_batches).where(b.id.in_(too_old)).values(reversible=False))


def _reversible(connection: Connection, batch_id: int | None) -> Batch:
    newest = batches.newest_seen(connection)
    if newest is None:
        raise NotRolledBack("no batch is in force")
    if batch_id is not None and batch_id != newest.id:
        _refuse(batches.find(connection, batch_id), batch_id, newest)
    if not newest.reversible:
        raise NotRolledBack(f"what batch {newest.id} replaced is no longer kept")
    return newest


def _refuse(batch: Batch | None, batch_id: int, newest: Batch) -> None:
    if batch is None:
        raise NotRolledBack(f"there is no batch {batch_id}")
    if batch.state is not BatchState.IN_FORCE:
        raise NotRolledBack(f"batch {batch_id} isn't in force, it is {batch.state.in_words}")
    raise NotRolledBack(f"batch {newest.id} came after batch {batch_id} and must go first")


def _undo(connection: Connection, table: Table, batch_id: int) -> Undone:
    kept = replaced_rows(table)
    columns = list(table.columns.keys())
    images = select(*(kept.c[name] for name in columns)).where(kept.c.replaced_by == batch_id)
    key = [kept.c[column.name] for column in table.primary_key]
    written = connection.execute(delete(table).where(table.c.batch_id == batch_id)).rowcount
    restoring = insert(table).from_select(columns, images.order_by(*key))
    counted = restoring.execution_options(preserve_rowcount=True)
    restored = connection.execute(counted).rowcount
    connection.execute(delete(kept).where(kept.c.replaced_by == batch_id))
    return Undone(restored, written - restored)


def _close(connection: Connection, batch_id: int) -> None:
    connection.execute(
        update(billing_batches)
        .where(billing_batches.c.id == batch_id)
        .values(state=BatchState.ROLLED_BACK, rolled_back_at=db_now(), reversible=False)
    )
