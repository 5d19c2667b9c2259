"""What «بعدی» brings: the bills, or the payments, that the last answer had no room for."""

from collections.abc import Iterator, Sequence
from functools import partial

from sms_service.domain.bill_id import short_name
from sms_service.domain.records import History
from sms_service.language.cursor import Series
from sms_service.language.history_answer import drafts_with_rows, rest_line, rows_that_fit
from sms_service.language.history_facts import HistoryFacts
from sms_service.language.ladder import Clearer, Draft
from sms_service.language.payments_answer import payments_drafts
from sms_service.language.reading import Asker, Reading
from sms_service.language.voice import Voice


def next_drafts(
    reading: Reading, history: History, voice: Voice, room: int, asker: Asker
) -> Iterator[Draft]:
    """Renderings of what follows the cursor; of the history's beginning where there is none."""
    cursor = asker.cursor
    if cursor is not None and cursor.series is Series.PAYMENTS:
        yield from payments_drafts(reading, history, voice, room, asker)
        return
    facts = HistoryFacts(reading, history, voice, cursor)
    if cursor is None or cursor.period is None:
        yield from drafts_with_rows(facts, room)
    yield from _pages(facts, room)


def _pages(facts: HistoryFacts, room: int) -> Iterator[Draft]:
    if not facts.bills:
        yield _nothing_more(facts)
        return
    rows = facts.rows_with_days
    for count in range(max(1, rows_that_fit(rows, room)), 0, -1):
        yield _page(facts, rows[:count])
    # A company that allows one part only: the head of the columns was told before.
    columns = facts.columns("columns_short", with_payment=facts.settled)
    paid = _paid_lines(facts, 1)
    for lines in ([columns, rows[0], *paid], [rows[0], *paid], [rows[0]]):
        yield _bare_page(facts, lines)


def _page(facts: HistoryFacts, rows: Sequence[str]) -> Draft:
    say = facts.voice.wording.say
    is_last = len(rows) == len(facts.bills)
    ending = say("all_told_short") if is_last else say("rest_short")
    columns = facts.columns("columns_short", with_payment=facts.settled)
    head = say("continued", name=short_name(facts.history.bill_id))
    return Draft(
        rung="next_rows",
        lines=[head, columns, *rows, *_paid_lines(facts, len(rows)), ending],
        left_out=() if is_last else tuple(_years_left(facts, len(rows))),
        cursor=partial(facts.cursor, len(rows)),
        clearer=partial(_clearer, facts, len(rows)),
    )


def _bare_page(facts: HistoryFacts, lines: Sequence[str]) -> Draft:
    """One bill, and the word that fetches the next."""
    left_out = tuple(_years_left(facts, 1))
    rest = [facts.voice.wording.say("rest_short")] if left_out else []
    return Draft(
        rung="next_row",
        lines=[*lines, *rest],
        left_out=left_out,
        cursor=partial(facts.cursor, 1),
    )


def _clearer(facts: HistoryFacts, rows: int) -> Iterator[Clearer]:
    last = 2 + rows + len(_paid_lines(facts, rows))
    is_last = rows == len(facts.bills)
    if not is_last:
        yield Clearer(last, rest_line(facts, rows))
    yield Clearer(1, facts.columns("columns", with_payment=facts.settled))
    if facts.two_monthly:
        yield Clearer(1, facts.columns("columns_two_months", with_payment=facts.settled))
    if is_last:
        yield Clearer(last, facts.voice.wording.say("all_told", year=str(facts.year)))
    else:
        yield Clearer(last, rest_line(facts, rows, how=True))


def _paid_lines(facts: HistoryFacts, rows: int) -> list[str]:
    """What was paid in each year that ends here, where rows can't say it."""
    if facts.settled:
        return []
    years = {told.bill.sale_year for told in facts.bills[:rows]}
    ended = years - {told.bill.sale_year for told in facts.bills[rows:]}
    return facts.paid_lines(total for total in facts.totals if total.first in ended)


def _years_left(facts: HistoryFacts, rows: int) -> Iterator[str]:
    for year in sorted({told.bill.sale_year for told in facts.bills[rows:]}):
        yield f"bills_of_{year}"


def _nothing_more(facts: HistoryFacts) -> Draft:
    say = facts.voice.wording.say
    lines = [
        say("continued", name=short_name(facts.history.bill_id)),
        say("all_told", year=str(facts.year)),
    ]
    counting = (bill for bill in facts.history.bills if not bill.rejected)
    earlier = [bill.sale_year for bill in counting if bill.sale_year < facts.year]
    if earlier:
        lines.append(say("earlier_in_full", year=str(max(earlier))))
    return Draft("nothing_more", lines, cursor=partial(facts.cursor, 0))
