"""From a text to its answer: read it, fetch what it asks for, compose. Sends nothing.

The same desk serves SMS, the command line and every later channel.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sms_service.domain.calendar import jalali_of, tehran_clock
from sms_service.domain.records import History
from sms_service.domain.usage import Limit
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.cursor import Series
from sms_service.language.reading import Asker, Intent, Problem, Reading, Reply, Script
from sms_service.service.memory import remembered, told_so_far
from sms_service.service.names import name_reply
from sms_service.service.ports import BillingSource, SourceDown
from sms_service.service.questions import Finding, IfDown, Question

__all__ = ["Desk", "Finding", "IfDown", "Question"]

log = logging.getLogger(__name__)

Parse = Callable[[str, Context, date], Reading]
_Histories = Mapping[str, History]
_WHOLE_TEXTS = {Intent.HELP: "help", Intent.STOP: "stop", Intent.START: "start"}
_NEEDS_NO_BILL = {*_WHOLE_TEXTS, Intent.LIST, Intent.OPINION, Intent.FORGET, None}
_NEEDS_A_BILL_OF_ITS_OWN = {Intent.SAVE, Intent.FORGET, None}
"""Wishes for which no list of bills is offered when none is named."""
_MISSES = {
    Problem.BAD_CHECK_DIGIT,
    Problem.OTHER_UTILITY,
    Problem.OTHER_COMPANY,
    Problem.UNKNOWN_BILL,
    Problem.NOT_ALLOWED,
}
_PUT_OFF = {IfDown.PROMISE: "source_down", IfDown.APOLOGISE: "apology"}
_NOTICES = {Limit.LOCKED: "locked", Limit.BILL_ANSWERS: "limited_bill"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was read, and the bills that its phone may be told of."""

    question: Question
    reading: Reading
    bills: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers questions in batches, with one look-up for all of them."""

    source: BillingSource
    parse: Parse
    composer: Composer
    style: Callable[[date], Style]
    today: Callable[[], date]
    registered_only: bool = False
    """A bill is told to its registered phone alone. To others it doesn't exist: what isn't
    theirs is never looked up, so that nothing tells it from an unknown one."""

    def answer(self, questions: Sequence[Question]) -> list[Finding]:
        """Findings in order.

        Where the billing source can't tell now, the problem is ``source_down`` and the reply
        is what the question's ``if_down`` wants.
        """
        today = self.today()
        asked = [self._asked(question, today) for question in questions]
        histories, unanswered = self._fetch(asked)
        style = self.style(today)
        return [
            self._put_off(one, style)
            if one.reading.problem is Problem.SOURCE_DOWN or not unanswered.isdisjoint(one.bills)
            else self._finish(one, histories, style)
            for one in asked
        ]

    def read(self, question: Question) -> Reading:
        """What the text asks for, as far as the text alone tells."""
        return self.parse(question.text, question.context, self.today())

    def notice(self, context: Context, limit: Limit, reopens_at: datetime | None) -> Reply:
        """That this limit is reached, and until when; None stands for the end of the day."""
        style = self.style(self.today()).in_script(_script(None, context))
        facts = {"hour": tehran_clock(reopens_at)} if reopens_at else {}
        return self.composer.say(_NOTICES.get(limit, "limited"), style, **facts)

    def _asked(self, question: Question, today: date) -> _Asked:
        try:
            question, reading = self._read(question, today)
            return _Asked(question, reading, self._tellable(question, reading))
        except SourceDown:
            return _Asked(question, replace(self.read(question), problem=Problem.SOURCE_DOWN))

    def _put_off(self, asked: _Asked, style: Style) -> Finding:
        question, context = asked.question, asked.question.context
        reading = replace(asked.reading, problem=Problem.SOURCE_DOWN)
        if question.if_down is IfDown.WAIT:
            return Finding(reading, None, context)
        style = style.in_script(_script(reading, context))
        reply = self.composer.say(_PUT_OFF[question.if_down], style, code=question.code)
        return Finding(reading, reply, context)

    def _read(self, question: Question, today: date) -> tuple[Question, Reading]:
        """The text as understood; where it needs them, with the bills of its phone."""
        reading = self.parse(question.text, question.context, today)
        if not _asks_for_a_list(question, reading):
            return question, reading
        registered = self.source.bills_of_phone(question.phone_hash) if question.phone_hash else ()
        bills = tuple(dict.fromkeys([*question.context.saved.values(), *registered]))
        if not bills:
            return question, reading
        known = replace(question.context, registered_bill_ids=bills)
        return replace(question, context=known), self.parse(question.text, known, today)

    def _tellable(self, question: Question, reading: Reading) -> Sequence[str]:
        """The bills of a text that its phone may be told of."""
        asked = _bills(reading)
        if not asked or question.at_counter or not self.registered_only:
            return asked
        own = self.source.bills_of_phone(question.phone_hash) if question.phone_hash else ()
        return [bill_id for bill_id in asked if bill_id in own]

    def _fetch(self, asked: Sequence[_Asked]) -> tuple[_Histories, frozenset[str]]:
        """Histories, and the bills of which nothing can be said now."""
        wanted = sorted({bill_id for one in asked for bill_id in one.bills})
        try:
            return (self.source.histories(wanted) if wanted else {}), frozenset()
        except SourceDown as down:
            log.info("the billing source can't tell of %d bills: %s", len(down.unanswered), down)
            return down.had, down.unanswered or frozenset(wanted)

    def _finish(self, asked: _Asked, found: _Histories, style: Style) -> Finding:
        question = asked.question
        histories = {bill_id: found[bill_id] for bill_id in asked.bills if bill_id in found}
        reading = self._judged(asked, histories, style)
        style = style.in_script(_script(reading, question.context))
        reply = self._list(question, reading, style) or self._reply(
            question, reading, histories, style
        )
        context = remembered(question, reading, reply)
        told = told_so_far(question, reading, reply)
        return Finding(reading, reply, context, *told, misses=_misses(reading, histories))

    def _judged(self, asked: _Asked, histories: _Histories, style: Style) -> Reading:
        """The reading with the problem that only the data can tell."""
        reading = asked.reading
        if reading.problem or reading.bill_id is None or reading.intent in _NEEDS_NO_BILL:
            return reading
        if self.registered_only and not histories and not asked.question.at_counter:
            return replace(reading, problem=Problem.NOT_ALLOWED)
        if reading.more_bill_ids:
            return reading
        history = histories.get(reading.bill_id)
        if history is None:
            return replace(reading, problem=Problem.UNKNOWN_BILL)
        year = _first_year(reading, style)
        if year is not None and not _has_bills_since(year, history):
            return replace(reading, problem=Problem.NO_DATA)
        return reading

    def _list(self, question: Question, reading: Reading, style: Style) -> Reply | None:
        """The phone's bills to pick from, where they are asked for or one is missing."""
        context = question.context
        bills = context.registered_bill_ids or context.offered
        if _goes_on_with_the_list(question, reading):
            return self.composer.bills(bills, context.saved, style, context.cursor)
        if reading.intent is Intent.LIST:
            if not bills:
                return self.composer.say("no_bills_saved", style)
            return self.composer.bills(bills, context.saved, style)
        lacks_one = reading.problem is Problem.NO_BILL_ID and len(bills) > 1
        if lacks_one and reading.intent not in _NEEDS_A_BILL_OF_ITS_OWN:
            return self.composer.bills(bills, context.saved, style)
        return None

    def _reply(
        self, question: Question, reading: Reading, histories: _Histories, style: Style
    ) -> Reply:
        history = histories.get(reading.bill_id) if reading.bill_id else None
        if reading.intent in (Intent.SAVE, Intent.FORGET):
            reply = name_reply(self.composer, question.context, reading, style)
            if reply is not None:
                return reply
        if reading.problem:
            return self.composer.problem(reading, style, history=history, code=question.code)
        if reading.intent in _WHOLE_TEXTS:
            return self.composer.say(_WHOLE_TEXTS[reading.intent], style)
        if reading.intent is Intent.OPINION:
            says_nothing = reading.score is None and len(question.text.split()) < 2
            return self.composer.say("opinion_how" if says_nothing else "opinion_thanks", style)
        if reading.more_bill_ids:
            missing = "several_not_allowed" if self.registered_only else "several_unknown"
            return self.composer.answers(reading, histories, style, missing)
        if history is None:
            raise LookupError(f"a reading without problem or history: {reading.intent}")
        return self.composer.answer(reading, history, style, _asker(question, reading, history))


def _asks_for_a_list(question: Question, reading: Reading) -> bool:
    return (
        reading.problem is Problem.NO_BILL_ID
        or reading.intent is Intent.LIST
        or _goes_on_with_the_list(question, reading)
    )


def _goes_on_with_the_list(question: Question, reading: Reading) -> bool:
    cursor = question.context.cursor
    is_in_a_list = cursor is not None and cursor.series is Series.BILLS
    return is_in_a_list and reading.intent is Intent.NEXT and reading.number is None


def _script(reading: Reading | None, context: Context) -> Script:
    if reading is not None and reading.script is not None:
        return reading.script
    return Script.LATIN if context.latin else Script.PERSIAN


def _asker(question: Question, reading: Reading, history: History) -> Asker:
    """``cursor`` is the phone's only where the bill is the one that it ended in."""
    context = question.context
    goes_on = reading.bill_id == context.last_bill_id
    return Asker(
        registered=question.at_counter or _is_registered(history, question.phone_hash),
        cursor=context.cursor if goes_on else None,
        opinion_due=context.opinion_due,
    )


def _bills(reading: Reading) -> Sequence[str]:
    return (reading.bill_id, *reading.more_bill_ids) if reading.bill_id else ()


def _misses(reading: Reading, histories: _Histories) -> int:
    """IDs of a text that led nowhere."""
    if reading.problem in _MISSES:
        return max(1, len(_bills(reading)))
    if reading.problem or not reading.more_bill_ids:
        return 0
    return sum(bill_id not in histories for bill_id in _bills(reading))


def _has_bills_since(year: int, history: History) -> bool:
    return any(bill.sale_year >= year and not bill.rejected for bill in history.bills)


def _first_year(reading: Reading, style: Style) -> int | None:
    """The year from which bills are wanted; None when any will do."""
    if reading.intent not in (Intent.HISTORY, Intent.BILL):
        return None
    if reading.from_year or reading.intent is Intent.BILL or reading.summary:
        return reading.from_year
    return jalali_of(style.today).year - style.default_years


def _is_registered(history: History, phone_hash: bytes | None) -> bool:
    held = history.branch.phone_hash if history.branch else None
    return held is not None and held == phone_hash
