"""Put answers together: the one way from a reading and a history to a counted text."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sms_service.domain.records import History
from sms_service.language.bill_answer import bill_drafts
from sms_service.language.bills_answer import bills_drafts, forgotten_drafts, saved_drafts
from sms_service.language.cursor import Cursor
from sms_service.language.history_answer import history_drafts
from sms_service.language.ladder import Draft, first_that_fits, polished
from sms_service.language.next_answer import next_drafts
from sms_service.language.parts import count
from sms_service.language.payments_answer import payments_drafts
from sms_service.language.problem_answer import no_data_drafts, problem_text
from sms_service.language.reading import Asker, Intent, Problem, Reading, Reply, Script
from sms_service.language.several_answer import several_drafts
from sms_service.language.small_answers import debt_drafts, message
from sms_service.language.style import Style
from sms_service.language.summary_answer import summary_drafts
from sms_service.language.voice import Voice, debt_of
from sms_service.language.wording import Wording, persian_digits

__all__ = ["Composer", "Style"]

_SUMMARY = "summary"
_LIST = "list"
BUDGETS: Mapping[Script, Mapping[str, int]] = {
    Script.PERSIAN: {
        Intent.HISTORY: 3,
        Intent.NEXT: 3,
        Intent.PAYMENTS: 3,
        Intent.BILL: 2,
        Intent.DEBT: 1,
        _SUMMARY: 1,
        _LIST: 2,
    },
    # A Latin part holds twice as much, at two and a half times the price.
    Script.LATIN: {
        Intent.HISTORY: 2,
        Intent.NEXT: 2,
        Intent.PAYMENTS: 2,
        Intent.BILL: 1,
        Intent.DEBT: 1,
        _SUMMARY: 1,
        _LIST: 1,
    },
}
"""SMS parts that each kind of answer may take, if the style allows as many."""


class Composer:
    """Composes every answer. Holds the wordings only, so one serves a whole process."""

    def __init__(self, persian: Wording, latin: Wording) -> None:
        self._wordings = {Script.PERSIAN: persian, Script.LATIN: latin}

    @classmethod
    def load(cls, directory: Path) -> "Composer":
        """A composer with the sentences of ``templates/sms``."""
        return cls(Wording(directory), Wording(directory / "latin"))

    def answer(
        self,
        reading: Reading,
        history: History,
        style: Style,
        asker: Asker = Asker(),  # noqa: B008  # frozen
        *,
        budget_parts: int | None = None,
    ) -> Reply:
        """The answer to a wish that can be met, within its budget of parts.

        ``budget_parts`` replaces the budget of ``BUDGETS``; ``style.max_parts`` caps both.
        A wish without an answer here gets the help.
        """
        voice = self.voice(style, [history], asks_opinion=asker.opinion_due)
        budget = budget_parts or BUDGETS[style.script].get(_kind(reading), 1)
        room = _room(budget, style)
        drafts: Iterable[Draft]
        match reading.intent:
            case Intent.HISTORY if reading.summary:
                drafts = summary_drafts(reading, history, voice)
            case Intent.HISTORY:
                drafts = history_drafts(reading, history, voice, room)
            case Intent.NEXT:
                drafts = next_drafts(reading, history, voice, room, asker)
            case Intent.BILL:
                drafts = bill_drafts(reading, history, voice)
            case Intent.DEBT:
                drafts = debt_drafts(reading, history, voice)
            case Intent.PAYMENTS:
                drafts = payments_drafts(reading, history, voice, room, Asker(asker.registered))
            case _:
                return self.say("help", style)
        return self._fit(drafts, room, style)

    def answers(
        self,
        reading: Reading,
        histories: Mapping[str, History],
        style: Style,
        missing: str = "several_unknown",
    ) -> Reply:
        """Two or three bills asked for in one text: a part's worth each, in one message.

        ``missing``: the sentence for a bill that has no history here.
        """
        voice = self.voice(style, histories.values())
        bill_ids = [reading.bill_id or "", *reading.more_bill_ids]
        budget = len(bill_ids) if style.script is Script.PERSIAN else 2
        room = _room(budget, style)
        drafts = several_drafts(bill_ids, histories, voice, room, missing)
        return self._fit(drafts, room, style)

    def bills(
        self,
        bill_ids: Iterable[str],
        saved: Mapping[str, str],
        style: Style,
        after: Cursor | None = None,
    ) -> Reply:
        """A numbered list to pick a bill from; ``saved``: bill IDs by their names."""
        room = _room(BUDGETS[style.script][_LIST], style)
        drafts = bills_drafts(list(bill_ids), saved, self.voice(style), room, after)
        return self._fit(drafts, room, style)

    def saved(self, name: str, bill_id: str, before: str | None, style: Style) -> Reply:
        """Confirms that a bill has a name; ``before``: the bill that had it until now."""
        drafts = saved_drafts(name, bill_id, before, self.voice(style))
        return self._fit(drafts, _room(1, style), style)

    def forgotten(self, name: str, style: Style) -> Reply:
        """Confirms that a name is gone."""
        return self._fit(forgotten_drafts(name, self.voice(style)), _room(1, style), style)

    def problem(
        self, reading: Reading, style: Style, *, history: History | None = None, code: str = ""
    ) -> Reply:
        """Why a wish can't be met, and what to send instead. ValueError without a problem."""
        if reading.problem is Problem.NO_DATA and history and (debt_of(history) or 0) > 0:
            drafts = no_data_drafts(reading, history, self.voice(style, [history]))
            return self._fit(drafts, _room(1, style), style)
        rung, text = problem_text(reading, history, self.voice(style), code)
        return self._whole(rung, text, style)

    def say(self, sentence: str, style: Style, **facts: str) -> Reply:
        """A whole text of the templates, with the company's own facts and these."""
        return self._whole(sentence, message(sentence, self.voice(style), **facts), style)

    def voice(
        self, style: Style, histories: Iterable[History] = (), *, asks_opinion: bool = False
    ) -> Voice:
        """The way of speaking of a message about these histories."""
        return Voice(self._wordings[style.script], style, histories, asks_opinion=asks_opinion)

    def _fit(self, drafts: Iterable[Draft], room: int, style: Style) -> Reply:
        chosen = first_that_fits(drafts, room)
        told = polished(chosen, style.encoding, _reserved(style))
        text = _dressed("\n".join(told.lines), style)
        counted = count(text)
        return Reply(
            text,
            counted.units,
            counted.parts,
            counted.encoding,
            chosen.rung,
            chosen.left_out,
            told.fillings,
            chosen.cursor(),
            chosen.offered,
        )

    def _whole(self, rung: str, text: str, style: Style) -> Reply:
        text = _dressed(text, style)
        counted = count(text)
        return Reply(text, counted.units, counted.parts, counted.encoding, rung)


def _kind(reading: Reading) -> str:
    if reading.summary and reading.intent is Intent.HISTORY:
        return _SUMMARY
    return reading.intent or ""


def _reserved(style: Style) -> int:
    """Units that the last line of every text and its line feed take."""
    return len(style.ending) + 1 if style.ending else 0


def _room(budget: int, style: Style) -> int:
    """Units that an answer of this budget of parts may take."""
    return style.encoding.room(min(budget, style.max_parts)) - _reserved(style)


def _dressed(text: str, style: Style) -> str:
    if style.ending:
        text = f"{text}\n{style.ending}"
    if style.digits == "persian" and style.script is Script.PERSIAN:
        text = persian_digits(text)
    return text
