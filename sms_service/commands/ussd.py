"""``sms-service ussd``: a phone in a terminal."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import click
import requests

from sms_service.channels.ussd.dialect import dialled_after
from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.msisdn import mobile
from sms_service.language.screens import SCREEN_UNITS, units_of
from sms_service.logs.redaction import guard_loggers, hide
from sms_service.settings import Settings, load_settings
from sms_service.wiring import environment

_PATIENCE_SECONDS = 10
_NOBODY = "+989000000000"

Dialled = Callable[[str, str, int], "Shown"]
"""From the event, what was typed and the number of the step to what the phone shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen, and whether something can be typed behind it."""

    message: str
    goes_on: bool


@click.group()
def ussd() -> None:
    """Dial the menus."""


@ussd.command()
@click.argument("code")
@click.option("--from", "sender", metavar="PHONE", help="The phone that dials.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a screen.")
@click.option("--url", help="A running service to dial; else here, where nothing is sent or kept.")
def dial(code: str, sender: str | None, as_json: bool, url: str | None) -> None:
    """Dial CODE, such as *1521# or *1521*1234567804423*1402#, and answer the menus.

    Inputs come from the terminal or, line by line, from a pipe; an empty line hangs up.
    """
    phone = mobile(sender) if sender is not None else _NOBODY
    if phone is None:
        raise click.BadParameter("not an Iranian mobile", param_hint="--from")
    settings = load_settings(environment())
    dialled = _from_afar(settings, phone, url) if url else _here(settings, phone)
    show = _show_json if as_json else _show_framed
    shown = dialled("new", code, 0)
    show(shown)
    for step, typed in enumerate(_inputs(), 1):
        if not shown.goes_on:
            break
        if not typed:
            dialled("close", "", step)
            break
        shown = dialled("input", typed, step)
        show(shown)


def _here(settings: Settings, phone: str) -> Dialled:
    import asyncio

    from sms_service.service.ussd.ports import Event, Kind
    from sms_service.wiring.ussd import make_trial

    conversation = make_trial(parts_of_this_run(settings))

    def dialled(event: str, typed: str, step: int) -> Shown:
        kind = Kind(event)
        is_new = kind is Kind.NEW
        inputs = dialled_after(settings.ussd_code, typed) if is_new else [typed]
        told = Event("terminal", "1", phone, kind, step, inputs)
        screen = asyncio.run(conversation.screen(told))
        return Shown(screen.text, not screen.ends)

    return dialled


def _from_afar(settings: Settings, phone: str, url: str) -> Dialled:
    settings.require("webhook_secrets")
    secret = settings.webhook_secrets[0].get_secret_value()
    hide(secret)
    guard_loggers(["urllib3.connectionpool"])  # which logs the paths that it asks for
    session_id = f"terminal-{token_hex(8)}"

    def dialled(event: str, typed: str, step: int) -> Shown:
        told = {"session_id": session_id, "phone": phone, "event": event}
        told |= {"input": typed, "sequence": step}  # type: ignore[dict-item]  # a number here
        answer = _posted(f"{url.rstrip('/')}/ussd/json/{secret}", told)
        return Shown(answer["message"], answer["continue"])

    return dialled


def _posted(url: str, told: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = requests.post(url, json=told, timeout=_PATIENCE_SECONDS)
    except requests.RequestException as error:
        # Its message holds the address, and that holds the secret.
        raise click.ClickException(f"no answer ({type(error).__name__})") from None
    if answer.status_code != 200:
        raise click.ClickException(f"the service answered {answer.status_code}")
    shown: dict[str, Any] = answer.json()
    return shown


def _inputs() -> Iterator[str]:
    while True:
        if sys.stdin.isatty():
            click.echo("> ", nl=False)
        line = sys.stdin.buffer.readline()
        yield line.decode("utf-8", "replace").strip()
        if not line:
            return


def _show_json(shown: Shown) -> None:
    told = {"message": shown.message, "units": units_of(shown.message), "continue": shown.goes_on}
    click.echo(json.dumps(told, ensure_ascii=False))


def _show_framed(shown: Shown) -> None:
    kind = "" if shown.goes_on else ", the end"
    click.echo(f"-- {units_of(shown.message)} of {SCREEN_UNITS} units{kind}")
    click.echo(shown.message)
