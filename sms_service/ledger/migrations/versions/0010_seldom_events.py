"""The index by which the events that are few are counted."""

from sms_service.ledger.migrations.steps import (
    Where,
    add_index_beside_writers,
    drop_index_beside_writers,
)

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
step = "expand"

_SELDOM = (
    "what IN ('repeated', 'put_back', 'promised', 'unknown', 'unresolved', 'expired',"
    " 'refused', 'undelivered', 'cancelled', 'blocked', 'failed', 'no_receipt',"
    " 'resent', 'redriven', 'complete') OR (what = 'queued' AND reason IS NOT NULL)"
)


def upgrade() -> None:
    where = Where(_SELDOM, _SELDOM)
    add_index_beside_writers("ix_events_seldom", "events", ["at", "what", "reason"], where)


def downgrade() -> None:
    drop_index_beside_writers("ix_events_seldom", "events")
