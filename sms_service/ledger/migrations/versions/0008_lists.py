"""What the list of requests is read by: the few that went another way than most."""

from sms_service.ledger.migrations.steps import (
    Where,
    add_index_beside_writers,
    drop_index_beside_writers,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
step = "expand"

_APART = "state IN ('ignored', 'folded')"
_SELDOM = "intent IN ('help', 'stop', 'start', 'save', 'list', 'forget', 'opinion')"
_INDEXES = (
    ("ix_inbound_apart", "inbound", ["state", "id"], Where(_APART, _APART)),
    ("ix_inbound_seldom", "inbound", ["intent", "id"], Where(_SELDOM, _SELDOM)),
    (
        "ix_inbound_slow",
        "inbound",
        ["id"],
        Where(
            "answered_at - received_at > interval '2 seconds'",
            "answered_at - received_at > 2000000",
        ),
    ),
    (
        "ix_outbound_slow",
        "outbound",
        ["inbound_id"],
        Where(
            "accepted_at - created_at > interval '2 seconds'",
            "accepted_at - created_at > 2000000",
        ),
    ),
)
"""Name, table, columns, and which rows."""


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        add_index_beside_writers(name, table, columns, where)


def downgrade() -> None:
    for name, table, _, _ in _INDEXES:
        drop_index_beside_writers(name, table)
