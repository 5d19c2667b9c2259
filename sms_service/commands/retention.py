"""``sms-service retention``: what is too old loses phones, texts and raw exchanges."""

import json
from datetime import UTC, date, datetime, timedelta

import click

from sms_service.commands.days import JalaliDay, jalali_text
from sms_service.commands.parts import actor_of_this_run, patient_parts_of_this_run
from sms_service.domain.agreement import begin_of
from sms_service.domain.calendar import tehran_day
from sms_service.service.retention import YOUNGEST, Erased, told
from sms_service.wiring.kept import KeptParts


@click.group()
def retention() -> None:
    """Erase what is older than RETENTION_DAYS; workers do it by themselves each night."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Tell how much would be erased, and erase nothing.")
@click.option(
    "--before", type=JalaliDay(), help="Erase what came before this Jalali day instead, 1404/01/01."
)
@click.option(
    "--vacuum",
    is_flag=True,
    help="Then give the space back. On SQLite nothing else is written meanwhile.",
)
@click.option("--json", "as_json", is_flag=True, help="One object.")
def run(dry_run: bool, before: date | None, vacuum: bool, as_json: bool) -> None:
    """Erase now, beside running processes; harmless when it is cut off or run twice."""
    kept = _kept()
    moment = _moment(kept, before)
    if dry_run:
        erased = Erased(moment, kept.retention_ledger.overdue(moment), is_done=False)
    else:
        erased = kept.retention.run(actor_of_this_run(), moment)
        if vacuum:
            kept.retention_ledger.vacuum()
    if as_json:
        click.echo(json.dumps(_erased(erased) | {"dry_run": dry_run}))
        return
    verb = "would erase" if dry_run else "erased"
    click.echo(f"{verb} {told(_some(erased))} older than {_instant(erased.before)}")


@retention.command()
@click.option("--json", "as_json", is_flag=True, help="One object.")
def status(as_json: bool) -> None:
    """Tell what is overdue and what the last run did; exit 1 when more than a day is overdue."""
    kept = _kept()
    cutoff, last = kept.retention.cutoff(), kept.retention_ledger.last_run()
    overdue = kept.retention_ledger.overdue(cutoff)
    is_late = any(kept.retention_ledger.overdue(cutoff - timedelta(days=1)).values())
    if as_json:
        run_ = last and {"at": last.at.isoformat(), "by": last.actor, "before": last.before}
        told_ = {"days": kept.retention.days, "cutoff": _instant(cutoff), "overdue": overdue}
        details = last and json.loads(last.details)
        click.echo(json.dumps({**told_, "late": is_late, "last_run": run_, "erased": details}))
    else:
        erased = Erased(cutoff, overdue, is_done=False)
        day = jalali_text(tehran_day(cutoff))
        click.echo(f"kept for {kept.retention.days} days, since {day} ({_instant(cutoff)})")
        click.echo(f"older and not erased yet: {told(_some(erased))}")
        said = f"{_instant(last.at)} by {last.actor}: {last.details}" if last else "none"
        click.echo(f"last run: {said}")
    if is_late:
        raise click.ClickException("more than a day is overdue: do the workers run?")


def _kept() -> KeptParts:
    return KeptParts(patient_parts_of_this_run())


def _moment(kept: KeptParts, before: date | None) -> datetime:
    if before is None:
        return kept.retention.cutoff()
    moment = begin_of(before)
    if moment > kept.retention_ledger.now() - YOUNGEST:
        raise click.ClickException("the last three days aren't erased: repeats may still come")
    return moment


def _some(erased: Erased) -> dict[str, int]:
    return {kind: count for kind, count in erased.counts.items() if count}


def _erased(erased: Erased) -> dict[str, object]:
    return {"before": _instant(erased.before), "counts": dict(erased.counts)}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
