"""``sms-service keys``: making encryption keys, and moving old data to the newest."""

import base64
import json
import os
from functools import partial

import click

from sms_service.commands.parts import (
    actor_of_this_run,
    patient_parts_of_this_run,
    settings_of_this_run,
)
from sms_service.console.people.codes import resealed, version_of
from sms_service.ledger.resealing import ResealingLedger
from sms_service.service.resealing import Resealing
from sms_service.settings.keys import KEY_BYTES, parse_keys


@click.group()
def keys() -> None:
    """Make, rotate and count the keys of DATA_KEYS (docs/how-to/keys.md)."""


@keys.command()
def make() -> None:
    """Print a new entry for DATA_KEYS, one version above those that it has."""
    given = [key.get_secret_value() for key in settings_of_this_run().data_keys]
    version = max(parse_keys(given), default=0) + 1
    click.echo(f"{version}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}")


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="One object.")
def status(as_json: bool) -> None:
    """Tell how many rows each key version sealed; exit 1 when one isn't in DATA_KEYS."""
    ledger = _ledger()
    counts, held = ledger.counts(), sorted(ledger.vault.versions)
    missing = sorted({v for of_each in counts.values() for v in of_each} - {*held})
    if as_json:
        told = {"newest": ledger.newest, "held": held, "rows": counts}
        click.echo(json.dumps(told | {"missing": missing}))
    else:
        click.echo(f"new rows are sealed with version {ledger.newest}; held: {_listed(held)}")
        for table, of_each in counts.items():
            rows = ", ".join(f"version {v}: {n}" for v, n in of_each.items()) or "nothing sealed"
            click.echo(f"  {table}: {rows}")
    if missing:
        raise click.ClickException(f"rows are sealed with what DATA_KEYS lacks: {_listed(missing)}")


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="One object at the end, and no lines.")
def rotate(as_json: bool) -> None:
    """Seal with the newest key whatever an older one sealed, beside running processes.

    It may be cut off and begun again. Exit 1 when rows are left that can't be opened.
    """
    ledger = _ledger()
    tell = _silent if as_json else _line
    rotated = Resealing(ledger).run(actor_of_this_run(), tell)
    left = sum(
        n for rows in ledger.counts().values() for v, n in rows.items() if v != rotated.version
    )
    if as_json:
        told = {"version": rotated.version, "rows": dict(rotated.done), "left": left}
        click.echo(json.dumps(told | {"unreadable": dict(rotated.unreadable)}))
    if unreadable := sum(rotated.unreadable.values()):
        raise click.ClickException(f"{unreadable} rows can't be opened with what DATA_KEYS holds")
    if left:
        raise click.ClickException(
            f"{left} rows were sealed with an older key meanwhile: restart what still has it"
            " in front, and rotate again"
        )
    if not as_json:
        click.echo(f"everything is sealed with version {rotated.version}")


def _ledger() -> ResealingLedger:
    parts = patient_parts_of_this_run()
    vault = parts.vault
    held = parse_keys([key.get_secret_value() for key in parts.settings.data_keys])
    return ResealingLedger(parts.engine, vault, partial(resealed, held), version_of)


def _line(table: str, rows: int) -> None:
    click.echo(f"  {table}: {rows} rows sealed anew")


def _silent(_table: str, _rows: int) -> None:
    """Nothing but the object at the end."""


def _listed(versions: list[int]) -> str:
    return ", ".join(map(str, versions)) or "none"
