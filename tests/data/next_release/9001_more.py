"""Note more of a text: columns with and without a default, a table."""

import sqlalchemy as sa
from alembic import op

from sms_service.ledger.migrations.runner import head

revision = "9001"
down_revision = head()
branch_labels = None
depends_on = None
step = "expand"


def upgrade() -> None:
    op.add_column("inbound", sa.Column("next_note", sa.String(length=20), nullable=True))
    op.add_column(
        "outbound", sa.Column("next_tries", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "next_marks",
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_next_marks"),
    )


def downgrade() -> None:
    op.drop_table("next_marks")
    op.drop_column("outbound", "next_tries")
    op.drop_column("inbound", "next_note")
