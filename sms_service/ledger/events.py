"""The record of every transition: what, when, why, under the tracking code alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert

from sms_service.database import db_now
from sms_service.ledger.tables import events

Event = tuple[str, str, str | None]
"""Tracking code, what happened, the reason where there is one."""

_INSERT = insert(events).values(
    code=bindparam("code"), what=bindparam("what"), reason=bindparam("reason"), at=db_now()
)


def write_events(connection: Connection, happened: Iterable[Event]) -> None:
    """Append events in the caller's transaction."""
    rows: list[Mapping[str, Any]] = [
        {"code": code, "what": what, "reason": reason} for code, what, reason in happened
    ]
    if rows:
        connection.execute(_INSERT, rows)
