"""Take imports back, keep what a source was asked for, promise answers that take longer."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
step = "contract"
why = "keeps one answer of each kind a text in place of one in all, before any release"

_STATES = "state IN ('loading', 'in_force', 'failed', 'rolled_back')"
_STATES_BEFORE = "state IN ('loading', 'in_force', 'failed')"
_FIRST = sa.text("parent_id IS NULL")


def upgrade() -> None:
    _upgrade_batches()
    _create_replaced_bills()
    _create_replaced_payments()
    _create_replaced_branches()
    op.create_table(
        "fetched_histories",
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("fetched_at", Instant(), nullable=True),
        sa.Column("claim_token", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("bill_id", name="pk_fetched_histories"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_fetched_histories_phone_hash", "fetched_histories", ["phone_hash"], unique=False
    )
    op.add_column("inbound", sa.Column("promised_at", Instant(), nullable=True))
    op.add_column(
        "outbound",
        sa.Column("kind", sa.String(length=8), server_default="answer", nullable=False),
    )
    _first_answer_by(["inbound_id", "kind"])


def downgrade() -> None:
    op.execute("DELETE FROM outbound WHERE kind <> 'answer'")
    _first_answer_by(["inbound_id"])
    op.drop_column("outbound", "kind")
    op.drop_column("inbound", "promised_at")
    op.drop_table("fetched_histories")
    op.drop_table("replaced_branches")
    op.drop_table("replaced_payments")
    op.drop_table("replaced_bills")
    _downgrade_batches()


def _upgrade_batches() -> None:
    with op.batch_alter_table("billing_batches") as batch:
        batch.drop_constraint(op.f("ck_billing_batches_ck_billing_batches_state"), type_="check")
        batch.alter_column("state", type_=sa.String(length=12), existing_nullable=False)
        for name in ("rows_repeated", "values_left_out", "values_mended"):
            column = sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            batch.add_column(column)
        batch.add_column(sa.Column("rolled_back_at", Instant(), nullable=True))
        # What earlier batches replaced was not kept.
        batch.add_column(
            sa.Column("reversible", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.create_check_constraint(op.f("ck_billing_batches_state"), _STATES)


def _downgrade_batches() -> None:
    op.execute("UPDATE billing_batches SET state = 'failed' WHERE state = 'rolled_back'")
    with op.batch_alter_table("billing_batches") as batch:
        batch.drop_constraint(op.f("ck_billing_batches_state"), type_="check")
        batch.drop_column("reversible")
        batch.drop_column("rolled_back_at")
        for name in ("values_mended", "values_left_out", "rows_repeated"):
            batch.drop_column(name)
        batch.alter_column("state", type_=sa.String(length=8), existing_nullable=False)
        batch.create_check_constraint(
            op.f("ck_billing_batches_ck_billing_batches_state"), _STATES_BEFORE
        )


def _create_replaced_bills() -> None:
    op.create_table(
        "replaced_bills",
        sa.Column("replaced_by", sa.BigInteger(), nullable=False),
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
        sa.PrimaryKeyConstraint("replaced_by", "bill_id", "serial", name="pk_replaced_bills"),
        sqlite_with_rowid=False,
    )


def _create_replaced_payments() -> None:
    op.create_table(
        "replaced_payments",
        sa.Column("replaced_by", sa.BigInteger(), nullable=False),
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
            "replaced_by",
            "bill_id",
            "tracking",
            "amount_rial",
            "untracked_key",
            name="pk_replaced_payments",
        ),
        sqlite_with_rowid=False,
    )


def _create_replaced_branches() -> None:
    op.create_table(
        "replaced_branches",
        sa.Column("replaced_by", sa.BigInteger(), nullable=False),
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("debt_rial", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.String(length=20), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("last_read_on", sa.Date(), nullable=True),
        sa.Column("tariff", sa.SmallInteger(), nullable=True),
        sa.Column("customer_type", sa.SmallInteger(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("replaced_by", "bill_id", name="pk_replaced_branches"),
        sqlite_with_rowid=False,
    )


def _first_answer_by(columns: list[str]) -> None:
    op.drop_index("uq_outbound_first_answer", table_name="outbound")
    op.create_index(
        "uq_outbound_first_answer",
        "outbound",
        columns,
        unique=True,
        postgresql_where=_FIRST,
        sqlite_where=_FIRST,
    )
