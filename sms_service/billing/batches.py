"""Batches: what was imported when, and which of it is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from sms_service.billing.layouts import Kind
from sms_service.billing.tables import billing_batches
from sms_service.database import db_now, reading, writing

_ABANDONED_AFTER_SECONDS = 24 * 3600.0
_LONGEST_FAILURE = 200


class BatchState(StrEnum):
    LOADING = "loading"
    """Being read; also what a killed import leaves, until a day has passed."""
    IN_FORCE = "in_force"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one kind. ``written``: new or changed; the others were there already."""

    read: int = 0
    accepted: int = 0
    written: int = 0

    @property
    def rejected(self) -> int:
        return self.read - self.accepted


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


class Overtaken(Exception):
    """The batch is no longer loading: it was given up as abandoned."""


def begin(engine: Engine, source: str, files: Sequence[str], content_hash: str) -> int:
    """Record that an import has begun; the id of its batch."""
    b = billing_batches.c
    abandoned = (b.state == BatchState.LOADING) & (b.started_at < db_now(-_ABANDONED_AFTER_SECONDS))
    values = {
        "state": BatchState.LOADING,
        "source": source,
        "files": list(files),
        "content_hash": content_hash,
        "started_at": db_now(),
    }
    with writing(engine) as connection:
        connection.execute(
            update(billing_batches)
            .where(abandoned)
            .values(state=BatchState.FAILED, failure="abandoned")
        )
        key = connection.execute(insert(billing_batches).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def put_in_force(
    connection: Connection, batch_id: int, counts: Mapping[Kind, Counts], data_as_of: date
) -> None:
    """Close a batch within the transaction that writes its rows; raises Overtaken."""
    closed = connection.execute(
        update(billing_batches)
        .where(billing_batches.c.id == batch_id, billing_batches.c.state == BatchState.LOADING)
        .values(
            state=BatchState.IN_FORCE,
            data_as_of=data_as_of,
            finished_at=db_now(),
            **_totals(counts),
        )
    )
    if closed.rowcount != 1:
        raise Overtaken


def fail(engine: Engine, batch_id: int, counts: Mapping[Kind, Counts], reason: str) -> None:
    """Close a batch that changed nothing."""
    with writing(engine) as connection:
        connection.execute(
            update(billing_batches)
            .where(billing_batches.c.id == batch_id, billing_batches.c.state == BatchState.LOADING)
            .values(
                state=BatchState.FAILED,
                failure=reason[:_LONGEST_FAILURE],
                finished_at=db_now(),
                **_totals(counts),
            )
        )


def list_batches(engine: Engine, limit: int = 50) -> list[Batch]:
    """The last batches, the newest first."""
    newest = select(billing_batches).order_by(billing_batches.c.id.desc()).limit(limit)
    with reading(engine) as connection:
        return [_batch(row._mapping) for row in connection.execute(newest)]


def newest_in_force(engine: Engine, content_hash: str | None = None) -> Batch | None:
    """The newest batch in force, of these contents where a hash is given."""
    query = (
        select(billing_batches)
        .where(billing_batches.c.state == BatchState.IN_FORCE)
        .order_by(billing_batches.c.id.desc())
        .limit(1)
    )
    if content_hash is not None:
        query = query.where(billing_batches.c.content_hash == content_hash)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else _batch(row._mapping)


def _batch(row: RowMapping) -> Batch:
    return Batch(**{**row, "state": BatchState(row["state"])})


def _totals(counts: Mapping[Kind, Counts]) -> dict[str, int]:
    read = sum(count.read for count in counts.values())
    accepted = sum(count.accepted for count in counts.values())
    by_kind = {kind.value: counts.get(kind, Counts()).accepted for kind in Kind}
    return {
        "rows_read": read,
        "rows_accepted": accepted,
        "rows_rejected": read - accepted,
        **by_kind,
    }
