"""Alembic's entry: runs on the connection that runner.py hands over."""

from alembic import context

import sms_service.billing.tables
import sms_service.ledger.desk_tables
import sms_service.ledger.measures.tables
import sms_service.ledger.tables
import sms_service.ledger.upkeep_tables  # noqa: F401  # each puts its tables into the metadata
from sms_service.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=True,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
