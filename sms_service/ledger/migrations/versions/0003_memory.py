"""Remember where answers end, what phones prefer, the names they give, what they think."""

import sqlalchemy as sa
from alembic import op

from sms_service.database import Id, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
step = "expand"


def upgrade() -> None:
    op.add_column("inbound", sa.Column("fulfilment", sa.String(length=12), nullable=True))
    op.add_column("outbound", sa.Column("fillings", sa.String(length=60), nullable=True))
    op.add_column("contexts", sa.Column("request_id", sa.BigInteger(), nullable=True))
    op.add_column("contexts", sa.Column("offered", sa.String(length=160), nullable=True))
    op.add_column("contexts", sa.Column("wish", sa.String(length=24), nullable=True))
    op.create_table(
        "phones",
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("latin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opinion_asked_at", Instant(), nullable=True),
        sa.Column("name_changes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("names_changed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("phone_hash", name="pk_phones"),
    )
    op.create_table(
        "saved_names",
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bill_id", sa.String(length=13), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("name_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", "name_hash", name="pk_saved_names"),
    )
    op.create_table(
        "opinions",
        sa.Column("inbound_id", Id, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_opinions"),
    )
    op.create_index("ix_opinions_at", "opinions", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("opinions")
    op.drop_table("saved_names")
    op.drop_table("phones")
    op.drop_column("contexts", "wish")
    op.drop_column("contexts", "offered")
    op.drop_column("contexts", "request_id")
    op.drop_column("outbound", "fillings")
    op.drop_column("inbound", "fulfilment")
