"""``sms-service gateway``: how the ways out do."""

import json
from collections.abc import Callable

import click

from sms_service.commands.parts import actor_of_this_run, parts_of_this_run
from sms_service.ledger.holds import HoldLedger
from sms_service.service.holding import Handled, Hold, Holding, NoSuchLane
from sms_service.service.lane_health import Health
from sms_service.service.lanes import EVERY_LANE
from sms_service.templates import templates_dir
from sms_service.words import load_words


@click.group()
def gateway() -> None:
    """Look at the gateways' lanes, hold them and let them go."""


@gateway.command()
@click.option("--json", "as_json", is_flag=True, help="One object a lane, with machine words.")
def lanes(as_json: bool) -> None:
    """Tell how each lane does, in the order of preference; exit 1 when none may be used."""
    parts = parts_of_this_run()
    order = parts.settings.gateways
    known = parts.lane_book.health(order)
    words = load_words(templates_dir() / "words" / "states.toml")
    healths = [known.get(name, Health(name)) for name in order]
    holds = HoldLedger(parts.engine).held()
    for health in healths:
        hold = holds.get(health.gateway)
        if as_json:
            click.echo(json.dumps(_fields(health, hold), ensure_ascii=False))
            continue
        reason = words.reason(health.reason)
        label = words.state("lane", health.state)
        click.echo(f"{health.gateway}: {label}" + (f" ({reason})" if reason else ""))
        step = words.next_step("lane", health.state)
        if step:
            click.echo(f"  {step}")
        if hold:
            click.echo(f"  {hold.by}: {hold.why}")
    every = holds.get(EVERY_LANE)
    if every:
        raise click.ClickException(f"{every.by} holds all sending: {every.why}")
    if all(health.rest_seconds > 0 for health in healths):
        raise click.ClickException("no lane may be used now")


@gateway.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; kept in the audit log.")
def hold(name: str, reason: str) -> None:
    """Keep a lane from sending until it is released; NAME «sending» stands for all of them."""
    holding = _holding()
    _tell(lambda: holding.hold(name, actor_of_this_run(), reason), "it is held already")


@gateway.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; kept in the audit log.")
def release(name: str, reason: str) -> None:
    """Let a lane send again that is held."""
    holding = _holding()
    _tell(lambda: holding.release(name, actor_of_this_run(), reason), "nobody holds it")


def _holding() -> Holding:
    parts = parts_of_this_run()
    return Holding(HoldLedger(parts.engine), parts.settings.gateways)


def _tell(change: Callable[[], Handled], no_change: str) -> None:
    try:
        handled = change()
    except NoSuchLane as unknown:
        raise click.ClickException(f"there is no lane {unknown}") from None
    if handled is Handled.NO_REASON:
        raise click.ClickException("--reason says nothing")
    click.echo("done" if handled is Handled.DONE else no_change)


def _fields(health: Health, hold: Hold | None) -> dict[str, object]:
    held = {"held_by": hold.by, "held_why": hold.why} if hold else {}
    return {
        "gateway": health.gateway,
        "state": health.state,
        "reason": health.reason,
        "failures": health.failures,
        "rest_seconds": None if hold else round(health.rest_seconds, 1),
        **held,
    }
