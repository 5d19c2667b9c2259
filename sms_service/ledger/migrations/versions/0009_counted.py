"""Counts of finished days."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
step = "expand"


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


def downgrade() -> None:
    op.drop_table("counted_values")
    op.drop_table("counted_days")
