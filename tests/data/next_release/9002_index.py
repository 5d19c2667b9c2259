"""Find texts by their note, on a table that is large."""

from sms_service.ledger.migrations.steps import (
    add_index_beside_writers,
    drop_index_beside_writers,
)

revision = "9002"
down_revision = "9001"
branch_labels = None
depends_on = None
step = "expand"


def upgrade() -> None:
    add_index_beside_writers("ix_inbound_next_note", "inbound", ["next_note", "id"])


def downgrade() -> None:
    drop_index_beside_writers("ix_inbound_next_note", "inbound")
