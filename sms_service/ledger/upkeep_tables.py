"""The tables of what isn't a text: how the gateways' lanes do, and whose turn a chore is."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, String, Table

from sms_service.database import Id, Instant, metadata

lanes = Table(
    "lanes",
    metadata,
    Column("gateway", String(20), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("failures", SmallInteger, nullable=False),
    Column("allowance", SmallInteger),
    Column("rests_until", Instant, nullable=False),
    Column("free_at", Instant, nullable=False),
    Column("held_by", String(48)),
    Column("held_why", String(400)),
    Column("held_at", Instant),
    Column("credit_rial", BigInteger),
    Column("credit_at", Instant),
)
"""``held_…``: who keeps it from sending, why and since when. ``credit_…``: what its account
had left when that was last asked."""

lane_changes = Table(
    "lane_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("gateway", String(20), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Index("ix_lane_changes_gateway", "gateway", "id"),
)

chores = Table(
    "chores",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("lease_token", BigInteger),
    Column("began_at", Instant),
    Column("finished_at", Instant),
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    Column("reason", String(40)),
)
