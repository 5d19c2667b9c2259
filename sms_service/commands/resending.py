"""An answer sent again from the command line: told first, asked, then ordered."""

from dataclasses import replace

import click

from sms_service.console.filters import Formats
from sms_service.domain.roles import Ability
from sms_service.sentences import refusal_of
from sms_service.service.resending import Refused, ResendOrder, Standing
from sms_service.templates import templates_dir
from sms_service.wiring import Parts
from sms_service.wiring.console import ConsoleParts
from sms_service.words import load_words, read_words

_MAY = frozenset({Ability.RESEND, Ability.RESEND_OTHERWISE})
"""Whoever reaches the command line of the service may do what a supervisor may."""


def order_it(parts: Parts, order: ResendOrder, *, asks: bool) -> None:
    """Send it, or end with the reason why not."""
    resending = ConsoleParts(parts).resending
    standing = resending.standing(order.code)
    if standing is None:
        raise click.ClickException("no request has this tracking code")
    actor = replace(order.actor, granted=_MAY)
    order = replace(order, actor=actor, after=standing.latest_id)
    if asks:
        letter = resending.written(order)
        if isinstance(letter, Refused):
            raise _not_sent(letter)
        _tell_latest(standing)
        click.echo(f"{letter.reply.text}\n({letter.reply.parts} SMS, {letter.composed})")
        click.confirm("Send this?", abort=True)
    outcome = resending.resend(order)
    if isinstance(outcome, Refused):
        raise _not_sent(outcome)
    click.echo(f"{outcome.code}: queued, {outcome.parts} SMS, {outcome.composed}")


def _tell_latest(standing: Standing) -> None:
    latest = standing.latest
    if latest is None:
        click.echo("nothing was sent so far")
        return
    states = load_words(templates_dir() / "words" / "states.toml")
    by = f" ({latest.by})" if latest.by else ""
    click.echo(
        f"{latest.created_at:%Y-%m-%d %H:%M:%S}Z{by}: {states.state('outbound', latest.state)}"
    )


def _not_sent(refused: Refused) -> click.ClickException:
    words = read_words(templates_dir() / "words" / "console")
    said = refusal_of(refused, words["resend"], Formats(words["formats"]))
    return click.ClickException(f"{refused.why}: {said}")
