"""``sms-service billing``: bring billing data in, see what is there."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sms_service.billing import batches as billing_batches
from sms_service.billing.importing import ImportFailed, import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind
from sms_service.billing.reasons import english
from sms_service.billing.stats import billing_stats
from sms_service.billing.summary import Fault, ImportOptions, Outcome, Summary
from sms_service.commands.billing_sources import check
from sms_service.commands.days import JalaliDay, jalali_text
from sms_service.commands.generate import generate
from sms_service.commands.parts import parts_of_this_run
from sms_service.commands.progress import shown_progress
from sms_service.ledger.migrations.runner import prepare_if_new

_FAULT_LINES = 20

_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group()
def billing() -> None:
    """Bring in bills, payments and branches; see what is there."""


billing.add_command(check)
billing.add_command(generate)


@billing.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as-of", type=JalaliDay(), help="The Jalali day up to which the data go.")
@click.option("--strict", is_flag=True, help="One bad row refuses them all.")
@click.option("--again", is_flag=True, help="Also what is in force already.")
@_as_json
def import_(
    paths: Sequence[Path], as_of: date | None, strict: bool, again: bool, as_json: bool
) -> None:
    """Import the CSV exports at PATHS: files (.csv, .csv.gz) or directories of them.

    The header tells whether a file holds bills (sale records), payments or branches. Bad
    rows are named and left out. Nothing is in force before everything is.
    """
    parts = parts_of_this_run()
    if as_of is not None and as_of > parts.today():
        raise click.BadParameter("this day is in the future", param_hint="--as-of")
    errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if parts.settings.hash_key is None:
        errors.print("warning: HASH_KEY is empty, a service with one won't know these phones")
    prepare_if_new(parts.engine)
    try:
        with shown_progress(errors) as progress:
            summary = import_billing(
                parts.engine,
                paths,
                hash_phone=parts.hash_phone,
                today=parts.today(),
                progress=progress,
                options=ImportOptions(as_of, strict, again),
            )
    except (InputFault, ImportFailed) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        _print_json(summary.to_dict())
    else:
        _show_faults(errors, summary)
        _show_summary(summary)
    if summary.outcome is Outcome.REFUSED:
        raise click.ClickException(f"nothing was changed: {summary.failure}")


@billing.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many.")
@_as_json
def batches(limit: int, as_json: bool) -> None:
    """List the last imports, the newest first."""
    found = billing_batches.list_batches(parts_of_this_run().engine, limit)
    if as_json:
        _print_json([asdict(batch) for batch in found])
        return
    table = Table("batch", "state", "data up to", "rows", "rejected", "begun (UTC)", "files")
    for batch in found:
        table.add_row(
            str(batch.id),
            batch.state + (f": {batch.failure}" if batch.failure else ""),
            jalali_text(batch.data_as_of),
            f"{batch.rows_accepted:,}",
            f"{batch.rows_rejected:,}",
            f"{batch.started_at:%Y-%m-%d %H:%M}",
            ", ".join(batch.files),
        )
    Console(highlight=False, markup=False).print(table)


@billing.command()
@_as_json
def stats(as_json: bool) -> None:
    """Count what is in force."""
    found = asdict(billing_stats(parts_of_this_run().engine))
    if as_json:
        _print_json(found)
        return
    found["data_as_of"] = jalali_text(found["data_as_of"])
    for name, value in found.items():
        shown = "-" if value is None else value
        click.echo(f"{name.replace('_', ' '):<15} {shown}")


def _show_faults(errors: Console, summary: Summary) -> None:
    for fault in summary.faults[:_FAULT_LINES]:
        errors.print(_fault_line(fault))
    further = len(summary.faults) - _FAULT_LINES
    if further > 0:
        errors.print(f"… and {further} more; --json lists the first {len(summary.faults)}")


def _fault_line(fault: Fault) -> str:
    end = "left empty" if fault.kept else "row left out"
    what = f"{fault.field} «{fault.value}»: " if fault.field else ""
    return f"{fault.file}:{fault.line}: {what}{english(fault.reason)}, {end}"


def _show_summary(summary: Summary) -> None:
    if summary.outcome is Outcome.KNOWN:
        day = jalali_text(summary.data_as_of)
        click.echo(f"nothing to do: batch {summary.batch_id} holds these files, data up to {day}")
        return
    counts = summary.counts
    accepted = {kind: counts[kind].accepted for kind in Kind}
    written = sum(count.written for count in counts.values())
    if summary.outcome is Outcome.DONE:
        why = "as told" if summary.as_of_given else "the newest day in the files"
        click.echo(f"batch {summary.batch_id} is in force")
        click.echo(f"data up to     {jalali_text(summary.data_as_of)} ({why})")
    click.echo(f"rows           {summary.rows:,}, {written:,} of them new or changed")
    click.echo(f"subscribers    {accepted[Kind.BRANCHES]:,}")
    click.echo(f"bills          {accepted[Kind.BILLS]:,}")
    click.echo(f"payments       {accepted[Kind.PAYMENTS]:,}")
    click.echo(f"rejected       {summary.rejected:,} rows; {summary.values_left_out:,} values")
    click.echo(f"seconds        {summary.seconds:.1f} ({summary.rows_per_second:,} rows/s)")
    if summary.goes_back:
        before = jalali_text(summary.replaces_as_of)
        click.echo(f"warning: data up to {before} were in force before", err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))
