"""The tables of what isn't a text: how the gateways' lanes do, and whose turn a chore is."""

from sqlalchemy import BigInteger, Column, SmallInteger, String, Table

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
)

lane_changes = Table(
    "lane_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("gateway", String(20), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
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
