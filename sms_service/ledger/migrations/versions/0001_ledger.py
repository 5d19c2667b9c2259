"""Lay out the ledger."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Id, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
step = "expand"


COMPANIES = {
    "042": "برق استان تهران",
    "043": "برق البرز",
    "044": "برق قم",
    "061": "برق اهواز",
    "072": "برق قزوین",
    "141": "برق مازندران",
    "142": "برق غرب مازندران",
    "143": "برق گلستان",
    "161": "برق یزد",
}
"""Company numbers of the national billing exchange, as far as a source for them was found."""


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_companies"),
    )
    op.create_table(
        "contexts",
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bill_id", sa.String(length=13), nullable=True),
        sa.Column("intent", sa.String(length=12), nullable=True),
        sa.Column("cursor", sa.String(length=40), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", name="pk_contexts"),
    )
    op.create_table(
        "events",
        sa.Column("id", Id, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_code", "events", ["code"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("intent", sa.String(length=12), nullable=True),
        sa.Column("bill_id", sa.String(length=13), nullable=True),
        sa.Column("from_year", sa.SmallInteger(), nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("notes", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbound"),
    )
    op.create_index("ix_inbound_bill", "inbound", ["bill_id", "id"], unique=False)
    op.create_index("ix_inbound_code", "inbound", ["code"], unique=False)
    op.create_index("ix_inbound_phone", "inbound", ["phone_hash", "id"], unique=False)
    op.create_index(
        "ix_inbound_waiting",
        "inbound",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('received', 'answering')"),
        sqlite_where=sa.text("state IN ('received', 'answering')"),
    )
    op.create_table(
        "inbound_keys",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "remote_id", name="pk_inbound_keys"),
        sa.UniqueConstraint("code", name="uq_inbound_keys_code"),
    )
    op.create_table(
        "inbound_texts",
        sa.Column("inbound_id", Id, autoincrement=False, nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("text_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("raw_cipher", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_inbound_texts"),
    )
    op.create_table(
        "lanes",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("rests_until", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("gateway", name="pk_lanes"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", name="pk_opt_outs"),
    )
    op.create_table(
        "outbound",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("local_id", sa.BigInteger(), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("encoding", sa.String(length=8), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("left_out", sa.String(length=120), nullable=True),
        sa.Column("cost_rial", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("first_tried_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("gateway", sa.String(length=20), nullable=True),
        sa.Column("remote_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbound"),
        sa.UniqueConstraint("local_id", name="uq_outbound_local_id"),
    )
    op.create_index("ix_outbound_code", "outbound", ["code"], unique=False)
    op.create_index(
        "ix_outbound_moving",
        "outbound",
        ["state", "priority", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        sqlite_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
    )
    op.create_index("ix_outbound_phone", "outbound", ["phone_hash", "id"], unique=False)
    op.create_index("ix_outbound_remote", "outbound", ["gateway", "remote_id"], unique=False)
    op.create_index(
        "uq_outbound_first_answer",
        "outbound",
        ["inbound_id"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NULL"),
        sqlite_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "outbound_texts",
        sa.Column("outbound_id", Id, autoincrement=False, nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("text_cipher", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("outbound_id", name="pk_outbound_texts"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", Id, nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index(
        "ix_receipts_parked",
        "receipts",
        ["gateway", "remote_id"],
        unique=False,
        postgresql_where=sa.text("applied_at IS NULL"),
        sqlite_where=sa.text("applied_at IS NULL"),
    )
    op.bulk_insert(
        sa.table("companies", sa.column("code"), sa.column("name")),
        [{"code": code, "name": name} for code, name in COMPANIES.items()],
    )


def downgrade() -> None:
    op.drop_table("receipts")
    op.drop_table("outbound_texts")
    op.drop_table("outbound")
    op.drop_table("opt_outs")
    op.drop_table("lanes")
    op.drop_table("inbound_texts")
    op.drop_table("inbound_keys")
    op.drop_table("inbound")
    op.drop_table("events")
    op.drop_table("contexts")
    op.drop_table("companies")
