"""What the list of requests is read by: the few that went another way than most."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_APART = "state IN ('ignored', 'folded')"
_SELDOM = "intent IN ('help', 'stop', 'start', 'save', 'list', 'forget', 'opinion')"
_INDEXES = (
    ("ix_inbound_apart", "inbound", ["state", "id"], (_APART, _APART)),
    ("ix_inbound_seldom", "inbound", ["intent", "id"], (_SELDOM, _SELDOM)),
    (
        "ix_inbound_slow",
        "inbound",
        ["id"],
        ("answered_at - received_at > interval '2 seconds'", "answered_at - received_at > 2000000"),
    ),
    (
        "ix_outbound_slow",
        "outbound",
        ["inbound_id"],
        ("accepted_at - created_at > interval '2 seconds'", "accepted_at - created_at > 2000000"),
    ),
)
"""Name, table, columns, and which rows: on PostgreSQL and on SQLite."""


def upgrade() -> None:
    for name, table, columns, (on_postgresql, on_sqlite) in _INDEXES:
        op.create_index(
            name,
            table,
            columns,
            unique=False,
            postgresql_where=sa.text(on_postgresql),
            sqlite_where=sa.text(on_sqlite),
        )


def downgrade() -> None:
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
