"""The record of every transition: what, when, why, under the tracking code alone."""

from collections.abc import Iterable

from sqlalchemy import Connection

from sms_service.database import db_now
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.tables import events

Event = tuple[str, str, str | None]
"""Tracking code, what happened, the reason where there is one."""

_append = BulkInsert(events, ["code", "what", "reason"], {"at": db_now()})


def write_events(connection: Connection, happened: Iterable[Event]) -> None:
    """Append events in the caller's transaction."""
    _append(
        connection,
        [{"code": code, "what": what, "reason": reason} for code, what, reason in happened],
    )
