"""``sms-service billing generate``: invented subscribers, for trials and load."""

import os
import time
from datetime import date, timedelta
from pathlib import Path

import click

from sms_service.commands.days import JalaliDay, jalali_text
from sms_service.commands.parts import parts_of_this_run
from sms_service.ledger.migrations.runner import prepare_if_new
from sms_service.simulator.subscribers.exports import write_exports
from sms_service.simulator.subscribers.loading import DataThere, load
from sms_service.simulator.subscribers.making import Filling, Wanted
from sms_service.simulator.subscribers.span import span

_SECONDS_BETWEEN_LINES = 5.0


@click.command()
@click.option("--subscribers", required=True, type=click.IntRange(1), help="How many.")
@click.option("--years", default=8, show_default=True, type=click.IntRange(1), help="Of records.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which ones.")
@click.option(
    "--until", type=JalaliDay(), help="The Jalali day of the data; yesterday if not told."
)
@click.option(
    "--csv",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write exports into this directory; the database stays as it is.",
)
@click.option("--replace", is_flag=True, help="Empty the billing tables first.")
def generate(
    *,
    subscribers: int,
    years: int,
    seed: int,
    until: date | None,
    folder: Path | None,
    replace: bool,
) -> None:
    """Invent subscribers with bills and payments, and put them in force at once.

    The same options make the same bytes. Nobody real is in them: the phones are of a range
    that no operator has. A database that holds billing data is refused without --replace.
    """
    parts = parts_of_this_run()
    as_of = until or parts.today() - timedelta(days=1)
    try:
        wanted = Wanted(subscribers, seed, span(years, as_of))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    progress, processes = _Progress(), os.cpu_count() or 1
    try:
        if folder is not None:
            bills = write_exports(wanted, folder, processes, progress)
            click.echo(f"{folder} holds {subscribers:,} subscribers with {bills:,} bills")
        else:
            prepare_if_new(parts.engine)
            filling = Filling(wanted, parts.hash_phone, processes, progress)
            batch_id, filled = load(filling, parts.engine, replace=replace)
            click.echo(f"batch {batch_id} is in force")
            click.echo(f"data up to     {jalali_text(as_of)}")
            click.echo(f"subscribers    {subscribers:,}")
            click.echo(f"bills          {filled.bills:,}")
            click.echo(f"payments       {filled.payments:,}")
    except DataThere as error:
        raise click.ClickException(f"{error}; --replace empties it first") from None
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} is there already") from None
    click.echo(f"seconds        {progress.seconds:.1f}")


class _Progress:
    """Says on standard error now and then how far it is."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._started

    def __call__(self, bills: int) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            click.echo(f"{bills:,} bills, {bills / self.seconds:,.0f}/s", err=True)
