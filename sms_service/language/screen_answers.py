"""Answers for a USSD session: whole, and cut into pages of a screen each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Self

from sms_service.domain.payable import payment_id_to_pay_by
from sms_service.domain.records import History
from sms_service.language.compose import Composer
from sms_service.language.cursor import Cursor
from sms_service.language.history_facts import HistoryFacts
from sms_service.language.ladder import Draft
from sms_service.language.payments_answer import payment_rows, payments_since
from sms_service.language.reading import Asker, Intent, Reading, Reply
from sms_service.language.screens import MOST_PAGES, Screens
from sms_service.language.style import Style
from sms_service.language.voice import LOOSE, Voice
from sms_service.language.wording import Wording

PAGE_BREAK = "\f"
_MOST_ROWS = 3 * MOST_PAGES
"""More rows fit on no page that is kept."""
_Lines = tuple[list[str], Cursor | None]


class ScreenComposer(Composer):
    """Composes what the desk answers for screens: pages between page breaks, no SMS parts.

    A history without a year is answered by the years that have bills, one a line.
    """

    def __init__(self, persian: Wording, latin: Wording, screens: Screens) -> None:
        super().__init__(persian, latin)
        self._screens = screens

    @classmethod
    def load_both(cls, texts: Path, screens: Screens) -> Self:
        """A composer with the sentences of ``templates/sms``, for these screens."""
        return cls(Wording(texts), Wording(texts / "latin"), screens)

    def answer(
        self,
        reading: Reading,
        history: History,
        style: Style,
        asker: Asker = Asker(),  # noqa: B008  # frozen
        *,
        budget_parts: int | None = None,
    ) -> Reply:
        """The whole answer in pages; ``left_out`` says whether more than the first is needed."""
        if reading.intent is Intent.HISTORY and reading.from_year is None:
            return _uncounted("years", "\n".join(map(str, _years(history))), style)
        tell = _TOLD.get(reading.intent or Intent.HELP)
        if tell is None:
            return self.say("help", style)
        lines, cursor = tell(reading, history, self.voice(style, [history]), asker)
        pages = self._pages(lines, style)
        left_out = ("later_pages",) if len(pages) > 1 else ()
        text = PAGE_BREAK.join(pages)
        reply = _uncounted(reading.intent or "", text, style)
        return replace(reply, left_out=left_out, cursor=cursor)

    def _fit(self, drafts: Iterable[Draft], room: int, style: Style) -> Reply:
        """The fullest draft: pages have room for it."""
        fullest = next(iter(drafts))
        return self._whole(fullest.rung, "\n".join(fullest.lines), style)

    def _whole(self, rung: str, text: str, style: Style) -> Reply:
        return _uncounted(rung, PAGE_BREAK.join(self._pages(text.split("\n"), style)), style)

    def _pages(self, lines: Sequence[str], style: Style) -> list[str]:
        return list(islice(self._screens.pages(lines, style), MOST_PAGES))


def _uncounted(what: str, text: str, style: Style) -> Reply:
    return Reply(text, len(text), parts=0, encoding=style.encoding.name, rung=what)


def _years(history: History) -> list[int]:
    """The years that have bills, newest first."""
    return sorted({bill.sale_year for bill in history.bills if not bill.rejected}, reverse=True)


def _debt(_reading: Reading, history: History, voice: Voice, _asker: Asker) -> _Lines:
    payment_id = payment_id_to_pay_by(history)
    lines = [
        *voice.debt_lines(history, LOOSE),
        *voice.due_lines(history, LOOSE),
        *voice.warning_lines(history),
    ]
    if payment_id:
        lines.append(voice.wording.say("pay_by", payment_id=payment_id))
    return lines, None


def _history(reading: Reading, history: History, voice: Voice, _asker: Asker) -> _Lines:
    facts = HistoryFacts(reading, history, voice)
    rows = facts.rows_with_days if facts.settled else facts.rows
    paid = [] if facts.settled else facts.paid_lines(facts.totals)
    form = "columns_two_months" if facts.two_monthly else "columns"
    columns = facts.columns(form, with_payment=facts.settled)
    lines = [*voice.warning_lines(history), columns, *rows[:_MOST_ROWS], *paid]
    return lines, facts.cursor(len(facts.bills))


def _payments(reading: Reading, history: History, voice: Voice, asker: Asker) -> _Lines:
    payments = payments_since(history, reading.from_year)[:_MOST_ROWS]
    if not payments:
        return [voice.wording.say("no_payments", year=None)], None
    rows = payment_rows(payments, voice, tracking=asker.registered)
    return [voice.wording.say("payments_in", unit=voice.unit), *rows], None


_TOLD: Mapping[Intent, Callable[[Reading, History, Voice, Asker], _Lines]] = {
    Intent.DEBT: _debt,
    Intent.HISTORY: _history,
    Intent.PAYMENTS: _payments,
}
