"""The history from a start year on: consumption, bills and payments, as many as fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from sms_service.domain.bill_id import short_name
from sms_service.domain.records import History
from sms_service.language.fillings import history_fillings
from sms_service.language.history_facts import HistoryFacts
from sms_service.language.ladder import Clearer, Draft, Filling
from sms_service.language.reading import Reading
from sms_service.language.rows import YearTotal, joined
from sms_service.language.summary_answer import summary_drafts
from sms_service.language.voice import LOOSE, Voice

_FEWEST_ROWS_BEFORE_SHORTER_TOTALS = 4
_ROWS_BESIDE_JOINED_YEARS = (4, 2, 1)


@dataclass(frozen=True, slots=True)
class _Body:
    """What stands under the head of the columns."""

    rung: str
    lines: Sequence[str]
    with_payment: bool = False
    """Whether the rows have a payment column."""
    left_out: tuple[str, ...] = field(default=())


def history_drafts(reading: Reading, history: History, voice: Voice, room: int) -> Iterator[Draft]:
    """Renderings of the history, from most to least legible. ``room``: units they may take."""
    facts = HistoryFacts(reading, history, voice)
    if facts.bills:
        for body in _bodies(facts, room):
            if facts.due:
                yield _draft(facts, body, with_due=True)
            yield _draft(facts, body, with_due=False)
    yield from summary_drafts(reading, history, voice)


def _bodies(facts: HistoryFacts, room: int) -> Iterator[_Body]:
    if facts.settled:
        yield _Body("rows_with_days", facts.rows_with_days, with_payment=True)
        yield _Body("rows_with_states", facts.rows_with_states)
    else:
        paid = [facts.paid_line(total) for total in facts.totals]
        yield _Body("rows_without_states", [*facts.rows, *paid])
    yield from _rows_and_years(facts, room)
    yield from _joined_years(facts, room)


def _rows_and_years(facts: HistoryFacts, room: int) -> Iterator[_Body]:
    """The newest bills on rows; each year that is not wholly on rows as a total."""
    most = _rows_that_fit(facts, room)
    for shorter, fewest in ((False, _FEWEST_ROWS_BEFORE_SHORTER_TOTALS), (True, 1)):
        lines = [facts.total_line(total, tell_all_paid=shorter) for total in facts.totals]
        for rows in range(min(most, len(facts.bills) - 1), fewest - 1, -1):
            whole = _years_wholly_on_rows(facts, rows)
            rest = facts.totals[whole:]
            yield _shortened(facts, "rows_and_years", (rows, lines[whole:]), rest, room)


def _joined_years(facts: HistoryFacts, room: int) -> Iterator[_Body]:
    """The newest bills beside totals, the oldest years joined into one."""
    lines = [facts.total_line(total, tell_all_paid=True) for total in facts.totals]
    for rows in _ROWS_BESIDE_JOINED_YEARS:
        whole = _years_wholly_on_rows(facts, rows)
        for apart in range(len(lines) - 1, whole - 1, -1):
            oldest = facts.total_line(joined(facts.totals[apart:]), tell_all_paid=True)
            told = [*lines[whole:apart], oldest]
            yield _shortened(facts, "joined_years", (rows, told), facts.totals[whole:], room)


def _rows_that_fit(facts: HistoryFacts, room: int) -> int:
    """How many of the newest rows could fit at all; sums of lengths, nothing is built."""
    used = 0
    for rows, row in enumerate(facts.rows_with_states):
        used += len(row) + 1
        if used > room:
            return rows
    return len(facts.bills)


def _years_wholly_on_rows(facts: HistoryFacts, rows: int) -> int:
    """How many of the newest years need no total when so many bills are on rows."""
    oldest_cut = facts.bills[rows].bill.sale_year if rows < len(facts.bills) else 0
    return sum(total.first > oldest_cut for total in facts.totals)


def _shortened(
    facts: HistoryFacts,
    rung: str,
    body: tuple[int, list[str]],
    rest: Sequence[YearTotal],
    room: int,
) -> _Body:
    rows, totals = body
    lines = [*facts.rows_with_states[:rows], *totals, _hint(facts, rows, room)]
    return _Body(rung, lines, left_out=tuple(f"bills_of_{of.first}" for of in reversed(rest)))


def _hint(facts: HistoryFacts, rows: int, room: int) -> str:
    """The later start year whose bills would all be on rows, or else whom to call."""
    say, style = facts.voice.wording.say, facts.voice.style
    bill_named = say("same_bill", name=short_name(facts.history.bill_id))
    head = [*facts.debt, bill_named, facts.columns("columns_short", with_payment=False)]
    for total in reversed(facts.totals[:-1]):
        wanted = sum(told.bill.sale_year >= total.first for told in facts.bills)
        whole = [*head, *facts.rows_with_states[:wanted]]
        if wanted > rows and sum(map(len, whole)) + len(whole) <= room:
            return say("monthly", year=str(total.first))
    return say("monthly_by_phone", phone=style.support_phone)


def _draft(facts: HistoryFacts, body: _Body, *, with_due: bool) -> Draft:
    head = [*facts.debt, *facts.due] if with_due else facts.debt
    columns = facts.columns("columns_short", with_payment=body.with_payment)
    at = len(head) + len(facts.fixed)
    return Draft(
        rung=body.rung,
        lines=[*head, *facts.fixed, columns, *body.lines],
        left_out=body.left_out,
        clearer=partial(_clearer, facts, at, with_due, body.with_payment),
        fillings=partial(_fillings, facts, len(head), body.rung, with_due),
    )


def _clearer(
    facts: HistoryFacts, columns_at: int, with_due: bool, with_payment: bool
) -> Iterator[Clearer]:
    yield Clearer(columns_at, facts.columns("columns", with_payment=with_payment))
    if facts.two_monthly:
        text = facts.columns("columns_two_months", with_payment=with_payment)
        yield Clearer(columns_at, text)
    loose = facts.voice.debt_lines(facts.history, LOOSE)
    if with_due:
        loose += facts.voice.due_lines(facts.history, LOOSE)
    for index, text in enumerate(loose):
        yield Clearer(index, text)


def _fillings(facts: HistoryFacts, at: int, rung: str, with_due: bool) -> Iterator[Filling]:
    if not with_due:
        for line in facts.due:
            yield Filling(line, at)
    days_told = rung == "rows_with_days"
    yield from history_fillings(facts, at, days_told=days_told)
