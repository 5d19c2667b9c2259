"""``sms-service tokens``: by what programs are known to the API."""

import getpass
import json

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.roles import Scope
from sms_service.ledger.api_tokens import TokenLedger
from sms_service.service.api_tokens import LONGEST_NAME, Token
from sms_service.service.auditing import Actor


@click.group()
def tokens() -> None:
    """Make, list and revoke the tokens of programs."""


@tokens.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; may be given several times.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="For how long; without it, for ever.")
def create(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token and print it: it is kept nowhere and can't be shown again."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise click.UsageError(f"a name has 1 to {LONGEST_NAME} characters")
    _, secret = _ledger().create(name, map(Scope, scopes), days, _actor())
    click.echo(secret)


@tokens.command("list")
@click.option("--json", "as_json", is_flag=True, help="One array.")
def list_all(as_json: bool) -> None:
    """List every token, the newest first."""
    found = _ledger().all()
    rows = [_told(token) for token in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for token, row in zip(found, rows, strict=True):
        ended = f"revoked {row['revoked_at']}" if token.revoked_at else f"until {row['expires_at']}"
        told = (str(token.id), token.name, " ".join(sorted(token.scopes)), ended)
        click.echo("  ".join((*told, f"used {row['used_at']}")))


@tokens.command()
@click.argument("token_id", type=click.IntRange(1, (1 << 63) - 1), metavar="ID")
def revoke(token_id: int) -> None:
    """End the token with this number, as ``list`` shows it, from the next call on."""
    if not _ledger().revoke(token_id, _actor()):
        raise click.ClickException("no token in force has this number")
    click.echo("revoked")


def _ledger() -> TokenLedger:
    return TokenLedger(parts_of_this_run().engine)


def _actor() -> Actor:
    return Actor(f"cli:{getpass.getuser()}")


def _told(token: Token) -> dict[str, object]:
    moments = {
        name: moment.isoformat(timespec="seconds") if moment else None
        for name, moment in (
            ("created_at", token.created_at),
            ("expires_at", token.expires_at),
            ("used_at", token.used_at),
            ("revoked_at", token.revoked_at),
        )
    }
    named = {"id": token.id, "name": token.name, "scopes": sorted(token.scopes)}
    return {**named, "created_by": token.created_by, **moments}
