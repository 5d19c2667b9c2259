"""Batches: what was imported when, and which of it is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, text, update

from sms_service.billing.layouts import Kind
from sms_service.billing.reasons import Mend
from sms_service.billing.tables import billing_batches
from sms_service.database import db_now, reading, writing

_ABANDONED_AFTER_SECONDS = 24 * 3600.0
_LONGEST_FAILURE = 200
_TURN = 0x42494C4C
"""PostgreSQL's advisory lock of who changes what is in force."""


class BatchState(StrEnum):
    LOADING = "loading"
    """Being read; also what a killed import leaves, until a day has passed."""
    IN_FORCE = "in_force"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"

    @property
    def in_words(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one kind."""

    read: int = 0
    accepted: int = 0
    written: int = 0
    """New or changed; the others were there already."""
    replaced: int = 0
    """Of the written: those that took the place of another."""
    repeated: int = 0
    """Accepted, but their key came again in the same files; the last one counts."""
    conflicting: int = 0
    """Of the repeated: those that said something else than the last one, or another before it."""

    @property
    def rejected(self) -> int:
        return self.read - self.accepted


@dataclass(frozen=True, slots=True)
class Tally:
    """What an import met."""

    counts: Mapping[Kind, Counts] = field(default_factory=dict)
    values_left_out: int = 0
    mended: Mapping[Mend, int] = field(default_factory=dict)
    """How many values were set right, by what was."""

    @property
    def total(self) -> Counts:
        """The rows of all kinds."""
        names = [field.name for field in fields(Counts)]
        return Counts(*(sum(getattr(one, name) for one in self.counts.values()) for name in names))

    @property
    def values_mended(self) -> int:
        return sum(self.mended.values())


@dataclass(frozen=True, slots=True)
class Batch:
    """One import, as the table holds it."""

    id: int
    state: BatchState
    source: str
    files: Sequence[str]
    content_hash: str
    data_as_of: date | None
    bills: int
    payments: int
    branches: int
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_repeated: int
    """Rows whose key had come before in the same files; the last one counts."""
    values_left_out: int
    values_mended: int
    started_at: datetime
    finished_at: datetime | None
    rolled_back_at: datetime | None
    reversible: bool
    """Whether the rows that it replaced are kept."""
    failure: str | None


_ONCE_IN_FORCE = (BatchState.IN_FORCE, BatchState.ROLLED_BACK)


class Overtaken(Exception):
    """The batch is no longer loading: it was given up as abandoned."""


def begin(connection: Connection, source: str, files: Sequence[str], content_hash: str) -> int:
    """Record within the caller's transaction that an import begins; the id of its batch."""
    b = billing_batches.c
    abandoned = (b.state == BatchState.LOADING) & (b.started_at < db_now(-_ABANDONED_AFTER_SECONDS))
    values = {
        "state": BatchState.LOADING,
        "source": source,
        "files": list(files),
        "content_hash": content_hash,
        "started_at": db_now(),
    }
    connection.execute(
        update(billing_batches)
        .where(abandoned)
        .values(state=BatchState.FAILED, failure="abandoned")
    )
    return _inserted(connection, values)


def _inserted(connection: Connection, values: Mapping[str, object]) -> int:
    key = connection.execute(insert(billing_batches).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def take_turn(connection: Connection) -> None:
    """Wait until no one else changes what is in force, and keep others out until the end.

    For the caller's writing transaction, which on SQLite keeps them out by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def number_in_turn(connection: Connection, batch_id: int) -> int:
    """The number under which a loading batch comes in force, in the caller's turn.

    Another import that began later may have ended before: this one then takes the next
    number, so that numbers run in the order in which batches came in force.
    Raises Overtaken.
    """
    b = billing_batches.c
    mine = select(billing_batches).where(b.id == batch_id, b.state == BatchState.LOADING)
    row = connection.execute(mine).first()
    if row is None:
        raise Overtaken
    later = select(b.id).where(b.id > batch_id, b.state.in_(_ONCE_IN_FORCE)).limit(1)
    if connection.scalar(later) is None:
        return batch_id
    values = {name: value for name, value in row._mapping.items() if name != "id"}
    connection.execute(delete(billing_batches).where(b.id == batch_id))
    return _inserted(connection, values)


def put_in_force(connection: Connection, batch_id: int, tally: Tally, data_as_of: date) -> None:
    """Close a batch within the transaction that writes its rows."""
    connection.execute(
        update(billing_batches)
        .where(billing_batches.c.id == batch_id)
        .values(
            state=BatchState.IN_FORCE,
            data_as_of=data_as_of,
            reversible=True,
            finished_at=db_now(),
            **_totals(tally),
        )
    )


def fail(engine: Engine, batch_id: int, tally: Tally, reason: str) -> None:
    """Close a batch that changed nothing."""
    with writing(engine) as connection:
        connection.execute(
            update(billing_batches)
            .where(billing_batches.c.id == batch_id, billing_batches.c.state == BatchState.LOADING)
            .values(
                state=BatchState.FAILED,
                failure=reason[:_LONGEST_FAILURE],
                finished_at=db_now(),
                **_totals(tally),
            )
        )


def list_batches(engine: Engine, limit: int = 50, before: int | None = None) -> list[Batch]:
    """The last batches, the newest first; of those older than ``before``."""
    newest = select(billing_batches).order_by(billing_batches.c.id.desc()).limit(limit)
    if before is not None:
        newest = newest.where(billing_batches.c.id < before)
    with reading(engine) as connection:
        return [_batch(row._mapping) for row in connection.execute(newest)]


def newest_in_force(engine: Engine, content_hash: str | None = None) -> Batch | None:
    """The newest batch in force, of these contents where a hash is given."""
    with reading(engine) as connection:
        return newest_seen(connection, content_hash)


def newest_seen(connection: Connection, content_hash: str | None = None) -> Batch | None:
    """The same, as a transaction sees it."""
    in_force = select(billing_batches).where(billing_batches.c.state == BatchState.IN_FORCE)
    if content_hash is not None:
        in_force = in_force.where(billing_batches.c.content_hash == content_hash)
    row = connection.execute(in_force.order_by(billing_batches.c.id.desc()).limit(1)).first()
    return None if row is None else _batch(row._mapping)


def find(connection: Connection, batch_id: int) -> Batch | None:
    """A batch by its number."""
    row = connection.execute(
        select(billing_batches).where(billing_batches.c.id == batch_id)
    ).first()
    return None if row is None else _batch(row._mapping)


def batches_by_id(connection: Connection, ids: Sequence[int]) -> list[Batch]:
    """Batches by their numbers, the newest first."""
    wanted = select(billing_batches).where(billing_batches.c.id.in_(ids))
    newest_first = wanted.order_by(billing_batches.c.id.desc())
    return [_batch(row._mapping) for row in connection.execute(newest_first)]


def _batch(row: RowMapping) -> Batch:
    return Batch(**{**row, "state": BatchState(row["state"])})


def _totals(tally: Tally) -> dict[str, int]:
    total = tally.total
    by_kind = {kind.value: tally.counts.get(kind, Counts()).accepted for kind in Kind}
    return {
        "rows_read": total.read,
        "rows_accepted": total.accepted,
        "rows_rejected": total.rejected,
        "rows_repeated": total.repeated,
        "values_left_out": tally.values_left_out,
        "values_mended": tally.values_mended,
        **by_kind,
    }
