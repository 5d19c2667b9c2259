"""``sms-service audit``: who did what, and whether nobody has changed it since."""

import getpass
import json

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.calendar import TEHRAN, jalali_of
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.audit_view import AuditView, Wanted
from sms_service.service.auditing import Actor, Deed, Entry, follow, read_noted


@click.group()
def audit() -> None:
    """Look into the audit log, and check that it is whole."""


@audit.command()
@click.option(
    "--noted",
    metavar="NUMBER:HASH",
    help="What an earlier check printed: tells when the log was cut or begun anew since.",
)
def check(noted: str | None) -> None:
    """Check every entry against the one before; exit 1 and name the first that doesn't hold."""
    engine = parts_of_this_run().engine
    number, expected = _parsed(noted) if noted else (0, "")
    chain = follow(AuditLedger(engine).entries(), number)
    by = Actor(f"cli:{getpass.getuser()}"[:40])
    if chain.broken is None and noted and chain.noted.hex() != expected:
        chain = chain.broken_at(number)
    AuditLedger(engine).write(Deed(by, "audit_check", "audit", "chain", details=chain.told()))
    if chain.broken is not None:
        raise click.ClickException(f"entry {chain.broken} doesn't hold on to the one before it")
    click.echo(f"{chain.length} entries hold; the last is {chain.length}:{chain.head.hex()}")


@audit.command()
def head() -> None:
    """Print the last entry as NUMBER:HASH, to be kept on another machine for `check --noted`."""
    click.echo(AuditLedger(parts_of_this_run().engine).head())


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
@click.option("--limit", default=50, type=click.IntRange(1, 100_000), help="So many.")
@click.option("--actor", help="Only what this user did.")
@click.option("--action", help="Only what is called so, e.g. resend.")
def show(as_json: bool, limit: int, actor: str | None, action: str | None) -> None:
    """Tell the latest entries, the newest first."""
    wanted = Wanted(actor=actor, action=action)
    for entry in AuditView(parts_of_this_run().engine).page(wanted, None, limit).entries:
        click.echo(json.dumps(_told(entry), ensure_ascii=False) if as_json else _line(entry))


def _parsed(noted: str) -> tuple[int, str]:
    try:
        return read_noted(noted)
    except ValueError:
        raise click.UsageError("--noted is written NUMBER:HASH") from None


def _told(entry: Entry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "role": entry.role,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject": entry.subject,
        "reason": entry.reason,
        "details": json.loads(entry.details),
        "address": entry.address,
        "hash": entry.hash.hex(),
    }


def _line(entry: Entry) -> str:
    local = entry.at.astimezone(TEHRAN)
    day = jalali_of(local.date())
    moment = f"{day.year}/{day.month:02}/{day.day:02} {local:%H:%M:%S}"
    told = (str(entry.number), moment, entry.actor, entry.action, entry.subject_kind, entry.subject)
    return "  ".join((*told, entry.reason or "")).rstrip()
