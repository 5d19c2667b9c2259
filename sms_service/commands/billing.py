"""``sms-service billing``: bring billing data in, see what is there."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sms_service.billing import batches as billing_batches
from sms_service.billing.fault_report import FaultReport
from sms_service.billing.importing import ImportFailed, import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind
from sms_service.billing.mapping import load_mapping
from sms_service.billing.reasons import english
from sms_service.billing.rollback import NotRolledBack, RolledBack, candidate, roll_back
from sms_service.billing.stats import billing_stats
from sms_service.billing.summary import Fault, ImportOptions, Outcome, Summary
from sms_service.commands.billing_sources import check
from sms_service.commands.days import JalaliDay, jalali_text
from sms_service.commands.generate import generate
from sms_service.commands.parts import parts_of_this_run
from sms_service.commands.progress import shown_progress
from sms_service.commands.uploads import apply_upload
from sms_service.ledger.migrations.runner import prepare_if_new

_FAULT_LINES = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_NAMES = {Kind.BRANCHES: "subscribers", Kind.BILLS: "bills", Kind.PAYMENTS: "payments"}

_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group()
def billing() -> None:
    """Bring in bills, payments and branches; see what is there."""


billing.add_command(check)
billing.add_command(generate)
billing.add_command(apply_upload)


@billing.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as-of", type=JalaliDay(), help="The Jalali day up to which the data go.")
@click.option("--strict", is_flag=True, help="All or nothing: one bad row refuses them all.")
@click.option("--again", is_flag=True, help="Also what is in force already.")
@click.option("--mapping", type=_FILE, help="Says which columns of other files hold what.")
@click.option("--report", type=_NEW_FILE, help="Where to list what wasn't taken, as CSV.")
@_as_json
def import_(paths: Sequence[Path], report: Path | None, as_json: bool, **options: Any) -> None:
    """Import the exports at PATHS: files (.csv, .csv.gz, .xlsx) or directories of them.

    The header tells whether a file holds bills (sale records), payments or branches. Bad
    rows are named and left out. Nothing is in force before everything is.
    """
    parts = parts_of_this_run()
    errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if parts.settings.hash_key is None:
        errors.print("warning: HASH_KEY is empty, a service with one won't know these phones")
    prepare_if_new(parts.engine)
    with _one_line(), ExitStack() as stack:
        wanted = _wanted(parts.today(), **options)
        if report is not None:
            wanted = replace(wanted, on_fault=stack.enter_context(FaultReport(report)).add)
        summary = import_billing(
            parts.engine,
            paths,
            hash_phone=parts.hash_phone,
            today=parts.today(),
            progress=stack.enter_context(shown_progress(errors)),
            options=wanted,
        )
    if as_json:
        _print_json(summary.to_dict())
    else:
        _show_faults(errors, summary)
        _show_summary(summary)
    if summary.outcome is Outcome.REFUSED:
        raise click.ClickException(f"nothing was changed: {summary.failure}")


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except (InputFault, ImportFailed, NotRolledBack) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(error.strerror or type(error).__name__) from None


def _wanted(
    today: date, as_of: date | None, strict: bool, again: bool, mapping: Path | None
) -> ImportOptions:
    if as_of is not None and as_of > today:
        raise click.BadParameter("this day is in the future", param_hint="--as-of")
    return ImportOptions(as_of, strict, again, load_mapping(mapping) if mapping else None)


@billing.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many.")
@_as_json
def batches(limit: int, as_json: bool) -> None:
    """List the last imports, the newest first."""
    found = billing_batches.list_batches(parts_of_this_run().engine, limit)
    if as_json:
        _print_json([asdict(batch) for batch in found])
        return
    head = ("batch", "state", "data up to", "rows", "rejected", "begun (UTC)", "kept", "files")
    table = Table(*head, caption="kept: what the batch replaced, for a rollback")
    for batch in found:
        table.add_row(
            str(batch.id),
            batch.state.in_words + (f": {batch.failure}" if batch.failure else ""),
            jalali_text(batch.data_as_of),
            f"{batch.rows_accepted:,}",
            f"{batch.rows_rejected:,}",
            f"{batch.started_at:%Y-%m-%d %H:%M}",
            "yes" if batch.reversible else "no",
            ", ".join(batch.files),
        )
    Console(highlight=False, markup=False).print(table)


@billing.command()
@click.argument("batch", required=False, type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Don't ask.")
@_as_json
def rollback(batch: int | None, yes: bool, as_json: bool) -> None:
    """Take back BATCH, the newest in force by default: all answers are as before it.

    Only the newest batch can be taken back, then the one before it, and so on.
    """
    engine = parts_of_this_run().engine
    with _one_line():
        found = candidate(engine, batch)
        if not yes:
            click.confirm(_rollback_question(found), abort=True, err=True)
        with Console(stderr=True).status(f"rolling back batch {found.id}"):
            done = roll_back(engine, found.id)
    if as_json:
        _print_json(done.to_dict())
    else:
        _show_rollback(done)


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


def _rollback_question(batch: billing_batches.Batch) -> str:
    day, files = jalali_text(batch.data_as_of), ", ".join(batch.files)
    rows = f"{batch.rows_accepted:,} rows"
    return f"Take back batch {batch.id} ({files}: {rows}, data up to {day})?"


def _show_rollback(done: RolledBack) -> None:
    click.echo(f"batch {done.batch_id} is rolled back")
    for kind, undone in done.undone.items():
        name = _NAMES[kind]
        click.echo(f"{name:<14} {undone.restored:,} restored, {undone.removed:,} removed")
    if done.in_force is None:
        click.echo("nothing is in force now")
    else:
        day = jalali_text(done.data_as_of)
        click.echo(f"data up to     {day}, of batch {done.in_force}")


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
        _show_known(summary)
        return
    total = summary.tally.total
    if summary.outcome is Outcome.DONE:
        why = "as told" if summary.as_of_given else "the newest day in the files"
        click.echo(f"batch {summary.batch_id} is in force")
        click.echo(f"data up to     {jalali_text(summary.data_as_of)} ({why})")
    written = f"{total.written:,} of them new or changed"
    click.echo(f"rows           {total.read:,}, {written}, {total.replaced:,} replace others")
    for kind in (Kind.BRANCHES, Kind.BILLS, Kind.PAYMENTS):
        click.echo(f"{_NAMES[kind]:<14} {summary.counts[kind].accepted:,}")
    if total.repeated:
        click.echo(f"repeated       {total.repeated:,} rows; {total.conflicting:,} said otherwise")
    left_out = f"{summary.tally.values_left_out:,} values"
    click.echo(f"rejected       {total.rejected:,} rows; {left_out}")
    if summary.tally.mended:
        click.echo(f"mended         {summary.tally.values_mended:,} values")
    click.echo(f"seconds        {summary.seconds:.1f} ({summary.rows_per_second:,} rows/s)")
    if summary.goes_back:
        before = jalali_text(summary.replaces_as_of)
        click.echo(f"warning: data up to {before} were in force before", err=True)


def _show_known(summary: Summary) -> None:
    day = jalali_text(summary.data_as_of)
    click.echo(f"nothing to do: batch {summary.batch_id} holds these files, data up to {day}")
    if summary.newer_batch is not None:
        click.echo(
            f"warning: batch {summary.newer_batch} came later and may have replaced some of"
            " their rows; --again puts them in force once more",
            err=True,
        )


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))
