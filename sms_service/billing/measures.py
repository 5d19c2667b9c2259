"""What the imports of billing data can tell in figures."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, Engine, Row, func, select

from sms_service.billing.batches import BatchState, newest_seen
from sms_service.billing.tables import billing_batches
from sms_service.database import reading

Value = tuple[str, tuple[str, ...], float]
"""A metric's name, the values of its labels, the figure."""
_OUTCOMES = ("accepted", "rejected", "repeated")


def import_values(engine: Engine, today: date) -> Iterator[Value]:
    """All imports that came to an end, the newest one, and how old its data are.

    A batch that was rolled back was in force before, and counts for both.
    """
    with reading(engine) as connection:
        yield from _all(connection)
        yield from _newest(connection)
        in_force = newest_seen(connection)
    if in_force is not None and in_force.data_as_of is not None:
        yield "sms_data_age_seconds", (), (today - in_force.data_as_of).total_seconds()


def _all(connection: Connection) -> Iterator[Value]:
    b = billing_batches.c
    sums = [func.sum(b[f"rows_{one}"]) for one in _OUTCOMES]
    ended = select(b.state, func.count(), *sums).where(b.state != BatchState.LOADING)
    batches = dict.fromkeys((BatchState.IN_FORCE, BatchState.FAILED, BatchState.ROLLED_BACK), 0)
    rows = dict.fromkeys(_OUTCOMES, 0)
    for state, count, *told in connection.execute(ended.group_by(b.state)):
        batches[BatchState(state)] += count
        if state == BatchState.FAILED:
            continue
        for outcome, number in zip(_OUTCOMES, told, strict=True):
            rows[outcome] += number
    batches[BatchState.IN_FORCE] += batches[BatchState.ROLLED_BACK]
    for each, count in batches.items():
        yield "sms_import_batches_total", (each.value,), count
    for outcome, number in rows.items():
        yield "sms_import_rows_total", (outcome,), number


def _newest(connection: Connection) -> Iterator[Value]:
    b = billing_batches.c
    newest = select(billing_batches).where(b.state != BatchState.LOADING).order_by(b.id.desc())
    row = connection.execute(newest.limit(1)).first()
    if row is None:
        return
    for outcome in _OUTCOMES:
        yield "sms_last_import_rows", (outcome,), float(row._mapping[f"rows_{outcome}"])
    yield "sms_last_import_failed", (), float(row.state == BatchState.FAILED)
    if row.finished_at is not None:
        yield "sms_last_import_finished_timestamp_seconds", (), row.finished_at.timestamp()
        yield "sms_last_import_rows_per_second", (), _pace(row)


def _pace(row: Row[tuple[object, ...]]) -> float:
    seconds = (row.finished_at - row.started_at).total_seconds()
    return float(row.rows_read) / seconds if seconds > 0 else 0.0
