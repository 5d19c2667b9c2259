"""``sms-service db backup``, ``restore``, ``restored``: copies, and what they ask for later."""

from pathlib import Path

import click

from sms_service.commands.parts import actor_of_this_run, patient_parts_of_this_run
from sms_service.database.backups import BackupError, back_up
from sms_service.database.backups import restore as bring_back
from sms_service.ledger.migrations.runner import is_at_head
from sms_service.ledger.migrations.runner import upgrade as upgrade_schema
from sms_service.ledger.restored import RestoredLedger, keys_fit
from sms_service.wiring import Parts

_FILE = click.Path(dir_okay=False, path_type=Path)
_PROGRAMS = click.option(
    "--programs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of pg_dump and pg_restore, where the PATH has others.",
)


@click.command()
@click.argument("file", type=_FILE)
@_PROGRAMS
def backup(file: Path, programs: Path | None) -> None:
    """Write the whole database to a new FILE, beside running processes (docs/how-to/backup.md).

    PostgreSQL by pg_dump, SQLite by VACUUM INTO. The keys aren't in it: keep them elsewhere.
    """
    parts = patient_parts_of_this_run()
    try:
        size = back_up(parts.engine, file, programs)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file}: {size} bytes; {_keys(parts) or 'the keys at hand open it'}")


@click.command()
@click.argument("file", type=_FILE)
@_PROGRAMS
def restore(file: Path, programs: Path | None) -> None:
    """Bring a backup back into the empty database of DATABASE_URL, and see to what was under way.

    Start nothing before it has ended.
    """
    parts = patient_parts_of_this_run()
    try:
        bring_back(parts.engine, file, programs)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    _see_to(parts)


@click.command()
def restored() -> None:
    """Say that the database was brought back by other means: a snapshot, a base backup, WAL.

    While nothing runs. `db restore` has done so already.
    """
    _see_to(patient_parts_of_this_run())


def _see_to(parts: Parts) -> None:
    if not is_at_head(parts.engine):
        upgrade_schema(parts.engine)
        click.echo("the schema was older and is this release's now")
    settled = RestoredLedger(parts.engine).settle(actor_of_this_run(), parts.settings.gateways)
    click.echo(f"{settled.answers} answers are asked about before anything is sent")
    click.echo(f"{settled.texts} texts may have been answered: take them up at the desk, or leave")
    if settled.runs:
        click.echo(f"{settled.runs} runs of many are paused")
    if wrong := _keys(parts):
        raise click.ClickException(wrong)


def _keys(parts: Parts) -> str | None:
    """What is wrong with the keys at hand, if anything."""
    settings = parts.settings
    if not (settings.data_keys and settings.hash_key):
        return "the keys weren't looked at: DATA_KEYS or HASH_KEY isn't set"
    return keys_fit(parts.engine, parts.vault)
