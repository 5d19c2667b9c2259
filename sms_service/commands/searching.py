"""``sms-service requests search``: what the desk's search box finds, in a terminal."""

import json
import sys
import tomllib
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.calendar import TEHRAN, jalali_of
from sms_service.domain.msisdn import masked, national
from sms_service.ledger.request_list import Listed, RequestList
from sms_service.service.finding import Kind, Sought, readings
from sms_service.service.request_filter import RequestFilter
from sms_service.templates import templates_dir
from sms_service.wiring import Parts
from sms_service.words import load_words

_MOST = 50


@click.command()
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="One object, with machine words.")
@click.option("--most", default=_MOST, show_default=True, type=click.IntRange(1, 1000))
def search(query: str, as_json: bool, most: int) -> None:
    """Find requests by a phone, a bill ID or a tracking code, the newest first.

    QUERY may be «-»: then it is read from standard input, so that no number stands in the
    shell's history. Phones are shown masked. Exit 1 where nothing is found.
    """
    typed = sys.stdin.read() if query == "-" else query
    parts = parts_of_this_run()
    found = readings(typed, parts.settings.company_code)
    sound = [one for one in found if one.fault is None]
    if not sound:
        why = f" ({found[0].fault})" if found else ""
        raise click.ClickException(f"that is no phone, bill ID or tracking code{why}")
    one, lines = _first_with_hits(parts, sound, most)
    if as_json:
        told = {"read_as": one.kind, "doubt": one.doubt, "requests": [_object(x) for x in lines]}
        click.echo(json.dumps(told, ensure_ascii=False, default=datetime.isoformat))
    else:
        for line in _table(lines):
            click.echo(line)
    if not lines:
        raise click.ClickException(f"no request has this {_NAMES[one.kind]}")


_NAMES: Mapping[Kind, str] = {Kind.PHONE: "phone", Kind.BILL: "bill ID", Kind.CODE: "tracking code"}


def _first_with_hits(parts: Parts, sound: list[Sought], most: int) -> tuple[Sought, list[Listed]]:
    listed = RequestList(parts.engine, parts.vault, parts.settings.sla_seconds)
    for one in sound:
        lines = list(islice(listed.everything(_filter(parts, one), most), most))
        if lines:
            return one, lines
    return sound[0], []


def _filter(parts: Parts, one: Sought) -> RequestFilter:
    match one.kind:
        case Kind.PHONE:
            return RequestFilter(phone_hash=parts.hash_phone(one.value))
        case Kind.BILL:
            return RequestFilter(bill_id=one.value)
    return RequestFilter(code=one.value)


def _object(line: Listed) -> dict[str, Any]:
    return {
        "code": line.code,
        "received_at": line.received_at,
        "channel": line.channel,
        "phone": masked(national(line.phone)) if line.phone else None,
        "bill_id": line.bill_id,
        "intent": line.intent,
        "problem": line.problem,
        "standing": line.standing,
        "reason": line.reason,
        "seconds": line.seconds,
        "late": line.late,
    }


def _table(lines: list[Listed]) -> list[str]:
    folder = templates_dir() / "words"
    words = tomllib.loads((folder / "console" / "lists.toml").read_text("utf-8"))
    states = load_words(folder / "states.toml")
    told = []
    for line in lines:
        local = line.received_at.astimezone(TEHRAN)
        day = jalali_of(local.date())
        wish = states.reason(line.problem or line.intent) or "-"
        told.append(
            f"{day.year}/{day.month:02}/{day.day:02} {local:%H:%M:%S}  {line.code}"
            f"  {masked(national(line.phone)) if line.phone else '-'}  {line.bill_id or '-'}"
            f"  {wish}: {words['standings'][line.standing]}"
        )
    return told
