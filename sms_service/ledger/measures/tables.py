"""The tables of counts that are kept, of days that hardly move any more."""

from sqlalchemy import Column, Float, Integer, String, Table

from sms_service.database import Instant, metadata

counted_days = Table(
    "counted_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("first_day", Integer, nullable=False),
    Column("counted_at", Instant, nullable=False),
)
"""Days since 1970, of UTC. A row is for the days from the first to ``day``, both included."""

counted_values = Table(
    "counted_values",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("name", String(48), primary_key=True),
    Column("labels", String(240), primary_key=True),
    Column("value", Float, nullable=False),
)
"""``labels``: a JSON array, in the order that the catalogue of metrics names them."""
