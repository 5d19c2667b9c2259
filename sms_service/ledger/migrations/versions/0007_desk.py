"""What the desk does: resends, bulk runs, agreements, uploads, notes."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from sms_service.database import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
step = "contract"
why = "refuses a second resending of one answer, which the release before never wrote"

_ENDED_BADLY = sa.text(
    "state IN ('unresolved', 'expired', 'refused', 'undelivered', 'cancelled', 'blocked', 'failed')"
)

_OF_LANES: Mapping[str, TypeEngine[Any]] = {
    "held_by": sa.String(length=48),
    "held_why": sa.String(length=400),
    "held_at": Instant(),
    "credit_rial": sa.BigInteger(),
    "credit_at": Instant(),
}
_DEAD_LETTERS = (
    ("ix_inbound_failed", "inbound", "failed"),
    ("ix_outbound_unresolved", "outbound", "unresolved"),
)
_COUNTED = sa.text("what IN ('repeated', 'complete')")


def upgrade() -> None:
    _create_resends()
    _create_bulk_runs()
    _create_bulk_items()
    _create_agreements()
    _create_force_majeure()
    _create_frozen_months()
    _create_uploads()
    _create_request_notes()
    _create_linked_phones()
    op.add_column("inbound", sa.Column("sent_at", Instant(), nullable=True))
    op.create_index(
        "ix_inbound_channel",
        "inbound",
        ["channel", "id"],
        unique=False,
        postgresql_where=sa.text("channel <> 'sms'"),
        sqlite_where=sa.text("channel <> 'sms'"),
    )
    op.create_index(
        "ix_inbound_problem",
        "inbound",
        ["problem", "id"],
        unique=False,
        postgresql_where=sa.text("problem IS NOT NULL"),
        sqlite_where=sa.text("problem IS NOT NULL"),
    )
    op.create_index(
        "ix_events_counted",
        "events",
        ["what", "at"],
        unique=False,
        postgresql_where=_COUNTED,
        sqlite_where=_COUNTED,
    )
    op.create_index(
        "ix_outbound_ended_badly",
        "outbound",
        ["state", "inbound_id", "kind", "id"],
        unique=False,
        postgresql_where=_ENDED_BADLY,
        sqlite_where=_ENDED_BADLY,
    )
    op.create_index("ix_outbound_inbound", "outbound", ["inbound_id", "id"], unique=False)
    op.create_index("ix_receipts_remote", "receipts", ["gateway", "remote_id"], unique=False)
    _show_lanes_and_dead_letters()
    op.create_index(
        "uq_outbound_parent",
        "outbound",
        ["parent_id"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
        sqlite_where=sa.text("parent_id IS NOT NULL"),
    )


def _show_lanes_and_dead_letters() -> None:
    for name, kind in _OF_LANES.items():
        op.add_column("lanes", sa.Column(name, kind, nullable=True))
    op.create_index("ix_lane_changes_gateway", "lane_changes", ["gateway", "id"], unique=False)
    for name, table, state in _DEAD_LETTERS:
        only = sa.text(f"state = '{state}'")
        op.create_index(name, table, ["id"], unique=False, postgresql_where=only, sqlite_where=only)


def downgrade() -> None:
    for name, table, _ in _DEAD_LETTERS:
        op.drop_index(name, table)
    op.drop_index("ix_lane_changes_gateway", "lane_changes")
    for name in _OF_LANES:
        op.drop_column("lanes", name)
    op.drop_index("ix_receipts_remote", "receipts")
    op.drop_index("uq_outbound_parent", "outbound")
    op.drop_index("ix_outbound_inbound", "outbound")
    op.drop_index("ix_outbound_ended_badly", "outbound")
    op.drop_index("ix_events_counted", "events")
    op.drop_index("ix_inbound_problem", "inbound")
    op.drop_index("ix_inbound_channel", "inbound")
    op.drop_column("inbound", "sent_at")
    op.drop_table("linked_phones")
    op.drop_table("request_notes")
    op.drop_table("uploads")
    op.drop_table("frozen_months")
    op.drop_table("force_majeure")
    op.drop_table("agreements")
    op.drop_table("bulk_items")
    op.drop_table("bulk_runs")
    op.drop_table("resends")


def _create_resends() -> None:
    op.create_table(
        "resends",
        sa.Column("outbound_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("composed", sa.String(length=8), nullable=False),
        sa.Column("receiver", sa.String(length=8), nullable=False),
        sa.Column("actor", sa.String(length=48), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("bulk_id", sa.BigInteger(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("outbound_id", name="pk_resends"),
    )
    op.create_index("ix_resends_inbound_id", "resends", ["inbound_id"], unique=False)


def _create_bulk_runs() -> None:
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.String(length=48), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=48), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("cost_rial", sa.BigInteger(), nullable=True),
        sa.Column("texts_per_minute", sa.Integer(), nullable=False),
        sa.Column("fed_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_runs"),
    )


def _create_bulk_items() -> None:
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("outbound_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("bulk_id", "position", name="pk_bulk_items"),
        sa.UniqueConstraint("bulk_id", "inbound_id", name="uq_bulk_items_bulk_id_inbound_id"),
    )
    op.create_index("ix_bulk_items_outbound_id", "bulk_items", ["outbound_id"], unique=False)
    op.create_index(
        "ix_bulk_items_waiting",
        "bulk_items",
        ["bulk_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )


def _create_agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("within_seconds", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("made_by", sa.String(length=48), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.String(length=48), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agreements"),
    )


def _create_force_majeure() -> None:
    op.create_table(
        "force_majeure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("begins_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("marked_by", sa.String(length=48), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=48), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_force_majeure"),
    )


def _create_frozen_months() -> None:
    op.create_table(
        "frozen_months",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("frozen_by", sa.String(length=48), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_frozen_months"),
        sa.UniqueConstraint("month", name="uq_frozen_months_month"),
    )


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=48), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("applied_by", sa.String(length=48), nullable=True),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )


def _create_request_notes() -> None:
    op.create_table(
        "request_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=48), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("text_cipher", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_notes"),
    )
    op.create_index("ix_request_notes_code", "request_notes", ["code"], unique=False)


def _create_linked_phones() -> None:
    op.create_table(
        "linked_phones",
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=48), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", "bill_id", name="pk_linked_phones"),
    )
    op.create_index("ix_linked_phones_bill_id", "linked_phones", ["bill_id"], unique=False)
