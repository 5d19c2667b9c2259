"""The history from a start year on: consumption, bills and payments, as many as fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sms_service.domain.records import History
from sms_service.language.fillings import history_fillings
from sms_service.language.history_facts import HistoryFacts
from sms_service.language.ladder import Clearer, Draft
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
    rows: int
    """How many of the lines, from the first, are bills."""
    with_payment: bool = False
    """Whether the rows have a payment column."""
    left_out: tuple[str, ...] = ()


def history_drafts(reading: Reading, history: History, voice: Voice, room: int) -> Iterator[Draft]:
    """Renderings of the history, from most to least legible. ``room``: units they may take."""
    yield from drafts_with_rows(HistoryFacts(reading, history, voice), room)
    yield from summary_drafts(reading, history, voice)


def drafts_with_rows(facts: HistoryFacts, room: int) -> Iterator[Draft]:
    """The renderings that tell bills on rows; none without bills."""
    if not facts.bills:
        return
    for body in _bodies(facts, room):
        if facts.due:
            yield _draft(facts, body, with_due=True)
        yield _draft(facts, body, with_due=False)


def _bodies(facts: HistoryFacts, room: int) -> Iterator[_Body]:
    if rows_that_fit(facts.rows, room) == len(facts.bills):
        yield from _every_bill_on_a_row(facts)
    yield from _rows_and_years(facts, room)
    yield from _joined_years(facts)


def _every_bill_on_a_row(facts: HistoryFacts) -> Iterator[_Body]:
    rows = len(facts.bills)
    if facts.settled:
        yield _Body("rows_with_days", facts.rows_with_days, rows, with_payment=True)
        yield _Body("rows_with_states", facts.rows_with_states, rows)
    else:
        paid = facts.paid_lines(facts.totals)
        yield _Body("rows_without_states", [*facts.rows, *paid], rows)


def _rows_and_years(facts: HistoryFacts, room: int) -> Iterator[_Body]:
    """The newest bills on rows; each year that is not wholly on rows as a total."""
    around = [*facts.debt, *facts.fixed, facts.columns("columns_short", with_payment=False)]
    around.append(facts.voice.wording.say("rest_short"))
    most = rows_that_fit(facts.rows_with_states, room - sum(map(len, around)) - len(around))
    for shorter, fewest in ((False, _FEWEST_ROWS_BEFORE_SHORTER_TOTALS), (True, 1)):
        lines = [facts.total_line(total, tell_all_paid=shorter) for total in facts.totals]
        for rows in range(min(most, len(facts.bills) - 1), fewest - 1, -1):
            whole = _years_wholly_on_rows(facts, rows)
            yield _shortened(facts, "rows_and_years", rows, lines[whole:], facts.totals[whole:])


def _joined_years(facts: HistoryFacts) -> Iterator[_Body]:
    """The newest bills beside totals, the oldest years joined into one."""
    lines = [facts.total_line(total, tell_all_paid=True) for total in facts.totals]
    for rows in _ROWS_BESIDE_JOINED_YEARS:
        if rows >= len(facts.bills):
            continue
        whole = _years_wholly_on_rows(facts, rows)
        for apart in range(len(lines) - 1, whole - 1, -1):
            oldest = facts.total_line(joined(facts.totals[apart:]), tell_all_paid=True)
            told = [*lines[whole:apart], oldest]
            yield _shortened(facts, "joined_years", rows, told, facts.totals[whole:])


def rows_that_fit(rows: Sequence[str], room: int) -> int:
    """How many rows, from the first, could fit at all; sums of lengths, nothing is built."""
    used = 0
    for fitting, row in enumerate(rows):
        used += len(row) + 1
        if used > room:
            return fitting
    return len(rows)


def _years_wholly_on_rows(facts: HistoryFacts, rows: int) -> int:
    """How many of the newest years need no total when so many bills are on rows."""
    oldest_cut = facts.bills[rows].bill.sale_year
    return sum(total.first > oldest_cut for total in facts.totals)


def _shortened(
    facts: HistoryFacts, rung: str, rows: int, totals: list[str], rest: Sequence[YearTotal]
) -> _Body:
    lines = [*facts.rows_with_states[:rows], *totals, facts.voice.wording.say("rest_short")]
    return _Body(rung, lines, rows, left_out=tuple(f"bills_of_{of.first}" for of in reversed(rest)))


def _draft(facts: HistoryFacts, body: _Body, *, with_due: bool) -> Draft:
    head = [*facts.debt, *facts.due] if with_due else facts.debt
    columns = facts.columns("columns_short", with_payment=body.with_payment)
    return Draft(
        rung=body.rung,
        lines=[*head, *facts.fixed, columns, *body.lines],
        left_out=body.left_out,
        cursor=partial(facts.cursor, body.rows),
        clearer=partial(_clearer, facts, body, len(head), with_due),
        fillings=partial(history_fillings, facts, len(head), days_told=body.with_payment),
    )


def _clearer(facts: HistoryFacts, body: _Body, head: int, with_due: bool) -> Iterator[Clearer]:
    columns_at = head + len(facts.fixed)
    last = columns_at + len(body.lines)
    if body.left_out:
        yield Clearer(last, rest_line(facts, body.rows))
    yield Clearer(columns_at, facts.columns("columns", with_payment=body.with_payment))
    if facts.data_begin is not None:
        text = facts.voice.wording.say("data_begin", year=str(facts.data_begin))
        yield Clearer(columns_at - 1, text)
    if facts.two_monthly:
        text = facts.columns("columns_two_months", with_payment=body.with_payment)
        yield Clearer(columns_at, text)
    loose = facts.voice.debt_lines(facts.history, LOOSE)
    if with_due:
        loose += facts.voice.due_lines(facts.history, LOOSE)
    for index, text in enumerate(loose):
        yield Clearer(index, text)
    if body.left_out:
        yield Clearer(last, rest_line(facts, body.rows, how=True))


def rest_line(facts: HistoryFacts, rows: int, *, how: bool = False) -> str:
    """How many bills are still to be told after so many, and the word that fetches them."""
    rest = str(len(facts.bills) - rows)
    return facts.voice.wording.say("rest_in_full" if how else "rest", bills=rest)
