"""Counts of finished days, and the index by which the events that are few are counted."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SELDOM = (
    "what IN ('repeated', 'put_back', 'promised', 'unknown', 'unresolved', 'expired',"
    " 'refused', 'undelivered', 'cancelled', 'blocked', 'failed', 'no_receipt',"
    " 'resent', 'redriven', 'complete') OR (what = 'queued' AND reason IS NOT NULL)"
)


def upgrade() -> None:
    op.create_table(
        "counted_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_counted_days"),
    )
    op.create_table(
        "counted_values",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("labels", sa.String(240), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", "labels", name="pk_counted_values"),
    )
    op.create_index(
        "ix_events_seldom",
        "events",
        ["at", "what", "reason"],
        unique=False,
        postgresql_where=sa.text(_SELDOM),
        sqlite_where=sa.text(_SELDOM),
    )


def downgrade() -> None:
    op.drop_index("ix_events_seldom", "events")
    op.drop_table("counted_values")
    op.drop_table("counted_days")
