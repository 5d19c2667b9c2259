"""``sms-service reply``: how a text is understood and what it would be answered with."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import click

from sms_service.commands.days import JalaliDay
from sms_service.commands.parts import parts_of_this_run
from sms_service.domain.msisdn import mobile
from sms_service.language.context import Context
from sms_service.language.normalise import clean
from sms_service.language.reading import Note, Problem
from sms_service.service.desk import Desk, Finding, Question
from sms_service.service.ports import SourceDown
from sms_service.settings import load_settings
from sms_service.wiring import environment

_LONGEST = 2000
_NOBODY = "+989000000000"


@dataclass(slots=True)
class _Counter:
    """Answers texts one after another; remembers the phone between them."""

    desk: Desk
    phone_hash: bytes | None
    sends: bool
    remembers: bool
    context: Context = field(default_factory=Context)

    def answer(self, text: str) -> Finding:
        question = Question(clean(text), self.phone_hash, self.context, "00000000")
        finding = self.desk.answer([question])[0]
        if self.remembers:
            self.context = finding.context
        return finding if self.sends else Finding(finding.reading, None)


@click.command()
@click.option("--from", "sender", metavar="PHONE", help="The phone that asks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
@click.option("--no-context", is_flag=True, help="Forget the phone between lines.")
@click.option("--today", type=JalaliDay(), help="The Jalali day to answer on: 1405-09-02.")
@click.argument("text")
def reply(
    sender: str | None, as_json: bool, no_context: bool, today: date | None, text: str
) -> None:
    """Show how TEXT is understood and answered. Sends nothing, keeps nothing.

    With - for TEXT, one JSON string a line is read from standard input.
    """
    settings = load_settings(environment())
    if today:
        settings = settings.model_copy(update={"today": today})
    parts = parts_of_this_run(settings)
    phone = mobile(sender) if sender is not None else _NOBODY
    hashed = parts.hash_phone(phone) if phone and sender is not None else None
    counter = _Counter(parts.desk, hashed, phone is not None, not no_context)
    show = _show_json if as_json or text == "-" else _show_plain
    if text == "-":
        _answer_lines(counter, show)
    else:
        show(counter.answer(text))


def _answer_lines(counter: _Counter, show: Callable[[Finding], None]) -> None:
    # Bytes that aren't UTF-8 must cost one line, not the run.
    for line in sys.stdin.buffer:
        try:
            text = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            text = None
        if not isinstance(text, str):
            _print({"error": "not a JSON string"})
        elif len(text) > _LONGEST:
            _print({"error": f"longer than {_LONGEST} characters"})
        else:
            show(counter.answer(text))


def _show_json(finding: Finding) -> None:
    read, sent = finding.reading, finding.reply
    _print(
        {
            "understood": {
                "intent": read.intent,
                "bill_id": read.bill_id,
                "from_year": read.from_year,
                "problem": read.problem,
                "notes": [Note(note) for note in read.notes],
            },
            "reply": sent
            and {
                "text": sent.text,
                "units": sent.units,
                "parts": sent.parts,
                "encoding": sent.encoding,
            },
        }
    )


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False).encode("utf-8"))


def _show_plain(finding: Finding) -> None:
    read, sent = finding.reading, finding.reply
    words = [f"intent {read.intent or '-'}", f"bill {read.bill_id or '-'}"]
    if read.from_year:
        words.append(f"from {read.from_year}")
    if read.problem:
        words.append(f"problem {read.problem}")
    words += list(read.notes)
    click.echo("understood: " + ", ".join(words))
    if sent is None:
        click.echo("nothing would be sent")
        return
    click.echo(f"answer: {sent.units} units, {sent.parts} parts, {sent.encoding}\n")
    click.echo(sent.text)
    if read.problem is Problem.SOURCE_DOWN:
        raise SourceDown("")
