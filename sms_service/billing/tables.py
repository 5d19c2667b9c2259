"""The billing tables: what the last imports brought, each row with its batch.

A table's primary key is its natural key and begins with the bill ID, so one range of one
index holds a whole history; SQLite stores the rows inside that index. No foreign key
ties rows to their batch: checking one costs a bulk load more than the insert itself.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    false,
)

from sms_service.database import Id, Instant, metadata

BILL_ID = String(13)
"""Canonical: 13 ASCII digits, zeros in front."""

billing_batches = Table(
    "billing_batches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("source", String(8), nullable=False),
    Column("files", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False, index=True),
    Column("data_as_of", Date),
    Column("bills", Integer, nullable=False, default=0),
    Column("payments", Integer, nullable=False, default=0),
    Column("branches", Integer, nullable=False, default=0),
    Column("rows_read", Integer, nullable=False, default=0),
    Column("rows_accepted", Integer, nullable=False, default=0),
    Column("rows_rejected", Integer, nullable=False, default=0),
    Column("rows_repeated", Integer, nullable=False, server_default="0"),
    Column("values_left_out", Integer, nullable=False, server_default="0"),
    Column("values_mended", Integer, nullable=False, server_default="0"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("rolled_back_at", Instant),
    Column("reversible", Boolean, nullable=False, server_default=false()),
    Column("failure", String(200)),
    CheckConstraint("state IN ('loading', 'in_force', 'failed', 'rolled_back')", name="state"),
)

bills = Table(
    "bills",
    metadata,
    Column("bill_id", BILL_ID, primary_key=True),
    Column("serial", String(20), primary_key=True),
    Column("sale_year", SmallInteger, nullable=False),
    Column("sale_period", SmallInteger, nullable=False),
    Column("amount_rial", BigInteger, nullable=False),
    Column("mid_kwh", Integer, nullable=False),
    Column("peak_kwh", Integer, nullable=False),
    Column("low_kwh", Integer, nullable=False),
    Column("days", SmallInteger),
    Column("issued_on", Date),
    Column("read_from", Date),
    Column("read_to", Date),
    Column("due_on", Date),
    Column("previous_debt_rial", BigInteger, nullable=False),
    Column("rejected", Boolean, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

payments = Table(
    "payments",
    metadata,
    Column("bill_id", BILL_ID, primary_key=True),
    Column("tracking", String(40), primary_key=True),
    Column("amount_rial", BigInteger, primary_key=True, autoincrement=False),
    Column("untracked_key", String(60), primary_key=True),
    Column("paid_on", Date, nullable=False),
    Column("posted_on", Date),
    Column("payment_id", String(20)),
    Column("bank_code", String(10)),
    Column("channel", String(10)),
    Column("batch_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""A reversal shares its payment's ``tracking`` and differs by the sign of its amount.

``tracking`` is empty when the source gave none; ``untracked_key`` then holds what else
tells the payment from others, and is empty otherwise.
"""

branches = Table(
    "branches",
    metadata,
    Column("bill_id", BILL_ID, primary_key=True),
    Column("debt_rial", BigInteger),
    Column("payment_id", String(20)),
    Column("due_on", Date),
    Column("last_read_on", Date),
    Column("tariff", SmallInteger),
    Column("customer_type", SmallInteger),
    Column("phone_hash", LargeBinary(32), index=True),
    Column("batch_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def _replaced(table: Table) -> Table:
    """Where the rows of ``table`` stand that a batch replaced, as they were before it."""
    key = [column.name for column in table.primary_key]
    return Table(
        f"replaced_{table.name}",
        metadata,
        Column("replaced_by", BigInteger, primary_key=True, autoincrement=False),
        *(
            Column(
                column.name,
                column.type,
                primary_key=column.name in key,
                nullable=column.nullable,
                autoincrement=False,
            )
            for column in table.columns
        ),
        sqlite_with_rowid=False,
    )


replaced_bills = _replaced(bills)
replaced_payments = _replaced(payments)
replaced_branches = _replaced(branches)


def replaced_rows(table: Table) -> Table:
    """Where the rows of bills, payments or branches stand that a batch replaced."""
    return metadata.tables[f"replaced_{table.name}"]


fetched_histories = Table(
    "fetched_histories",
    metadata,
    Column("bill_id", BILL_ID, primary_key=True),
    Column("content", Text),
    Column("phone_hash", LargeBinary(32), index=True),
    Column("fetched_at", Instant),
    Column("claim_token", BigInteger),
    Column("claimed_until", Instant),
    sqlite_with_rowid=False,
)
"""What the national interface last said of bills, and who is asking it now.

``fetched_at`` without ``content``: it doesn't know the bill.
"""
