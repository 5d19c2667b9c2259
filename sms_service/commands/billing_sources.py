"""``sms-service billing check``: what each billing source says of one bill, in counts."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date

import click

from sms_service.billing.saapa import SaapaSource
from sms_service.commands.days import jalali_text
from sms_service.commands.parts import parts_of_this_run
from sms_service.domain import bill_id as bill_ids
from sms_service.domain.records import History
from sms_service.service.ports import BillingSource, SourceDown

_Told = tuple[str, History | None, str | None]
_WITHOUT_HISTORY = {"unknown": "unknown", "nothing": "nothing kept"}


@dataclass(frozen=True, slots=True)
class Said:
    """What came of asking one source; nothing of it is personal."""

    source: str
    answer: str
    """``known``, ``unknown``, ``nothing`` kept, or ``none``: no answer."""
    ms: int
    bills: int = 0
    payments: int = 0
    branch: bool = False
    as_of: date | None = None
    """None: read live, or not told."""
    reason: str | None = None
    """Why there is no answer, as a machine word."""


@click.command()
@click.argument("bill_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
def check(bill_id: str, as_json: bool) -> None:
    """Ask each of BILLING_SOURCES for BILL_ID and show what each says and how long it took.

    The national interface is asked live, whatever is kept of it. Exit 1 when one of the
    sources gave no answer.
    """
    chain = parts_of_this_run().source
    asked = _canonical(bill_id)
    answers = [said for one in chain.sources.items() for said in _said(*one, asked)]
    for said in answers:
        click.echo(json.dumps(asdict(said), default=str) if as_json else _line(said))
    if any(said.answer == "none" for said in answers):
        raise click.ClickException("not every source answers")


def _canonical(written: str) -> str:
    try:
        canonical = bill_ids.canonical(written)
    except ValueError:
        canonical = ""
    if not bill_ids.is_valid(canonical):
        raise click.BadParameter("no bill ID: wrong length or check digit", param_hint="BILL_ID")
    return canonical


def _said(name: str, source: BillingSource, bill_id: str) -> Iterator[Said]:
    if not isinstance(source, SaapaSource):
        yield _timed(name, lambda: _by_histories(source, bill_id))
        return
    yield _timed(f"{name} live", lambda: _live(source, bill_id))
    yield _timed(f"{name} kept", lambda: _kept(source, bill_id))


def _timed(name: str, ask: Callable[[], _Told]) -> Said:
    began = time.perf_counter()
    answer, history, reason = ask()
    ms = round((time.perf_counter() - began) * 1000)
    if history is None:
        return Said(name, answer, ms, reason=reason)
    has_branch = history.branch is not None
    counts = len(history.bills), len(history.payments), has_branch, history.as_of
    return Said(name, answer, ms, *counts, reason)


def _live(source: SaapaSource, bill_id: str) -> _Told:
    fetched = source.live.fetch([bill_id], time.monotonic() + source.lookup_seconds)
    if bill_id in fetched.reasons:
        return "none", None, fetched.reasons[bill_id]
    return _known(fetched.histories, bill_id)


def _kept(source: SaapaSource, bill_id: str) -> _Told:
    try:
        kept = source.read_kept([bill_id]).get(bill_id)
    except SourceDown as down:
        return "none", None, str(down)
    if kept is None or not (kept.history or kept.is_fresh):
        return "nothing", None, None
    return _known({bill_id: kept.history} if kept.history else {}, bill_id)


def _by_histories(source: BillingSource, bill_id: str) -> _Told:
    try:
        return _known(source.histories([bill_id]), bill_id)
    except SourceDown as down:
        return "none", None, str(down)


def _known(histories: Mapping[str, History], bill_id: str) -> _Told:
    history = histories.get(bill_id)
    return ("known" if history else "unknown"), history, None


def _line(said: Said) -> str:
    start = f"{said.source:<11} {said.ms:>6,} ms  "
    if said.answer == "none":
        return f"{start}no answer: {said.reason}"
    if said.answer in _WITHOUT_HISTORY:
        return start + _WITHOUT_HISTORY[said.answer]
    branch = "a branch record" if said.branch else "no branch record"
    age = f", data up to {jalali_text(said.as_of)}" if said.as_of else ""
    return f"{start}{said.bills} bills, {said.payments} payments, {branch}{age}"
