"""One way to PostgreSQL and to SQLite: engines, transactions, time, schema metadata."""

from sms_service.database.engine import (
    Id,
    Instant,
    db_now,
    make_engine,
    metadata,
    once_more,
    reading,
    reading_at_once,
    reading_by_driver,
    writing,
    writing_at_once,
)

__all__ = [
    "Id",
    "Instant",
    "db_now",
    "make_engine",
    "metadata",
    "once_more",
    "reading",
    "reading_at_once",
    "reading_by_driver",
    "writing",
    "writing_at_once",
]
