"""Lay out the billing store."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Id, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
step = "expand"


def upgrade() -> None:
    op.create_table(
        "billing_batches",
        sa.Column("id", Id, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("data_as_of", sa.Date(), nullable=True),
        sa.Column("bills", sa.Integer(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("branches", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_accepted", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('loading', 'in_force', 'failed')", name="ck_billing_batches_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_billing_batches"),
    )
    op.create_index(
        "ix_billing_batches_content_hash", "billing_batches", ["content_hash"], unique=False
    )
    op.create_table(
        "bills",
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("sale_year", sa.SmallInteger(), nullable=False),
        sa.Column("sale_period", sa.SmallInteger(), nullable=False),
        sa.Column("amount_rial", sa.BigInteger(), nullable=False),
        sa.Column("mid_kwh", sa.Integer(), nullable=False),
        sa.Column("peak_kwh", sa.Integer(), nullable=False),
        sa.Column("low_kwh", sa.Integer(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("read_from", sa.Date(), nullable=True),
        sa.Column("read_to", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("previous_debt_rial", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bill_id", "serial", name="pk_bills"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "branches",
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("debt_rial", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.String(length=20), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("last_read_on", sa.Date(), nullable=True),
        sa.Column("tariff", sa.SmallInteger(), nullable=True),
        sa.Column("customer_type", sa.SmallInteger(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bill_id", name="pk_branches"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_branches_phone_hash", "branches", ["phone_hash"], unique=False)
    op.create_table(
        "payments",
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("tracking", sa.String(length=40), nullable=False),
        sa.Column("amount_rial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("untracked_key", sa.String(length=60), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("payment_id", sa.String(length=20), nullable=True),
        sa.Column("bank_code", sa.String(length=10), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "bill_id", "tracking", "amount_rial", "untracked_key", name="pk_payments"
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("payments")
    op.drop_table("branches")
    op.drop_table("bills")
    op.drop_table("billing_batches")
