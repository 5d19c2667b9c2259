"""From a text to its answer: read it, fetch what it asks for, compose. Sends nothing.

The same desk serves SMS, the command line and every later channel.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sms_service.domain.calendar import jalali_of
from sms_service.domain.records import History
from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Context, Intent, Problem, Reading, Reply
from sms_service.service.ports import BillingSource


@dataclass(frozen=True, slots=True)
class Question:
    """One text to be answered, and who asks."""

    text: str = field(repr=False)
    phone_hash: bytes | None = field(default=None, repr=False)
    context: Context = field(default_factory=Context)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a text was understood, and its reply; None when nothing would be sent."""

    reading: Reading
    reply: Reply | None


Parse = Callable[[str, Context, date], Reading]
_Histories = Mapping[str, History]
_ANSWERED_WITH_HELP = {Intent.HELP, Intent.LIST, Intent.OPINION}
_NEEDS_NO_BILL = {*_ANSWERED_WITH_HELP, Intent.STOP, Intent.START, None}


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers questions in batches, with one look-up for all of them."""

    source: BillingSource
    parse: Parse
    composer: Composer
    style: Callable[[date], Style]
    today: Callable[[], date]

    def answer(self, questions: Sequence[Question]) -> list[Finding]:
        """Findings in order. Raises SourceDown when the billing source can't answer."""
        today = self.today()
        readings = [self._read(question, today) for question in questions]
        histories = self._fetch(readings)
        style = self.style(today)
        return [
            self._finish(question, reading, histories, style)
            for question, reading in zip(questions, readings, strict=True)
        ]

    def apology(self, code: str) -> Reply:
        """For an answer that could not be had within its validity."""
        return self.composer.apology(self.style(self.today()), code)

    def _read(self, question: Question, today: date) -> Reading:
        reading = self.parse(question.text, question.context, today)
        if reading.problem is not Problem.NO_BILL_ID or question.phone_hash is None:
            return reading
        registered = tuple(self.source.bills_of_phone(question.phone_hash))
        if not registered:
            return reading
        known = replace(question.context, registered_bill_ids=registered)
        return self.parse(question.text, known, today)

    def _fetch(self, readings: Sequence[Reading]) -> _Histories:
        wanted = {
            bill_id
            for reading in readings
            if reading.bill_id
            for bill_id in (reading.bill_id, *reading.more_bill_ids)
        }
        return self.source.histories(sorted(wanted)) if wanted else {}

    def _finish(
        self, question: Question, reading: Reading, histories: _Histories, style: Style
    ) -> Finding:
        history = histories.get(reading.bill_id) if reading.bill_id else None
        reading = _judged(reading, history, style)
        if reading.problem:
            reply = self.composer.problem(reading, style, history=history, code=question.code)
        elif reading.intent in _ANSWERED_WITH_HELP:
            reply = self.composer.help(style)
        elif reading.intent is Intent.STOP:
            reply = self.composer.stop(style)
        elif reading.intent is Intent.START:
            reply = self.composer.start(style)
        elif reading.more_bill_ids:
            reply = self.composer.answers(reading, histories, style)
        elif history is None:
            raise LookupError(f"a reading without problem or history: {reading.intent}")
        else:
            registered = _is_registered(history, question.phone_hash)
            reply = self.composer.answer(reading, history, style, registered=registered)
        return Finding(reading, reply)


def _judged(reading: Reading, history: History | None, style: Style) -> Reading:
    """The reading with the problem that only the data can tell."""
    if reading.problem or reading.bill_id is None or reading.intent in _NEEDS_NO_BILL:
        return reading
    if history is None:
        return replace(reading, problem=Problem.UNKNOWN_BILL)
    year = _first_year(reading, style)
    if year and not any(b.sale_year >= year and not b.rejected for b in history.bills):
        return replace(reading, problem=Problem.NO_DATA)
    return reading


def _first_year(reading: Reading, style: Style) -> int | None:
    """The year from which bills are wanted; None when any will do."""
    if reading.from_year or reading.intent is not Intent.HISTORY or reading.summary:
        return reading.from_year
    return jalali_of(style.today).year - style.default_years


def _is_registered(history: History, phone_hash: bytes | None) -> bool:
    held = history.branch.phone_hash if history.branch else None
    return held is not None and held == phone_hash
