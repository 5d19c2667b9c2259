"""``sms-service db``: bring the database's schema to this release's."""

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.ledger.migrations.runner import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """Prepare the database."""


@db.command()
def upgrade() -> None:
    """Create or upgrade the schema; harmless when nothing is to be done."""
    before, after = upgrade_schema(parts_of_this_run().engine)
    click.echo(f"schema {after}" + (" (already there)" if before == after else ""))
