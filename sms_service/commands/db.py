"""``sms-service db``: bring the database's schema to this release's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine

from sms_service.commands.copies import backup, restore, restored
from sms_service.database import make_engine
from sms_service.ledger.migrations import runner
from sms_service.ledger.migrations.turns import SchemaBusy
from sms_service.service.health import Mark, Standing, of_schema
from sms_service.settings import load_settings
from sms_service.wiring import environment

_LONGEST_STEP_SECONDS = 24 * 3600.0
"""An index on a table of a hundred million rows takes its time, and is in nobody's way."""
_KINDS = {
    "expand": "may be applied while the release before runs",
    "contract": "end every process of the release before first",
}
_PATIENCE = click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="Seconds to wait for tables that are in use, and for another host.",
)


@click.group()
def db() -> None:
    """Prepare the database, copy it, bring it back."""


for verb in (backup, restore, restored):
    db.add_command(verb)


@db.command()
@_PATIENCE
def upgrade(patience: float) -> None:
    """Create or upgrade the schema; harmless when nothing is to be done, or on two hosts at once.

    Texts are answered meanwhile: whatever would have to wait for a table lets others pass.
    """
    _move(runner.upgrade, patience)


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Don't ask.")
@_PATIENCE
def downgrade(revision: str, yes: bool, patience: float) -> None:
    """Take the schema back to REVISION; what only later schemas can hold is lost.

    An older release runs on a newer schema: going back to it needs this only where
    docs/how-to/upgrading.md says so.
    """
    known = [step.revision for step in runner.steps_after(None)]
    if revision not in known:
        raise click.ClickException(f"there is no revision {revision}; known: {', '.join(known)}")
    if not yes:
        question = f"Take the schema back to {revision}, losing what only later ones can hold?"
        click.confirm(question, abort=True)

    def back(engine: Engine, seconds: float) -> tuple[str | None, str | None]:
        return runner.downgrade(engine, revision, seconds)

    _move(back, patience)


@db.command()
def check() -> None:
    """Tell how the schema stands to this release; exit 1 when it isn't the one it wants."""
    with _engine(5.0) as engine:
        schema = runner.schema(engine)
    finding = of_schema(schema)
    click.echo(finding.said)
    if finding.mark is Mark.OK:
        return
    if schema.standing is Standing.OLDER:
        for step in runner.steps_after(schema.found):
            click.echo(f"  {step.revision} {step.kind} ({_KINDS[step.kind]}): {step.said}")
    raise click.ClickException(finding.remedy)


def _move(move: Callable[[Engine, float], tuple[str | None, str | None]], patience: float) -> None:
    with _engine(patience) as engine:
        try:
            before, after = move(engine, patience)
        except SchemaBusy as busy:
            raise click.ClickException(str(busy)) from None
    click.echo(f"schema {after}" + (" (already there)" if before == after else ""))


@contextmanager
def _engine(patience: float) -> Iterator[Engine]:
    """An engine that lets a step take its time."""
    url = load_settings(environment()).database_url.get_secret_value()
    engine = make_engine(url, patience=patience, statement_seconds=_LONGEST_STEP_SECONDS)
    try:
        yield engine
    finally:
        engine.dispose()
