"""``sms-service users``: who works at the operator's desk."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.roles import Role
from sms_service.ledger.people import PeopleLedger
from sms_service.passwords import hashed
from sms_service.service.auditing import Actor
from sms_service.service.people import (
    SHORTEST,
    LastAdmin,
    NameTaken,
    NewPerson,
    NoSuchUser,
    Person,
    password_fault,
    random_password,
    username_of,
)

Command = TypeVar("Command", bound=Callable[..., Any])

_FAULTS = {
    "short": f"a password has at least {SHORTEST} characters",
    "long": "the password is too long",
    "username": "the password must not hold the username",
    "common": "this password is a common one",
}
_role = click.Choice([role.value for role in Role])


@click.group()
def users() -> None:
    """Make, list and change the users of the desk. Nobody has a default password."""


def _password_options(command: Command) -> Command:
    by_hand = click.option("--prompt", "by_hand", is_flag=True, help="Ask for it here.")
    piped = click.option("--password-stdin", "piped", is_flag=True, help="Read it from a pipe.")
    return by_hand(piped(command))


@users.command()
@click.argument("username")
@click.option(
    "--role", "roles", multiple=True, required=True, type=_role, help="May be given several times."
)
@click.option("--name", default="", help="As colleagues call them.")
@click.option("--email", help="Nothing is sent there.")
@_password_options
def create(
    username: str, roles: tuple[str, ...], name: str, email: str | None, by_hand: bool, piped: bool
) -> None:
    """Make a user. Without an option a random password is made and printed, this once.

    Whoever signs in by it first must change it.
    """
    known = username_of(username)
    if known is None:
        raise click.UsageError("a username has 3 to 32 of a-z, 0-9, dot, dash; a letter first")
    password = _password(known, by_hand, piped)
    held = frozenset(map(Role, roles))
    new = NewPerson(known, held, hashed(password), name=name, email=email or None)
    try:
        _ledger().create(new, _actor())
    except NameTaken:
        raise click.ClickException("there is a user of this name or address already") from None
    _tell(password, by_hand, piped)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="One array.")
def list_all(as_json: bool) -> None:
    """List every user, those who may sign in first."""
    rows = [_told(person) for person in _ledger().everybody()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        factor = "second factor" if row["second_factor"] else "no second factor"
        roles = ",".join(row["roles"]) or "no role"
        click.echo("  ".join((row["username"], roles, row["state"], factor, row["name"])).rstrip())


@users.command("roles")
@click.argument("username")
@click.argument("roles", nargs=-1, type=_role)
def set_roles(username: str, roles: tuple[str, ...]) -> None:
    """Give a user exactly these roles; none takes all away. Ends the user's sessions."""
    held = frozenset(map(Role, roles))
    _do(lambda ledger, by: ledger.set_roles(username, held, by))


@users.command()
@click.argument("username")
def deactivate(username: str) -> None:
    """Let a user in no more, and out at once."""
    _do(lambda ledger, by: ledger.deactivate(username, by))


@users.command()
@click.argument("username")
def activate(username: str) -> None:
    """Let a user in again, from behind a lock after wrong passwords, too."""
    _do(lambda ledger, by: ledger.activate(username, by))


@users.command("reset-password")
@click.argument("username")
@_password_options
def reset_password(username: str, by_hand: bool, piped: bool) -> None:
    """Set a password that its user must change; random and printed once, unless given."""
    password = _password(username, by_hand, piped)
    _do(lambda ledger, by: ledger.reset_password(username, hashed(password), by))
    _tell(password, by_hand, piped)


@users.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """Forget a lost phone: the user sets up another one at the next sign-in."""
    _do(lambda ledger, by: ledger.reset_second_factor(username, by))


def _ledger() -> PeopleLedger:
    return PeopleLedger(parts_of_this_run().engine)


def _actor() -> Actor:
    return Actor(f"cli:{getpass.getuser()}"[:40])


def _do(deed: Callable[[PeopleLedger, Actor], object]) -> None:
    try:
        deed(_ledger(), _actor())
    except NoSuchUser:
        raise click.ClickException("there is no user of this name") from None
    except LastAdmin:
        raise click.ClickException("nobody would be left to look after the users") from None


def _password(username: str, by_hand: bool, piped: bool) -> str:
    if by_hand:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    elif piped:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        return random_password()
    fault = password_fault(password, username)
    if fault:
        raise click.ClickException(_FAULTS[fault])
    return password


def _tell(password: str, *given: bool) -> None:
    if not any(given):
        click.echo(password)


def _told(person: Person) -> dict[str, Any]:
    state = "locked" if person.locked_until else "active"
    roles: Sequence[str] = sorted(person.roles)
    return {
        "username": person.username,
        "name": person.name,
        "roles": roles,
        "state": state if person.active else "deactivated",
        "second_factor": person.has_second_factor,
        "must_change_password": person.must_change_password,
        "signed_in_at": person.seen_at.isoformat(timespec="seconds") if person.seen_at else None,
    }
