"""Fold repeats, pin what may have left, ask for receipts, let lanes rest, count what phones use."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Id, Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
step = "contract"
why = "renames receipts.applied_at and makes the table of lanes anew, before any release"

_PARKED_BEFORE = sa.text("applied_at IS NULL")
_PARKED = sa.text("state = 'parked'")
_WITHOUT_RECEIPT = sa.text("ask_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("inbound", sa.Column("folded_into", sa.BigInteger(), nullable=True))
    op.create_table(
        "recent_texts",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_recent_texts"),
    )
    _upgrade_outbound()
    _upgrade_receipts()
    op.add_column("phones", sa.Column("usage", sa.String(length=1200), nullable=True))
    op.add_column("phones", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    # Whatever is known of a phone is found by way of its row.
    for known in ("contexts", "saved_names", "opt_outs"):
        op.execute(
            f"INSERT INTO phones (phone_hash) SELECT DISTINCT phone_hash FROM {known} "  # noqa: S608  # nosec B608  # a name of these
            "WHERE phone_hash NOT IN (SELECT phone_hash FROM phones)"
        )
    _upgrade_lanes()
    op.create_table(
        "chores",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("began_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_chores"),
    )


def downgrade() -> None:
    op.drop_table("chores")
    _downgrade_lanes()
    op.drop_column("phones", "version")
    op.drop_column("phones", "usage")
    _downgrade_receipts()
    op.drop_index("ix_outbound_without_receipt", table_name="outbound")
    op.drop_column("outbound", "ask_at")
    op.drop_column("outbound", "pinned")
    op.drop_table("recent_texts")
    op.drop_column("inbound", "folded_into")


def _upgrade_outbound() -> None:
    op.add_column(
        "outbound", sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("outbound", sa.Column("ask_at", Instant(), nullable=True))
    op.create_index(
        "ix_outbound_without_receipt",
        "outbound",
        ["gateway", "ask_at"],
        postgresql_where=_WITHOUT_RECEIPT,
        sqlite_where=_WITHOUT_RECEIPT,
    )
    # What was queued again after a question may be at its gateway all the same.
    op.execute("UPDATE outbound SET pinned = true WHERE state IN ('sending', 'unknown', 'queued')")


def _upgrade_receipts() -> None:
    op.drop_index("ix_receipts_parked", table_name="receipts")
    op.add_column(
        "receipts",
        sa.Column("state", sa.String(length=12), server_default="parked", nullable=False),
    )
    op.add_column("receipts", sa.Column("reason", sa.String(length=40), nullable=True))
    op.alter_column("receipts", "applied_at", new_column_name="ended_at")
    op.execute("UPDATE receipts SET state = 'applied' WHERE ended_at IS NOT NULL")
    op.create_index(
        "ix_receipts_parked",
        "receipts",
        ["gateway", "remote_id"],
        postgresql_where=_PARKED,
        sqlite_where=_PARKED,
    )


def _downgrade_receipts() -> None:
    op.drop_index("ix_receipts_parked", table_name="receipts")
    op.alter_column("receipts", "ended_at", new_column_name="applied_at")
    op.drop_column("receipts", "reason")
    op.drop_column("receipts", "state")
    op.create_index(
        "ix_receipts_parked",
        "receipts",
        ["gateway", "remote_id"],
        postgresql_where=_PARKED_BEFORE,
        sqlite_where=_PARKED_BEFORE,
    )


def _upgrade_lanes() -> None:
    # A rest that is under way is begun anew: it lasts a minute at most.
    op.drop_table("lanes")
    op.create_table(
        "lanes",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("allowance", sa.SmallInteger(), nullable=True),
        sa.Column("rests_until", Instant(), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name="pk_lanes"),
    )
    op.create_table(
        "lane_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_lane_changes"),
    )
    op.create_index("ix_lane_changes_at", "lane_changes", ["at"], unique=False)


def _downgrade_lanes() -> None:
    op.drop_table("lane_changes")
    op.drop_table("lanes")
    op.create_table(
        "lanes",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("rests_until", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("gateway", name="pk_lanes"),
    )
