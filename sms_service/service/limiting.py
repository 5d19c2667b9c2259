"""The desk, kept within the limits of phones and bills: for every channel that costs or tells."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sms_service.domain.calendar import tehran_midnight
from sms_service.domain.limits import (
    Candidate,
    Limits,
    after_answer,
    after_notice,
    after_stop,
    is_told,
    reopens_at,
    shut_by,
    stopped_by,
)
from sms_service.domain.usage import Limit, Usage, usage_at
from sms_service.language.reading import Intent, Problem, Reading
from sms_service.service.desk import Desk, Finding, Question
from sms_service.service.memory import obeyed
from sms_service.service.ports import BillAnswers

_ALWAYS_OBEYED = (Intent.STOP, Intent.START)


@dataclass(frozen=True, slots=True)
class LimitedDesk:
    """A desk that counts what it gives, and stops where there is no more to give."""

    desk: Desk
    limits: Limits
    bill_answers: BillAnswers

    def batch(self) -> "Batch":
        """For questions that are written down in one transaction."""
        return Batch(self)


@dataclass(slots=True)
class Batch:
    """Answers questions of one batch, in rounds with at most one of any phone.

    It knows what the batch gave so far, which no other reader of the ledger can see yet.
    """

    limited: LimitedDesk
    _given: dict[str, int] = field(default_factory=dict)
    """Answers of today by bill ID."""

    def answer(self, questions: Sequence[Question]) -> list[Finding]:
        """Findings in order; each context tells what its question leaves to be had.

        What is stopped has the problem ``limited`` and its limit, and is told of it once;
        then its reply is None. What was promised is never stopped.
        """
        usages = [usage_at(one.context.usage, one.asked_at) for one in questions]
        shut = [
            None if one.promised else shut_by(usage, self.limited.limits)
            for one, usage in zip(questions, usages, strict=True)
        ]
        is_open = [one for one, limit in zip(questions, shut, strict=True) if limit is None]
        found = self.limited.desk.answer(is_open) if is_open else []
        self._count_bills(is_open, found)
        rest = iter(found)
        return [
            self._stopped(one, usage, limit, self.limited.desk.read(one))
            if limit
            else self._judged(one, usage, next(rest))
            for one, usage, limit in zip(questions, usages, shut, strict=True)
        ]

    def _judged(self, question: Question, usage: Usage, finding: Finding) -> Finding:
        if finding.reply is None:
            return finding
        limits, told = self.limited.limits, _told_bills(finding.reading)
        candidate = Candidate(
            finding.reply.text,
            finding.reply.parts,
            finding.misses,
            max((self._given.get(bill_id, 0) for bill_id in told), default=0),
        )
        limit = None if question.promised else stopped_by(usage, candidate, limits)
        if limit:
            return self._stopped(question, usage, limit, finding.reading)
        for bill_id in told:
            self._given[bill_id] = self._given.get(bill_id, 0) + 1
        usage = after_answer(usage, candidate, limits)
        return replace(finding, context=replace(finding.context, usage=usage))

    def _stopped(self, question: Question, usage: Usage, limit: Limit, reading: Reading) -> Finding:
        reading = replace(reading, problem=Problem.LIMITED)
        context = obeyed(question.context, reading)
        if reading.intent in _ALWAYS_OBEYED or is_told(usage, limit):
            return Finding(reading, None, context, limit=limit)
        usage = after_stop(usage, limit)
        reply = self.limited.desk.notice(context, limit, reopens_at(usage, limit))
        usage = after_notice(usage, limit, reply.text, reply.parts)
        return Finding(reading, reply, replace(context, usage=usage), limit=limit)

    def _count_bills(self, questions: Sequence[Question], found: Sequence[Finding]) -> None:
        """Learn how often bills that are new to this batch were told of today."""
        told = {bill_id for finding in found for bill_id in _told_bills(finding.reading)}
        unknown = told - self._given.keys()
        if not unknown:
            return
        today = tehran_midnight(max(one.asked_at for one in questions))
        counted = self.limited.bill_answers.since(today, sorted(unknown))
        self._given |= {bill_id: counted.get(bill_id, 0) for bill_id in unknown}


def _told_bills(reading: Reading) -> tuple[str, ...]:
    """The bills that an answer to this tells something of."""
    if reading.bill_id is None or reading.problem not in (None, Problem.NO_DATA):
        return ()
    return (reading.bill_id, *reading.more_bill_ids)
