"""``sms-service requests``: what became of a request, in words, and its answer sent again."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from sms_service.commands.parts import actor_of_this_run, parts_of_this_run
from sms_service.commands.resending import order_it
from sms_service.commands.searching import search
from sms_service.domain.calendar import TEHRAN, jalali_of
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.timelines import Hop, Timeline, timeline
from sms_service.sentences import sentence_of
from sms_service.service.explaining import explained
from sms_service.service.resending import ResendOrder
from sms_service.templates import templates_dir
from sms_service.words import Words, load_words, read_words


@click.group()
def requests() -> None:
    """Look into what subscribers asked."""


requests.add_command(search)


@requests.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="One object, with machine words.")
def show(code: str, as_json: bool) -> None:
    """Tell each hop of the request with this tracking code, and what to do about it."""
    parts = parts_of_this_run()
    found = timeline(parts.engine, code)
    # No key is needed for what is told here: nothing that is sealed.
    case = CaseLedger(parts.engine, None, parts.settings.gateways).case(code)
    if found is None or case is None:
        raise click.ClickException("no request has this tracking code")
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, default=datetime.isoformat))
        return
    words = load_words(templates_dir() / "words" / "states.toml")
    for line in _lines(found, words):
        click.echo(line)
    own = read_words(templates_dir() / "words" / "console")["request"]
    click.echo(sentence_of(explained(case), own, words))


@requests.command()
@click.argument("code")
@click.option("--reason", help="Why; kept with the new attempt and in the audit log.")
@click.option("--to", metavar="PHONE", help="Another phone; needs a reason.")
@click.option("--same-text", is_flag=True, help="The old words instead of today's data.")
@click.option("--asked-first", is_flag=True, help="The subscriber said that it didn't arrive.")
@click.option("--yes", is_flag=True, help="Don't ask before it is sent.")
def resend(
    code: str, reason: str | None, to: str | None, same_text: bool, asked_first: bool, yes: bool
) -> None:
    """Send the answer of the request with this tracking code again, as a new attempt.

    Tells first what was sent last and what would go now, and asks. Exit 1 when nothing is sent.
    """
    order = ResendOrder(
        code,
        actor_of_this_run(),
        reason=reason,
        to=to,
        same_text=same_text,
        asked_first=asked_first,
    )
    order_it(parts_of_this_run(), order, asks=not yes)


def _lines(found: Timeline, words: Words) -> list[str]:
    lines = [f"{found.code}: {_said(words.state('inbound', found.state), found.reason, words)}"]
    if found.folded_into:
        lines.append(f"  {found.folded_into}")
    lines += [f"  {_moment(hop)}  {_hop(hop, words)}" for hop in found.hops]
    for answer in found.answers:
        parts = f"{answer.gateway or '-'}, {answer.parts} SMS"
        cost = f", {answer.cost_rial} rial" if answer.cost_rial is not None else ""
        state = _said(words.state("outbound", answer.state), answer.reason, words)
        lines.append(f"{parts}{cost}: {state}")
        step = words.next_step("outbound", answer.state)
        lines += [f"  {step}"] if step else []
    return lines


def _hop(hop: Hop, words: Words) -> str:
    return _said(words.happened(hop.what), hop.reason, words)


def _said(label: str, reason: str | None, words: Words) -> str:
    return f"{label} ({words.reason(reason)})" if reason else label


def _moment(hop: Hop) -> str:
    local = hop.at.astimezone(TEHRAN)
    day = jalali_of(local.date())
    return f"{day.year}/{day.month:02}/{day.day:02} {local:%H:%M:%S}.{local.microsecond // 1000:03}"
