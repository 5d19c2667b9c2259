"""``sms-service gateway``: how the ways out do."""

import json

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.service.lanes import Health
from sms_service.templates import templates_dir
from sms_service.words import load_words


@click.group()
def gateway() -> None:
    """Look at the gateways' lanes."""


@gateway.command()
@click.option("--json", "as_json", is_flag=True, help="One object a lane, with machine words.")
def lanes(as_json: bool) -> None:
    """Tell how each lane does, in the order of preference; exit 1 when none may be used."""
    parts = parts_of_this_run()
    order = parts.settings.gateways
    known = parts.lane_book.health(order)
    words = load_words(templates_dir() / "words" / "states.toml")
    healths = [known.get(name, Health(name)) for name in order]
    for health in healths:
        if as_json:
            click.echo(json.dumps(_fields(health), ensure_ascii=False))
            continue
        reason = words.reason(health.reason)
        label = words.state("lane", health.state)
        click.echo(f"{health.gateway}: {label}" + (f" ({reason})" if reason else ""))
        step = words.next_step("lane", health.state)
        if step:
            click.echo(f"  {step}")
    if all(health.rest_seconds > 0 for health in healths):
        raise click.ClickException("no lane may be used now")


def _fields(health: Health) -> dict[str, object]:
    return {
        "gateway": health.gateway,
        "state": health.state,
        "reason": health.reason,
        "failures": health.failures,
        "rest_seconds": round(health.rest_seconds, 1),
    }
